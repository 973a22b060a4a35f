"""The demonstration's named accounts: one password for all, and what each of them is good for."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts.roles import AGENTS, ANIMATEURS, CONFIDENTIAL, CUISINE, REGISSEURS

# Known to all, of the demonstration only: its accounts exist nowhere else.
PASSWORD = "Demonstration-Castres-81"  # noqa: S105
CODES_FILE = "codes-demo.json"


@dataclass(frozen=True)
class Account:
    """An account that people may try."""

    email: str
    title: str
    first_name: str
    last_name: str
    purpose: str
    role: str = ""
    more_roles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """« Madame Claire MARTIN »."""
        return f"{self.title} {self.first_name} {self.last_name.upper()}"


MARTIN = Account(
    "martin@demo.example.org",
    "Madame",
    "Claire",
    "Martin",
    "Parent : deux enfants à la cantine, deux factures à régler",
)
PETIT = Account(
    "petit@demo.example.org", "Madame", "Sophie", "Petit", "Parents séparés : les semaines impaires chez elle"
)
BERNARD = Account(
    "bernard@demo.example.org", "Monsieur", "Marc", "Bernard", "Parents séparés : les semaines paires chez lui"
)
DURAND = Account(
    "durand@demo.example.org", "Monsieur", "Paul", "Durand", "Parent : un enfant inscrit, un autre à inscrire"
)
READER = Account(
    "lecture@demo.example.org",
    "Madame",
    "Sylvie",
    "Durand",
    "Droits limités sur le dossier Durand : elle voit tout et ne peut rien changer ni payer",
)
EXCLUDED = Account(
    "exclu@demo.example.org",
    "Monsieur",
    "Éric",
    "Lopez",
    "Exclu du dossier Durand : pour lui, ce dossier n’existe pas",
)
AGENT = Account(
    "agent@demo.example.org",
    "Madame",
    "Hélène",
    "Fabre",
    "Agent de l’Espace Famille : dossiers, codes, inscriptions",
    AGENTS,
    (CONFIDENTIAL,),
)
REGISSEUR = Account(
    "regisseur@demo.example.org", "Monsieur", "Alain", "Vidal", "Régisseur : factures, paiements, anomalies", REGISSEURS
)
COOK = Account("cuisine@demo.example.org", "Madame", "Rose", "Cazals", "Cuisine centrale : effectifs du jour", CUISINE)
ANIMATEUR = Account(
    "animation@demo.example.org",
    "Madame",
    "Nadia",
    "Belkacem",
    "Animatrice : pointage des enfants sur tablette, dans ses lieux seulement",
    ANIMATEURS,
)

PARENTS = (MARTIN, PETIT, BERNARD, DURAND)
LIMITED = (READER, EXCLUDED)
STAFF = (AGENT, REGISSEUR, COOK, ANIMATEUR)


@dataclass(frozen=True)
class OpenCode:
    """An activation code that nobody has used yet. Only the demonstration keeps one in clear, beside its data."""

    who: str
    code: str
    birth_date: str
    purpose: str


def keep_codes(codes: list[OpenCode]) -> None:
    """Write the clear codes where the page and the command of the demonstration read them; readable by the owner only."""
    path = _codes_path()
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump([vars(code) for code in codes], file, ensure_ascii=False, indent=1)


def kept_codes() -> list[OpenCode]:
    """Return the clear codes, or an empty list before the town is filled."""
    path = _codes_path()
    if not path.exists():
        return []
    return [OpenCode(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def _codes_path() -> Path:
    return Path(settings.DATA_DIR) / CODES_FILE
