"""The fictional beneficiaries of the CAF and the MSA, and those whose name brings a failure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Beneficiary:
    """A file: who is paid, where she was born, her quotient this month."""

    birth_name: str
    first_names: str
    birth_date: str
    sex: str
    place: str
    department: str
    value: int
    provider: str = "CNAF"
    usage_name: str = ""
    country: str = "99100"


PEOPLE = (
    Beneficiary("DELMAS", "CLAIRE MARIE", "1988-03-14", "F", "CASTRES", "81", 845, usage_name="MARTIN"),
    Beneficiary("PETIT", "SOPHIE", "1990-07-02", "F", "ALBI", "81", 486),
    Beneficiary("BERNARD", "MARC ÉTIENNE", "1987-11-23", "M", "MAZAMET", "81", 1120, provider="MSA"),
    Beneficiary("DURAND", "PAUL", "1985-01-30", "M", "TOULOUSE", "31", 1650),
    Beneficiary("LEROY", "NADIA", "1989-06-21", "F", "", "", 640, country="99352"),
)
# A birth name that brings a failure, whoever bears it; the word that the page lists, then what happens.
FAILURES = {
    "INCONNU": "404 : aucun dossier",
    "IDENTITE": "422 : identité non reconnue",
    "JETON": "401 : jeton refusé",
    "DROITS": "403 : droits insuffisants",
    "CONFLIT": "409 : dossier en cours de mise à jour",
    "DEBIT": "429 : trop de demandes, avec Retry-After",
    "PANNE": "503 : fournisseur indisponible",
    "LENTEUR": "une réponse qui n’arrive pas",
    "CHARABIA": "200 : une réponse illisible",
    "DEMESURE": "200 : une réponse sans fin",
    "AUTRUI": "200 : le dossier d’une autre personne",
}
