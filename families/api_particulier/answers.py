"""What API Particulier is asked and answers, read strictly; nothing else of the answer is looked at, nor kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LARGEST_VALUE = 99_999
LONGEST_PROOF = 300
SOURCES = {"CNAF": "caf", "MSA": "msa"}
FRANCE = "99100"


class Unreadable(Exception):
    """An answer that is not what the API says that it gives."""


@dataclass(frozen=True)
class Beneficiary:
    """Who is asked about: the identity of the birth certificate. Typed for one question, never kept.

    ``sex`` is « F » or « M »; ``country`` an INSEE code (99100: France); ``place`` and ``department`` the commune and the
    department of birth, for who was born in France.
    """

    birth_name: str
    first_names: tuple[str, ...]
    birth_date: date
    sex: str
    country: str = FRANCE
    place: str = ""
    department: str = ""
    usage_name: str = ""

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the question, the recipient aside."""
        said = [
            ("nomNaissance", self.birth_name),
            *(("prenoms[]", name) for name in self.first_names),
            ("anneeDateNaissance", str(self.birth_date.year)),
            ("moisDateNaissance", str(self.birth_date.month)),
            ("jourDateNaissance", str(self.birth_date.day)),
            ("sexeEtatCivil", self.sex),
            ("codeCogInseePaysNaissance", self.country),
        ]
        if self.usage_name:
            said.append(("nomUsage", self.usage_name))
        if self.country == FRANCE:
            said += [("nomCommuneNaissance", self.place), ("codeCogInseeDepartementNaissance", self.department)]
        return said


@dataclass(frozen=True)
class Holder:
    """Somebody to whom the CAF or the MSA pays, as the answer names her; compared with the file, never kept."""

    birth_name: str
    first_names: str
    usage_name: str


@dataclass(frozen=True)
class FamilyQuotient:
    """What is kept: value in euros, first day of its month, source (a QuotientRecord.Source), proof."""

    value: int
    month: date
    source: str
    proof: str
    holders: tuple[Holder, ...] = field(default=(), repr=False)


def read_answer(said: Any, *, address: str) -> FamilyQuotient:
    """Return the quotient of an answer of ``/v3/dss/quotient_familial/identite``; raise Unreadable.

    ``address`` is that of the API: a proof whose link leads elsewhere is not kept.
    """
    data = _mapping(said, "data")
    quotient = _mapping(data, "quotient_familial")
    source = SOURCES.get(str(quotient.get("fournisseur")))
    value, year, month = (_whole(quotient.get(name)) for name in ("valeur", "annee", "mois"))
    if source is None or not 0 <= value <= LARGEST_VALUE or not 1 <= month <= 12 or not 2000 <= year <= 2100:
        raise Unreadable
    holders = data.get("allocataires")
    if not isinstance(holders, list) or not holders:
        raise Unreadable
    first_day = date(year, month, 1)
    meta = said.get("meta")
    proof = _proof(meta if isinstance(meta, Mapping) else {}, address) or "Réponse de l’API Particulier"
    return FamilyQuotient(value, first_day, source, proof, tuple(_holder(each) for each in holders))


def _mapping(said: Any, name: str) -> Mapping[str, Any]:
    inside = said.get(name) if isinstance(said, Mapping) else None
    if not isinstance(inside, Mapping):
        raise Unreadable
    return inside


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable
    return value


def _holder(said: Any) -> Holder:
    if not isinstance(said, Mapping):
        raise Unreadable
    names = [said.get(name) or "" for name in ("nom_naissance", "prenoms", "nom_usage")]
    if not all(isinstance(name, str) for name in names):
        raise Unreadable
    return Holder(*names)


def _proof(meta: Mapping[str, Any], address: str) -> str:
    link, code = meta.get("pdf_verification_link"), meta.get("pdf_verification_code")
    if not isinstance(link, str) or not isinstance(code, str) or not link.startswith(f"{address}/"):
        return ""
    proof = f"API Particulier, code {code} : {link}"
    return proof if len(proof) <= LONGEST_PROOF and proof.isprintable() else ""
