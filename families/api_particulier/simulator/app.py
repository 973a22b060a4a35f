"""The stand-in's addresses: the quotient by identity, and a page that lists who exists and what fails."""

import hmac
import json
import threading
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from .people import FAILURES, PEOPLE, Beneficiary

PATH = "/v3/dss/quotient_familial/identite"
RETRY_AFTER = 90
REQUIRED = ("recipient", "nomNaissance", "prenoms[]", "sexeEtatCivil", "codeCogInseePaysNaissance")
STATUSES = {
    "INCONNU": HTTPStatus.NOT_FOUND,
    "IDENTITE": HTTPStatus.UNPROCESSABLE_ENTITY,
    "JETON": HTTPStatus.UNAUTHORIZED,
    "DROITS": HTTPStatus.FORBIDDEN,
    "CONFLIT": HTTPStatus.CONFLICT,
    "DEBIT": HTTPStatus.TOO_MANY_REQUESTS,
    "PANNE": HTTPStatus.SERVICE_UNAVAILABLE,
}
Answer = tuple[int, str, bytes, list[tuple[str, str]]]


def fold(name: str) -> str:
    """Return a name in capitals, without accents."""
    plain = unicodedata.normalize("NFKD", name.upper())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).strip()


class ApiParticulier:
    """The stand-in as a WSGI application; ``today`` gives the month of the answers, ``slowness`` is in seconds."""

    def __init__(self, url: str, token: str, *, today: Callable[[], date] = date.today, slowness: float = 30.0) -> None:
        self.url = url
        self.token = token
        self.today = today
        self.slowness = slowness
        self.closing = threading.Event()
        self.asked: list[dict[str, list[str]]] = []  # for the tests; the page shows how many, never whom

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] == "GET" and environ.get("PATH_INFO") == PATH:
            status, kind, body, more = self.quotient(environ)
        elif environ["REQUEST_METHOD"] == "GET" and environ.get("PATH_INFO") == "/":
            status, kind, body, more = HTTPStatus.OK, "text/html; charset=utf-8", self.page(), []
        else:
            status, kind, body, more = self._problem(HTTPStatus.NOT_FOUND, "Page inconnue")
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *more]
        start_response(f"{int(status)} {HTTPStatus(status).phrase}", headers)
        return [body]

    def quotient(self, environ: dict[str, Any]) -> Answer:
        """The quotient of the person described."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(token, self.token):
            return self._problem(HTTPStatus.UNAUTHORIZED, "Jeton inconnu")
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        self.asked.append(asked)
        if any(name not in asked for name in REQUIRED) or len(asked["recipient"][0]) != 14:
            return self._problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Paramètres manquants")
        name = fold(asked["nomNaissance"][0])
        if name in STATUSES:
            more = [("Retry-After", str(RETRY_AFTER))] if name == "DEBIT" else []
            return self._problem(STATUSES[name], FAILURES[name], more)
        if name == "LENTEUR":
            self.closing.wait(self.slowness)
        if name == "CHARABIA":
            return HTTPStatus.OK, "application/json", b'{"data": {"quotient_familial": null}}', []
        if name == "DEMESURE":
            return HTTPStatus.OK, "application/json", b" " * 3_000_000, []
        found = PEOPLE[-2] if name == "AUTRUI" else next((each for each in PEOPLE if _is(each, asked)), None)
        if found is None:
            return self._problem(HTTPStatus.NOT_FOUND, FAILURES["INCONNU"])
        proves = environ.get("HTTP_X_GENERATE_PROOF") == "proof-only"
        return HTTPStatus.OK, "application/json", json.dumps(self._said(found, proves)).encode(), []

    def _said(self, found: Beneficiary, proves: bool) -> dict[str, Any]:
        today = self.today()
        holder = {
            "nom_naissance": found.birth_name,
            "nom_usage": found.usage_name or None,
            "prenoms": found.first_names,
            "date_naissance": found.birth_date,
            "sexe": found.sex,
        }
        meta = {
            "pdf_verification_link": f"{self.url}/attestations/verification/{found.birth_name.lower()}-{today:%Y%m}",
            "pdf_verification_code": f"DE{found.value:04d}-MO-{today:%m}",
        }
        return {
            "data": {
                "quotient_familial": {
                    "fournisseur": found.provider,
                    "valeur": found.value,
                    "annee": today.year,
                    "mois": today.month,
                    "annee_calcul": today.year,
                    "mois_calcul": today.month,
                },
                "allocataires": [holder],
                "enfants": [],
                "adresse": {"destinataire": "Adresse fictive", "code_postal_ville": "81100 CASTRES", "pays": "FRANCE"},
            },
            "links": {},
            "meta": meta if proves else {},
        }

    def _problem(self, status: int, title: str, more: Iterable[tuple[str, str]] = ()) -> Answer:
        body = json.dumps({"errors": [{"code": f"{int(status)}00", "title": title, "detail": title}]}).encode()
        return status, "application/json", body, list(more)

    def page(self) -> bytes:
        """Who exists, what fails."""
        people = "".join(
            f"<tr><th scope='row'>{escape(each.birth_name)}</th><td>{escape(each.first_names.title())}</td>"
            f"<td>{'/'.join(reversed(each.birth_date.split('-')))}</td>"
            f"<td>{escape(f'{each.place.title()} ({each.department})' if each.place else 'Algérie')}</td>"
            f"<td>{each.value} € ({each.provider})</td></tr>"
            for each in PEOPLE
        )
        failures = "".join(f"<li><strong>{name}</strong> : {escape(what)}</li>" for name, what in FAILURES.items())
        return f"""<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CAF et MSA fictives</title><style>
body {{ margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; color: #1d2733; background: #eef1f4; }}
.banner {{ margin: 0; padding: .6rem 1rem; background: #ffd54a; color: #2b2100; text-align: center; }}
main {{ max-width: 48rem; margin: 1.5rem auto; padding: 1rem 1.5rem 2rem; background: #fff; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; }}
.scroll {{ overflow-x: auto; }} table {{ border-collapse: collapse; }}
th, td {{ padding: .4rem .75rem .4rem 0; text-align: left; border-bottom: 1px solid #ccd3db; }}
</style></head><body><p class="banner"><strong>Démonstration.</strong> Ceci n’est pas API Particulier : des dossiers fictifs.</p>
<main><h1>CAF et MSA fictives</h1><p>Le portail de démonstration y demande un quotient familial. Demandes reçues : {len(self.asked)}.</p>
<h2>Allocataires fictifs</h2><div class="scroll" tabindex="0" role="region" aria-label="Allocataires fictifs"><table><thead><tr>
<th scope="col">Nom de naissance</th><th scope="col">Prénoms</th><th scope="col">Né(e) le</th><th scope="col">À</th>
<th scope="col">Quotient</th></tr></thead><tbody>{people}</tbody></table></div>
<h2>Noms de naissance qui font échouer</h2><ul>{failures}</ul></main></body></html>""".encode()


def _is(person: Beneficiary, asked: dict[str, list[str]]) -> bool:
    def said(name: str) -> str:
        return fold(asked.get(name, [""])[0])

    born = "-".join(said(name).zfill(2) for name in ("anneeDateNaissance", "moisDateNaissance", "jourDateNaissance"))
    where = (fold(person.place), person.department)
    return (
        said("nomNaissance") == fold(person.birth_name)
        and [fold(each) for each in asked["prenoms[]"]] == fold(person.first_names).split()[: len(asked["prenoms[]"])]
        and born == person.birth_date
        and said("sexeEtatCivil") == person.sex
        and said("codeCogInseePaysNaissance") == person.country
        and (said("nomCommuneNaissance"), said("codeCogInseeDepartementNaissance")) == where
    )
