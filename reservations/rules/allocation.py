"""Giving the weeks of a holiday period to those who wished for them: by published points, then by a draw that anyone can redo.

Nobody is passed over by somebody of lower rank for a week that she still wanted, unless brothers and sisters asked to stay
together and there were not enough places for all of them. The same input gives the same output. Castres has not published its
criteria: those of a period are rows that agents write.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.db.models import TextChoices

SiteWeek = tuple[int, date]  # a site (id) and the Monday of a week


class CriterionKind(TextChoices):
    """What may give points to a child."""

    SCHOOL = "ecole", "Enfant scolarisé dans une école publique de Castres"
    RESIDENT = "domicile", "Foyer domicilié à Castres"
    LAST_YEAR = "an-passe", "Enfant accueilli à cette activité dans les douze mois avant l’ouverture des vœux"
    SIBLINGS = "fratrie", "Frères ou sœurs dans les mêmes vœux"


class TieBreak(TextChoices):
    """Who goes first when points are equal."""

    DRAW = "tirage", "tirage au sort"
    SENIORITY = "anciennete", "la demande la plus ancienne, puis tirage au sort"


def points_of(facts: Collection[str], criteria: Mapping[str, int]) -> tuple[int, list[str]]:
    """Return a child's points and the criteria (kinds) that gave them, the weightiest first."""
    met = sorted((kind for kind in criteria if kind in facts), key=lambda kind: (-criteria[kind], kind))
    return sum(criteria[kind] for kind in met), met


def lot(seed: str, family_number: str) -> str:
    """Return a household's lot: the first twelve signs of the SHA-256 of « seed|file number ». The smallest goes first."""
    return hashlib.sha256(f"{seed.strip()}|{family_number}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Wanted:
    """A week, and the site for each member of an applicant, in the order of the members."""

    monday: date
    sites: tuple[int, ...]

    @property
    def needs(self) -> Mapping[SiteWeek, int]:
        """How many places it takes, site by site."""
        found: dict[SiteWeek, int] = {}
        for site in self.sites:
            found[site, self.monday] = found.get((site, self.monday), 0) + 1
        return found


@dataclass(frozen=True)
class Applicant:
    """A child, or brothers and sisters who stay together, with ``most`` weeks wanted among ``wishes``, the preferred first."""

    key: int
    members: tuple[int, ...]
    points: int
    lot: str
    most: int
    wishes: tuple[Wanted, ...]
    asked_at: datetime


class Outcome(StrEnum):
    """What becomes of a wish."""

    GIVEN = "obtenu"
    REFUSED = "refuse"
    NOT_NEEDED = "sans-objet"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one wish of one applicant; ``left``: the fewest places left at its turn on the sites named."""

    applicant: Applicant
    wanted: Wanted
    outcome: Outcome
    left: int


@dataclass
class Allocation:
    """Every wish's verdict, in the order in which applicants had their turn; what is left; who came last where."""

    verdicts: list[Verdict] = field(default_factory=list)
    left: dict[SiteWeek, int] = field(default_factory=dict)
    last: dict[SiteWeek, Applicant] = field(default_factory=dict)

    def of(self, key: int) -> list[Verdict]:
        """Return the verdicts of an applicant, the preferred wish first."""
        return [verdict for verdict in self.verdicts if verdict.applicant.key == key]


def in_order(applicants: Iterable[Applicant], tie_break: str) -> list[Applicant]:
    """Sort applicants: most points first, then the tie-break, then the lot; the key last, so that the order is always one."""
    seniority = tie_break == TieBreak.SENIORITY

    def rank(one: Applicant) -> tuple[object, ...]:
        return (-one.points, *((one.asked_at,) if seniority else ()), one.lot, one.key)

    return sorted(applicants, key=rank)


def allocate(applicants: Iterable[Applicant], places: Mapping[SiteWeek, int], tie_break: str) -> Allocation:
    """Give each applicant in turn the weeks that it prefers, as many as it wants, where places are left for all its members.

    ``places``: what is free, week by week; a site whose places are not counted is not named there and is never full.
    """
    result = Allocation(left=dict(places))
    for one in in_order(applicants, tie_break):
        given: set[date] = set()
        for wanted in one.wishes:
            needs = wanted.needs
            left = min((result.left[key] for key in needs if key in result.left), default=len(one.members))
            if len(given) >= one.most or wanted.monday in given:
                outcome = Outcome.NOT_NEEDED
            elif all(result.left.get(key, number) >= number for key, number in needs.items()):
                outcome = Outcome.GIVEN
                given.add(wanted.monday)
                for key, number in needs.items():
                    result.last[key] = one
                    if key in result.left:
                        result.left[key] -= number
            else:
                outcome = Outcome.REFUSED
            result.verdicts.append(Verdict(one, wanted, outcome, max(left, 0)))
    return result


def why(verdict: Verdict, last: Applicant | None) -> str:
    """Say a verdict to the family, from its own points and those of the last admitted for that week (``last``), never a name."""
    one = verdict.applicant
    if verdict.outcome == Outcome.NOT_NEEDED:
        return "vous avez obtenu ce que vous préfériez"
    if verdict.outcome == Outcome.GIVEN:
        return f"avec {in_points(one.points)}"
    if len(one.members) > 1 and verdict.left:
        places = "1 place" if verdict.left == 1 else f"{verdict.left} places"
        return f"il restait {places} pour {len(one.members)} enfants qui devaient rester ensemble"
    if last is None:
        return "aucune place n’était à donner cette semaine-là"
    if last.points == one.points:
        return (
            f"complet : le dernier admis avait lui aussi {in_points(last.points)}, la règle d’égalité l’a placé avant"
        )
    return f"complet : le dernier admis avait {in_points(last.points)}, vous {one.points}"


def in_points(number: int) -> str:
    """Write a number of points: « 1 point », « 5 points », « 0 point »."""
    return f"{number} point{'s' if number > 1 else ''}"


def same_weeks(rankings: Sequence[Sequence[date]]) -> bool:
    """Say whether all children ranked the same weeks in the same order, as staying together asks."""
    return all(list(ranking) == list(rankings[0]) for ranking in rankings)
