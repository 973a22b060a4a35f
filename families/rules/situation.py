"""What a family may propose to change in its file, and how a change reads: before, after. Pure.

A state is a mapping of plain values (text, ISO dates, lists, ``{"id": 3, "label": "…"}`` for what has a row of its own).
Keys that begin with ``_`` are compared and never shown.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import TextChoices

from castres_portal.base.french import plain_day

State = Mapping[str, Any]


class Change(TextChoices):
    """The changes that a parent proposes."""

    BIRTH = "naissance", "Naissance"
    ARRIVAL = "arrivee", "Arrivée d’un enfant"
    IDENTITY = "identite", "Correction de l’identité d’un enfant"
    SCHOOL = "ecole", "Changement d’école, de niveau ou de classe"
    CUSTODY = "garde", "Changement de garde"
    CHILD_LEAVES = "depart-enfant", "Départ d’un enfant du foyer"
    ADDRESS = "adresse", "Changement d’adresse"
    FAMILY_LEAVES = "depart-ville", "Départ de la ville"
    NAME = "nom", "Changement de nom d’un responsable"
    GUARDIAN = "responsable", "Nouveau responsable dans le foyer"
    SEPARATION = "separation", "Séparation"
    BAN = "interdiction", "Personne qui ne doit pas venir chercher"
    BAN_ENDS = "fin-interdiction", "Fin d’une interdiction de venir chercher"
    COORDINATES = "coordonnees", "Changement de coordonnées"


# What belongs to the child: each household of hers is told.
OF_THE_CHILD = frozenset({Change.IDENTITY, Change.SCHOOL})
ABOUT_A_CHILD = frozenset({Change.IDENTITY, Change.SCHOOL, Change.CUSTODY, Change.CHILD_LEAVES})
DEFERRED = frozenset({Change.SCHOOL, Change.FAMILY_LEAVES})  # what waits for its day when that day is to come

LABELS = {
    "title": "Civilité",
    "first_name": "Prénom",
    "last_name": "Nom",
    "birth_date": "Date de naissance",
    "name": "Personne",
    "children": "Enfants concernés",
    "link": "Lien avec l’enfant",
    "school": "École",
    "level": "Niveau",
    "class_name": "Classe",
    "rhythm": "Résidence dans votre foyer",
    "first_monday": "Premier lundi chez vous",
    "starts_on": "À partir du",
    "ends_on": "Jusqu’au",
    "street": "Adresse",
    "street_more": "Complément",
    "postcode": "Code postal",
    "city": "Commune",
    "email": "Adresse électronique",
    "phone": "Téléphone",
    "second_phone": "Autre téléphone",
    "contact_by": "À joindre de préférence",
    "guardians": "Responsables du foyer",
    "leaver": "Quitte le foyer",
    "judgment": "Jugement ou décision",
    "reason": "Précisions",
}

ADDRESS = ("street", "street_more", "postcode", "city")
COORDINATES = ("phone", "second_phone", "contact_by")
CHILD_NAME = ("first_name", "last_name", "birth_date")
LINES: dict[str, tuple[str, ...]] = {
    Change.BIRTH: CHILD_NAME,
    Change.ARRIVAL: (*CHILD_NAME, "school", "level", "starts_on", "rhythm", "first_monday", "reason"),
    Change.IDENTITY: (*CHILD_NAME, "reason"),
    Change.SCHOOL: ("school", "level", "class_name", "starts_on", "reason"),
    Change.CUSTODY: ("rhythm", "first_monday", "starts_on", "judgment", "reason"),
    Change.CHILD_LEAVES: ("rhythm", "first_monday", "starts_on", "ends_on", "reason"),
    Change.ADDRESS: ADDRESS,
    Change.FAMILY_LEAVES: (*ADDRESS, "starts_on", "reason"),
    Change.NAME: ("title", "first_name", "last_name", "reason"),
    Change.GUARDIAN: ("title", "first_name", "last_name", "email", "phone", "link", "reason"),
    Change.SEPARATION: ("guardians", "leaver", "starts_on", "rhythm", "first_monday", *ADDRESS, "reason"),
    Change.BAN: ("name", "link", "children", "starts_on", "ends_on", "judgment"),
    Change.BAN_ENDS: ("name", "children", "reason"),
    Change.COORDINATES: COORDINATES,
}

RHYTHMS = {
    "pleine": "tout le temps",
    "impaire": "les semaines impaires (numéro ISO)",
    "paire": "les semaines paires (numéro ISO)",
    "alternee": "une semaine sur deux",
    "aucune": "plus du tout",
}
OTHER_RHYTHM = {"impaire": "paire", "paire": "impaire", "alternee": "alternee", "pleine": "aucune", "aucune": "pleine"}
LEVELS = {
    "TPS": "Toute petite section",
    "PS": "Petite section",
    "MS": "Moyenne section",
    "GS": "Grande section",
}
CONTACT_BY = {"courriel": "par courriel", "telephone": "par téléphone", "courrier": "par courrier"}
DAYS = frozenset({"birth_date", "first_monday", "starts_on", "ends_on"})
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One line of a before / after table, in words.

    ``decided`` is empty unless an agent put right what was asked; ``now`` unless the file has changed since.
    """

    label: str
    before: str
    after: str
    changed: bool
    decided: str = ""
    now: str = ""


def write(key: str, value: Any) -> str:
    """Write a value of a state in French; « – » for none."""
    if value in (None, "", [], {}):
        return NOTHING
    if key in DAYS:
        return plain_day(date.fromisoformat(str(value)[:10]))
    if key == "rhythm":
        return RHYTHMS.get(str(value), str(value))
    if key == "level":
        return LEVELS.get(str(value), str(value))
    if key == "contact_by":
        return CONTACT_BY.get(str(value), str(value))
    if isinstance(value, Mapping):
        return str(value.get("label") or NOTHING)
    if isinstance(value, (list, tuple)):
        return ", ".join(write("", each) for each in value)
    return str(value)


def rows(
    change: str, before: State, after: State, *, decided: State | None = None, now: State | None = None
) -> list[Row]:
    """Return the lines of a change; those that nobody filled are left out.

    ``decided`` is what an agent accepted, ``now`` today's file, when they are to be compared.
    """
    lines = []
    for key in LINES[change]:
        old, new = write(key, before.get(key)), write(key, after.get(key))
        if old == new == NOTHING:
            continue
        moved = now is not None and key in before and now.get(key) != before.get(key)
        present = write(key, now.get(key)) if moved and now is not None else ""
        final = write(key, decided.get(key)) if decided is not None and key in decided else new
        said = final if key in after and final != new else ""
        lines.append(Row(LABELS[key], old, new if key in after else old, key in after and old != new, said, present))
    return lines


def drift(before: State, now: State) -> list[str]:
    """Return the keys of a state whose value is no longer the one of ``before``."""
    return [key for key in before if before.get(key) != now.get(key)]


def drift_words(before: State, now: State) -> str:
    """Say what has changed since: « École : « École A » est devenue… » line by line, or a general word for hidden keys."""
    said = [
        f"{LABELS[key]} : {write(key, before.get(key))} quand la demande a été faite, {write(key, now.get(key))} à présent"
        for key in drift(before, now)
        if key in LABELS
    ]
    return " ; ".join(said) or "la résidence de l’enfant n’est plus celle d’alors"


def name_key(first_name: str, last_name: str) -> str:
    """Return a name without case, accent, hyphen or blank, to know the same person written twice."""
    letters = unicodedata.normalize("NFKD", f"{first_name} {last_name}").casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def plain(value: Any) -> Any:
    """Turn what a form gives (days, rows, several rows) into the plain value of a state."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "pk"):
        return {"id": value.pk, "label": str(value)}
    if isinstance(value, (list, tuple)) or hasattr(value, "iterator"):
        return [plain(each) for each in value]
    return value


def fingerprint(state: State) -> str:
    """Return a short mark of a state: a form carries it, and what changed meanwhile is reported instead of overwritten."""
    text = json.dumps(state, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def differs(change: str, before: State, after: State) -> bool:
    """Say whether a proposal would change anything of what the file holds."""
    keys: Sequence[str] = [key for key in LINES[change] if key in before and key in after]
    if not keys:
        return True
    return any(write(key, before.get(key)) != write(key, after.get(key)) for key in keys)
