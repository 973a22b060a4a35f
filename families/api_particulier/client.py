"""Asking API Particulier for a quotient: one question, a few seconds, and a French sentence when there is no answer."""

import logging
from typing import Any

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from castres_portal.base.errors import Refusal
from families.api_particulier.answers import Beneficiary, FamilyQuotient, Unreadable, read_answer

log = logging.getLogger(__name__)
PATH = "/v3/dss/quotient_familial/identite"
LARGEST_ANSWER = 200_000
OTHERWISE = "Vous pouvez déposer votre attestation à la place."
LONGEST_WAIT = 3600

SILENT = f"La CAF et la MSA ne répondent pas pour le moment. Réessayez plus tard. {OTHERWISE}"
CLOSED = f"Le portail n’a pas accès à ce service pour le moment. {OTHERWISE}"
NO_FILE = f"Ni la CAF ni la MSA ne trouvent de dossier d’allocataire à ce nom. {OTHERWISE}"
NOT_RECOGNISED = (
    "La CAF et la MSA ne reconnaissent pas cette identité. Vérifiez le nom de naissance, les prénoms dans l’ordre, la date, la "
    f"commune et le département de naissance, tels que sur votre carte d’identité. {OTHERWISE}"
)
BUSY = f"La CAF ou la MSA met ce dossier à jour en ce moment : réessayez dans quelques minutes. {OTHERWISE}"
SENTENCES = {
    400: NOT_RECOGNISED,
    401: CLOSED,
    403: CLOSED,
    404: NO_FILE,
    409: BUSY,
    422: NOT_RECOGNISED,
}


def is_open() -> bool:
    """Say whether the town has a token."""
    return bool(settings.API_PARTICULIER["TOKEN"] and settings.API_PARTICULIER["RECIPIENT"])


def ask_quotient(who: Beneficiary) -> FamilyQuotient:
    """Return the quotient that the CAF or the MSA gives today for an identity. Raises Refusal, in every other case.

    The address holds the identity: it is neither logged here nor by the library (its logger is raised in the settings).
    """
    said: dict[str, Any] = settings.API_PARTICULIER
    address = said["BASE_URL"].rstrip("/")
    headers = {
        "Authorization": f"Bearer {said['TOKEN']}",
        "Accept": "application/json",
        "X-Generate-Proof": "proof-only",
    }
    try:
        with requests.get(
            f"{address}{PATH}",
            params=[("recipient", said["RECIPIENT"]), *who.parameters()],
            headers=headers,
            timeout=said["TIMEOUT"],
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    except (requests.RequestException, HTTPError, OSError) as error:
        log.warning("API Particulier ne répond pas : %s", type(error).__name__)
        raise Refusal(SILENT) from None
    answer._content = body
    if answer.status_code != requests.codes.ok:
        log.warning("API Particulier répond %s", answer.status_code)
        raise Refusal(_why(answer))
    try:
        if len(body) > LARGEST_ANSWER:
            raise Unreadable
        return read_answer(answer.json(), address=address)
    except (ValueError, Unreadable):
        log.warning("API Particulier donne une réponse illisible")
        raise Refusal(SILENT) from None


def _why(answer: requests.Response) -> str:
    if answer.status_code == requests.codes.too_many:
        return f"Trop de demandes en ce moment. Réessayez dans {_wait(answer)}. {OTHERWISE}"
    return SENTENCES.get(answer.status_code, SILENT)


def _wait(answer: requests.Response) -> str:
    text = answer.headers.get("Retry-After", "")
    seconds = int(text) if text.isdecimal() and int(text) <= LONGEST_WAIT else 60
    if seconds < 60:
        return f"{seconds or 1} seconde{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
