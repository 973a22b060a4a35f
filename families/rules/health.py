"""A child’s health sheet: what may be told, how two people’s answers meet, which authorisation holds.

Diets are neutral and closed, the nature of a handicap is never asked and no religion is written down: only what the child
needs (reference of the CNIL for school and extra-curricular services, norme simplifiée 58 of 10 December 2015, still the
good practice; RGPD article 9 and 5-1-c). The fourteen allergens are those of the INCO regulation (EU 1169/2011, annex II).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, time
from typing import Any

from castres_portal.base.french import clock_time, phone, plain_day

ALLERGENS: tuple[tuple[str, str], ...] = (
    ("gluten", "Céréales contenant du gluten"),
    ("crustaces", "Crustacés"),
    ("oeufs", "Œufs"),
    ("poissons", "Poissons"),
    ("arachides", "Arachides"),
    ("soja", "Soja"),
    ("lait", "Lait"),
    ("fruits_a_coque", "Fruits à coque"),
    ("celeri", "Céleri"),
    ("moutarde", "Moutarde"),
    ("sesame", "Graines de sésame"),
    ("sulfites", "Anhydride sulfureux et sulfites"),
    ("lupin", "Lupin"),
    ("mollusques", "Mollusques"),
)
DIETS: tuple[tuple[str, str], ...] = (
    ("sans_porc", "Sans porc"),
    ("sans_viande", "Sans viande"),
    ("vegetarien", "Végétarien"),
    ("sans_poisson", "Sans poisson"),
    ("sans_gluten", "Sans gluten"),
    ("sans_lactose", "Sans lactose"),
)
NOTHING = "Non renseigné"


@dataclass(frozen=True)
class HealthSheet:
    """What is told of a child; an empty value says that nothing was told. Dates include their day."""

    food: tuple[str, ...] = ()
    food_other: str = ""
    drug: str = ""
    other_allergy: str = ""
    no_allergy: bool = False
    diet: tuple[str, ...] = ()
    support: str = ""
    doctor_name: str = ""
    doctor_phone: str = ""
    insurance: str = ""
    policy: str = ""
    insured_until: date | None = None
    vaccines_until: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was told."""
        return self == HealthSheet()

    @property
    def tells_an_allergy(self) -> bool:
        """Whether an allergy is named."""
        return bool(self.food or self.food_other or self.drug or self.other_allergy)


LABELS: dict[str, str] = {
    "food": "Allergies alimentaires",
    "food_other": "Autres aliments",
    "drug": "Allergies à des médicaments",
    "other_allergy": "Autres allergies",
    "no_allergy": "Aucune allergie connue",
    "diet": "Régime",
    "support": "Accompagnement",
    "doctor_name": "Médecin traitant",
    "doctor_phone": "Téléphone du médecin",
    "insurance": "Assureur",
    "policy": "Numéro de contrat",
    "insured_until": "Assurance valable jusqu’au",
    "vaccines_until": "Vaccins à jour jusqu’au",
}
CHOICES: dict[str, dict[str, str]] = {"food": dict(ALLERGENS), "diet": dict(DIETS)}
DAYS = ("insured_until", "vaccines_until")


def to_stored(sheet: HealthSheet) -> dict[str, Any]:
    """Return a sheet as JSON can write it."""
    return {name: _stored(value) for name, value in asdict(sheet).items()}


def _stored(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def from_stored(content: Mapping[str, Any]) -> HealthSheet:
    """Read a sheet from what was stored; an answer that no longer exists is left out."""
    return HealthSheet(**{f.name: _read(f.name, content[f.name]) for f in fields(HealthSheet) if f.name in content})


def _read(name: str, value: Any) -> Any:
    if name in CHOICES:
        return tuple(code for code in value if code in CHOICES[name])
    if name in DAYS:
        return date.fromisoformat(value) if value else None
    return value


def shown(name: str, value: Any) -> str:
    """Write one answer in French: the labels of a list, a day in full, or what was typed."""
    value = _read(name, value) if isinstance(value, list | str) else value
    if not value:
        return NOTHING
    if value is True:
        return "Oui"
    if name in CHOICES:
        return ", ".join(CHOICES[name][code] for code in value)
    if isinstance(value, date):
        return plain_day(value)
    return phone(value) if name == "doctor_phone" else str(value)


def differences(before: HealthSheet, after: HealthSheet) -> list[str]:
    """Return the names of the answers that differ, in the order of the sheet."""
    return [f.name for f in fields(HealthSheet) if getattr(before, f.name) != getattr(after, f.name)]


@dataclass(frozen=True)
class Conflict:
    """One answer that two people changed at the same time: what stands now, and what was typed."""

    name: str
    stored: Any
    typed: Any

    @property
    def label(self) -> str:
        """What the answer is called."""
        return LABELS[self.name]

    @property
    def stored_shown(self) -> str:
        """What stands now, in French."""
        return shown(self.name, self.stored)

    @property
    def typed_shown(self) -> str:
        """What was typed, in French."""
        return shown(self.name, self.typed)


@dataclass(frozen=True)
class Merge:
    """Where someone’s typing and someone else’s change meet. ``sheet`` loses neither: hers where she typed, else what stands."""

    sheet: HealthSheet
    conflicts: list[Conflict]
    taken: list[str]


def merge(base: HealthSheet, stored: HealthSheet, typed: HealthSheet) -> Merge:
    """Bring together what was shown (``base``), what stands now and what was typed.

    An answer that was not touched takes what stands now, so that a page opened earlier never wipes an allergy just declared.
    « No known allergy » gives way to an allergy, whoever declared it.
    """
    answers: dict[str, Any] = {}
    conflicts, taken = [], []
    for name in (f.name for f in fields(HealthSheet)):
        was, now, wanted = getattr(base, name), getattr(stored, name), getattr(typed, name)
        answers[name] = now if wanted == was else wanted
        if now != was and wanted == was:
            taken.append(name)
        elif now not in (was, wanted):
            conflicts.append(Conflict(name, now, wanted))
    sheet = HealthSheet(**answers)
    if sheet.no_allergy and sheet.tells_an_allergy:
        sheet = replace(sheet, no_allergy=False)
    return Merge(sheet, conflicts, taken)


def before_changes(stored: HealthSheet, undone: Sequence[Mapping[str, Any]]) -> HealthSheet:
    """Return the sheet as it was before some changes: their ``before`` parts, the latest first."""
    content = to_stored(stored)
    for before in undone:
        content |= before
    return from_stored(content)


# --- What is not to be written ----------------------------------------------------------------------------------------

_CONFESSIONAL = re.compile(
    r"\b(hall?al\w*|hall?el|kascher\w*|kasher\w*|kacher\w*|casher\w*|cachere|kosher|musulman\w*|islam\w*|juive?s?|juda\w+|israelites?|"
    r"chretien\w*|catholi\w+|protestant\w*|orthodoxes?|bouddhis\w+|hindou\w*|evangeli\w+|temoins? de jehovah|religi\w+|"
    r"confession\w*|ramadan|shabbat|chabbat|careme|coran|torah)\b"
)
# « cacher » is also a verb (« cacher le médicament dans la compote »): refused beside a meal only.
_CACHER = re.compile(r"\b(viandes?|repas|menus?|regimes?|nourriture|mang\w+|alimentation)\s+(\w+\s+)?cacher\b")


def confessional_word(text: str) -> str | None:
    """Return the word of a text that tells a religion, or None. Accents and capitals do not hide it."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(letter) != "Mn"
    )
    found = _CONFESSIONAL.search(plain)
    if found:
        return found.group()
    return "cacher" if _CACHER.search(plain) else None


# --- Authorisations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """What one guardian authorises. ``alone_from`` is the hour of the day from which, ``alone_age`` the age in years."""

    image: bool
    hospital: bool
    alone: bool
    alone_age: int | None = None
    alone_from: time | None = None


def answers_to_stored(answers: Answers) -> dict[str, Any]:
    """Return answers as JSON can write them."""
    hour = answers.alone_from.strftime("%H:%M") if answers.alone_from else None
    return asdict(answers) | {"alone_from": hour}


def answers_from_stored(content: Mapping[str, Any]) -> Answers:
    """Read answers from what was stored."""
    hour = content.get("alone_from")
    return Answers(**{**content, "alone_from": time.fromisoformat(hour) if hour else None})


@dataclass(frozen=True)
class Verdict:
    """Whether something is authorised, the sentence that says so, and whether the guardians disagree."""

    allowed: bool
    sentence: str
    disagree: bool = False


@dataclass(frozen=True)
class Verdicts:
    """What holds for a child once every guardian’s answer is weighed."""

    image: Verdict
    hospital: Verdict
    alone: Verdict

    @property
    def disagree(self) -> bool:
        """Whether the guardians disagree on anything."""
        return self.image.disagree or self.hospital.disagree or self.alone.disagree


def weigh(answers: Sequence[Answers], *, awaited: int = 0) -> Verdicts:
    """Say what is authorised when guardians answer differently: the more protective answer holds.

    One parent is presumed to act with the other’s agreement for the usual acts of parental authority (code civil, 372-2): a
    single answer is enough for care and for leaving alone. A child’s image is no usual act (372-1 and its case law): it
    needs a « yes » of each guardian who can answer here, ``awaited`` of whom have not.
    """
    return Verdicts(_image(answers, awaited), _hospital(answers), _alone(answers))


def _image(answers: Sequence[Answers], awaited: int) -> Verdict:
    said = [one.image for one in answers]
    if not said:
        return Verdict(False, "Non : aucun responsable n’a répondu.")
    if not all(said):
        return Verdict(False, "Non : aucune photo ni vidéo de l’enfant n’est publiée.", disagree=any(said))
    if awaited:
        return Verdict(False, "Pas encore : l’accord de l’autre responsable est attendu.")
    return Verdict(True, "Oui : photos et vidéos des activités, dans les publications de la Ville.")


def _hospital(answers: Sequence[Answers]) -> Verdict:
    said = [one.hospital for one in answers]
    if not said:
        return Verdict(
            False, "Aucun responsable n’a répondu. Les secours sont appelés et les parents prévenus aussitôt."
        )
    if not all(said):
        sentence = (
            "Non : les secours sont appelés et les parents décident. Le médecin donne toujours les soins urgents."
        )
        return Verdict(False, sentence, disagree=any(said))
    return Verdict(True, "Oui : transport à l’hôpital et soins décidés par le médecin, parents prévenus aussitôt.")


def _alone(answers: Sequence[Answers]) -> Verdict:
    said = [one.alone for one in answers]
    if not said:
        return Verdict(False, "Non : aucun responsable n’a répondu, l’enfant est remis à un adulte autorisé.")
    if not all(said):
        return Verdict(False, "Non : l’enfant est remis à un adulte autorisé.", disagree=any(said))
    ages = [one.alone_age for one in answers if one.alone_age is not None]
    hours = [one.alone_from for one in answers if one.alone_from is not None]
    limits = [f"dès {max(ages)} ans"] if ages else []
    if hours:
        limits.append(f"à partir de {clock_time(max(hours))}")
    differ = len({(one.alone_age, one.alone_from) for one in answers}) > 1
    return Verdict(True, ", ".join(["Oui", *limits]) + ".", disagree=differ)
