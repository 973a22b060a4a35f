"""Whether a child can be enrolled in an activity for a school year, and from which day.

Source: the guide of the Espace Citoyens (enrolment each school year), the page of the town on the canteen (re-enrolment from
May to October); ages and levels are those that the agents wrote for each activity.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from castres_portal.base.french import of_name, plain_day
from families.models import SchoolLevel
from reservations.rules.calendar import YearSpan
from reservations.rules.decide import Period

SUMMER_ENDS = (8, 31)
LEVELS = tuple(level.value for level in SchoolLevel)


class OfferState(StrEnum):
    """Where a child stands with an activity and a year."""

    ENROLLED = "inscrit"
    ASKED = "demandee"
    OPEN = "possible"
    NO_SCHOOL = "sans_ecole"
    NO_LEVEL = "sans_niveau"
    NOT_THERE = "non_proposee"
    TOO_YOUNG = "trop_jeune"
    TOO_OLD = "trop_grand"
    OTHER_LEVEL = "autre_niveau"
    CLOSED = "close"


@dataclass(frozen=True)
class Terms:
    """Whom an activity takes: ages in full years, both included (None: no end), levels (none: all); where it runs.

    ``by_agent``: an agent accepts each enrolment; ``in_holidays``: it runs in the holidays, the summer after the year included.
    ``is_meal``: what is said of a school without a canteen.
    """

    name: str
    age_from: int | None = None
    age_to: int | None = None
    levels: Collection[str] = ()
    is_meal: bool = False
    by_agent: bool = False
    in_holidays: bool = False


@dataclass(frozen=True)
class Applicant:
    """What the rule reads of a child. ``school`` is the name of hers, None when it is not known."""

    first_name: str
    born_on: date
    school: str | None = None
    has_canteen: bool = True
    level: str = ""


@dataclass(frozen=True)
class Standing:
    """What the household already has for the child, the activity and the year.

    ``asked``: the number of a request that waits; ``the_year_before``: she was enrolled then; ``returns``: she was enrolled this
    year too, and stopped.
    """

    enrolled: bool = False
    asked: str = ""
    the_year_before: bool = False
    returns: bool = False


@dataclass(frozen=True)
class Offer:
    """What the household may do; ``sentence`` says why when it may do nothing."""

    state: OfferState
    sentence: str = ""
    again: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the form can be sent."""
        return self.state == OfferState.OPEN


def offer(
    terms: Terms,
    child: Applicant,
    year: YearSpan,
    today: date,
    *,
    standing: Standing,
    here: bool,
    in_centres: bool,
    at_desk: bool = False,
) -> Offer:
    """Say whether a child can be enrolled for a year, and if not why, in a sentence.

    ``here``: the activity runs in her school; ``in_centres``: it runs in centres open to any child. Age and level are those of
    the first day of the enrolment. ``at_desk``: an agent does it; only the re-enrolment window gives way.
    """
    if standing.enrolled:
        return Offer(OfferState.ENROLLED)
    if standing.asked:
        return Offer(OfferState.ASKED, f"Votre demande n° {standing.asked} attend la réponse du service.")
    return (
        _no_place(terms, child, here=here, in_centres=in_centres)
        or _wrong_age(terms, child, enrolment_period(year, today, in_holidays=terms.in_holidays))
        or _wrong_level(terms, child, year, today)
        or _too_late(child, year, today, standing, at_desk=at_desk)
        or Offer(OfferState.OPEN, again=standing.the_year_before)
    )


def _no_place(terms: Terms, child: Applicant, *, here: bool, in_centres: bool) -> Offer | None:
    if here or in_centres:
        return None
    if child.school is None:
        return Offer(
            OfferState.NO_SCHOOL,
            "Son école n’est pas encore connue de l’Espace Famille. Appelez-nous, nous compléterons son dossier.",
        )
    if terms.is_meal and not child.has_canteen:
        return Offer(
            OfferState.NOT_THERE,
            f"L’école {child.school} n’a pas de restauration sur place : les enfants déjeunent à la maison.",
        )
    return Offer(OfferState.NOT_THERE, f"« {terms.name} » n’est pas proposé à l’école {child.school}.")


def _wrong_age(terms: Terms, child: Applicant, period: Period) -> Offer | None:
    age = age_on(child.born_on, period.starts_on)
    if terms.age_from is not None and age < terms.age_from:
        sentence = (
            f"« {terms.name} » reçoit les enfants {ages(terms.age_from, terms.age_to)} : {child.first_name} aura "
            f"{years_old(age)} le {plain_day(period.starts_on)}."
        )
        ready = birthday(child.born_on, terms.age_from)
        if ready <= period.ends_on:
            sentence += f" L’inscription sera possible à partir du {plain_day(ready)}."
        return Offer(OfferState.TOO_YOUNG, sentence)
    if terms.age_to is not None and age > terms.age_to:
        return Offer(
            OfferState.TOO_OLD,
            f"« {terms.name} » reçoit les enfants {ages(terms.age_from, terms.age_to)} : {child.first_name} aura "
            f"{years_old(age)} le {plain_day(period.starts_on)}.",
        )
    return None


def _wrong_level(terms: Terms, child: Applicant, year: YearSpan, today: date) -> Offer | None:
    if not terms.levels:
        return None
    if not child.level:
        return Offer(
            OfferState.NO_LEVEL,
            f"Le niveau {of_name(child.first_name)} n’est pas connu de l’Espace Famille. Appelez-nous, nous compléterons son "
            "dossier.",
        )
    # Before the first day of class the file may hold the level of either year.
    possible = {child.level} | ({next_level(child.level)} if today < year.starts_on else set())
    if possible & set(terms.levels):
        return None
    return Offer(
        OfferState.OTHER_LEVEL,
        f"« {terms.name} » est réservé aux niveaux suivants : {levels_label(terms.levels)}. {child.first_name} est en "
        f"{SchoolLevel(child.level).label}.",
    )


def _too_late(child: Applicant, year: YearSpan, today: date, standing: Standing, *, at_desk: bool) -> Offer | None:
    closes = year.reenrolment_closes_on
    if at_desk or closes is None or today <= closes or not standing.the_year_before or standing.returns:
        return None
    return Offer(
        OfferState.CLOSED,
        f"{child.first_name} était dans ce service l’an dernier : les réinscriptions pour {year.label} ont pris fin le "
        f"{plain_day(closes)}. Appelez l’Espace Famille, un agent peut encore l’inscrire.",
    )


def last_day_of(year: YearSpan, *, in_holidays: bool) -> date:
    """Return the last day of the enrolments of a year: of class, or of the summer for an activity of the holidays."""
    return date(year.ends_on.year, *SUMMER_ENDS) if in_holidays else year.ends_on


def enrolment_period(year: YearSpan, today: date, after: date | None = None, *, in_holidays: bool = False) -> Period:
    """Return the days of an enrolment made today: from the first day of class, or from today in the course of the year; never
    before the day after an enrolment that is ending (``after``)."""
    starts_on = max(year.starts_on, today)
    if after is not None and after >= starts_on:
        starts_on = date.fromordinal(after.toordinal() + 1)
    return Period(starts_on, last_day_of(year, in_holidays=in_holidays))


def age_on(born_on: date, day: date) -> int:
    """Return an age in full years; who was born on 29 February has her birthday on 1 March in other years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def birthday(born_on: date, age: int) -> date:
    """Return the day on which somebody reaches an age."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:  # 29 February
        return date(born_on.year + age, 3, 1)


def next_level(level: str) -> str:
    """Return the level of the year after, nothing after CM2 or for a level that is not known."""
    place = LEVELS.index(level) if level in LEVELS else len(LEVELS)
    return LEVELS[place + 1] if place + 1 < len(LEVELS) else ""


def levels_label(levels: Collection[str]) -> str:
    """« du CP au CM2 » for levels that follow each other, else « PS, CP »; nothing when all are taken."""
    known = [level for level in LEVELS if level in levels]
    if not known:
        return ""
    first, last = LEVELS.index(known[0]), LEVELS.index(known[-1])
    if len(known) > 2 and last - first + 1 == len(known):
        return f"du {known[0]} au {known[-1]}" if known[0] in ("CP", "CE1", "CE2", "CM1", "CM2") else _to(known)
    return ", ".join(known)


def _to(known: list[str]) -> str:
    return f"de la {known[0]} {'à la' if known[-1] in ('TPS', 'PS', 'MS', 'GS') else 'au'} {known[-1]}"


def ages(age_from: int | None, age_to: int | None) -> str:
    """« de 3 à 11 ans », « à partir de 3 ans », « jusqu’à 11 ans »; nothing without an end."""
    if age_from is not None and age_to is not None:
        return f"de {age_from} à {age_to} ans"
    if age_from is not None:
        return f"à partir de {age_from} ans"
    return f"jusqu’à {age_to} ans" if age_to is not None else ""


def years_old(age: int) -> str:
    """« 1 an », « 2 ans »."""
    return f"{age} an{'s' if age > 1 else ''}"


# --- From a year to the next ------------------------------------------------------------------------------------------


class CarryState(StrEnum):
    """What becomes of an enrolment at the end of the year."""

    CARRIED = "reportee"
    ALREADY = "deja"
    LEAVES = "quitte"
    CHANGES_SCHOOL = "change"
    NOT_TAKEN = "non_recue"
    TO_REVIEW = "a_revoir"


@dataclass(frozen=True)
class Carry:
    """The outcome and its sentence; ``level`` is the one of the year to come."""

    state: CarryState
    sentence: str = ""
    level: str = ""


def carry(
    terms: Terms,
    child: Applicant,
    year: YearSpan,
    *,
    in_nursery: bool,
    in_centre: bool,
    is_there: bool,
    lives_here: bool,
    already: bool,
) -> Carry:
    """Say whether an enrolment goes over to ``year``.

    ``in_nursery``: the child's school is an école maternelle; ``in_centre``: the place is a centre, which no change of school
    touches; ``is_there``: the activity still runs in the same place, or in the child's present school; ``lives_here``: she lives
    in the household on the first day.
    """
    level = next_level(child.level)
    if already:
        return Carry(CarryState.ALREADY, "déjà inscrit pour la nouvelle année", level)
    if not lives_here:
        return Carry(CarryState.LEAVES, "n’habite plus dans ce foyer à la rentrée", level)
    if not in_centre:
        if not child.level:
            return Carry(CarryState.TO_REVIEW, "niveau inconnu : complétez la fiche de l’enfant")
        if not level:
            return Carry(CarryState.LEAVES, "quitte l’école primaire après le CM2")
        if in_nursery and level == SchoolLevel.CP.value:
            return Carry(CarryState.CHANGES_SCHOOL, "entre au CP : l’école élémentaire est à choisir", level)
    if not is_there:
        return Carry(CarryState.TO_REVIEW, "l’activité n’est plus ouverte dans ce lieu", level)
    if _wrong_age(terms, child, Period(year.starts_on, year.ends_on)):
        return Carry(CarryState.NOT_TAKEN, f"hors de l’âge reçu ({ages(terms.age_from, terms.age_to)})", level)
    if terms.levels and level not in terms.levels:
        return Carry(CarryState.NOT_TAKEN, f"niveau non reçu ({levels_label(terms.levels)})", level)
    return Carry(CarryState.CARRIED, "", level)
