"""The stand-in’s own reading and writing of envelopes: it shares none with the portal."""

import re
from datetime import datetime
from html import escape, unescape
from zoneinfo import ZoneInfo

from .operations import Operation

SERVICE = "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"
ANSWERS = "http://securite.service.tpa.cp.finances.gouv.fr/reponse"
PARIS = ZoneInfo("Europe/Paris")
RULES = {
    "exer": r"20[0-9]{2}",
    "mel": r"[^@\s]{1,64}@[^@\s]{3,79}",
    "montant": r"[1-9][0-9]{0,10}",
    "numcli": r"[0-9]{6}",
    "objet": r"[A-Za-z0-9 ]{0,100}",
    "refdet": r"[A-Za-z0-9]{6,30}",
    "saisie": r"[TX]",
    "urlnotif": r"https?://\S{1,243}",
    "urlredirect": r"https?://\S{1,243}",
}


def read(body: str, names: tuple[str, ...]) -> dict[str, str]:
    """The values of some elements, whatever their prefix; empty when absent."""
    values = {}
    for name in names:
        found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>(.*?)</(?:\w+:)?{name}>", body, re.DOTALL)
        values[name] = unescape(found[1].strip()) if found else ""
    return values


def wrong(asked: dict[str, str]) -> str:
    """The first value that the service would refuse, or nothing."""
    return next((name for name, rule in RULES.items() if not re.fullmatch(rule, asked[name])), "")


def opened(operation: Operation) -> bytes:
    """The answer to creerPaiementSecurise."""
    return _envelope(
        f'<ns2:creerPaiementSecuriseResponse xmlns:ns2="{SERVICE}"><return><idOp>{operation.idop}</idOp></return>'
        "</ns2:creerPaiementSecuriseResponse>"
    )


def details(operation: Operation, *, altered: bool, numcli: str) -> bytes:
    """The answer to recupererDetailPaiementSecurise."""
    ended = (operation.ended_at or operation.opened_at).astimezone(PARIS)
    asked = operation.asked
    values = {
        "dattrans": f"{ended:%d%m%Y}",
        "exer": asked["exer"],
        "heurtrans": f"{ended:%H%M}",
        "idOp": operation.idop,
        "mel": asked["mel"],
        "montant": str(int(asked["montant"]) + (100 if altered else 0)),
        "numauto": "112233" if operation.result == "P" else "",
        "numcli": numcli,
        "objet": asked["objet"],
        "refdet": asked["refdet"],
        "resultrans": operation.result,
        "saisie": asked["saisie"],
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return _envelope(
        f'<ns2:recupererDetailPaiementSecuriseResponse xmlns:ns2="{SERVICE}"><return>{inner}</return>'
        "</ns2:recupererDetailPaiementSecuriseResponse>"
    )


def refusal(code: str, words: str) -> bytes:
    """A business fault."""
    return _fault(
        f'<detail><ns1:FonctionnelleErreur xmlns:ns1="{ANSWERS}"><code>{code}</code><descriptif/>'
        f"<libelle>{escape(words)}</libelle><severite>2</severite></ns1:FonctionnelleErreur></detail>"
    )


def breakdown() -> bytes:
    """A technical fault."""
    return _fault(f'<detail><ns1:TechIndisponibiliteErreur xmlns:ns1="{ANSWERS}"/></detail>')


def _fault(detail: str) -> bytes:
    return _envelope(f"<S:Fault><faultcode>S:Server</faultcode><faultstring>erreur</faultstring>{detail}</S:Fault>")


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<S:Body>{body}</S:Body></S:Envelope>"
    ).encode()


def instant(moment: datetime) -> str:
    """A moment as the pages of the stand-in show it."""
    return f"{moment.astimezone(PARIS):%d/%m/%Y à %H:%M}"
