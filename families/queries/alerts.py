"""What those who look after many children at once need to know of each, in a fixed number of queries: never for families.

Whoever asks for alerts writes the trace of it (``services.access_log.record_readings``).
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from families.models import AuthorisedAdult, Custody, Guardian, HealthAuthorisation, HealthPlan, HealthRecord
from families.rules import health as rules

ALLERGIES = ("food", "food_other", "drug", "other_allergy")


@dataclass(frozen=True)
class PlanInForce:
    """A PAI as those who look after the child read it; ``valid_until`` includes its day."""

    needs: str
    basket_meal: bool
    valid_until: date | None
    over: bool


@dataclass(frozen=True)
class Alert:
    """A child's allergies, in words, and her PAI."""

    allergies: tuple[str, ...] = ()
    plan: PlanInForce | None = None


def alerts_of(children: Collection[int], *, today: date) -> dict[int, Alert]:
    """Return the allergies and the PAI in force of children (ids) who have any; two queries."""
    told: dict[int, tuple[str, ...]] = {}
    for child, content in HealthRecord.objects.filter(child__in=children).values_list("child_id", "content"):
        sheet = rules.from_stored(content)
        words = tuple(rules.shown(name, getattr(sheet, name)) for name in ALLERGIES if getattr(sheet, name))
        if words:
            told[child] = words
    accepted = HealthPlan.objects.filter(child__in=children, state=HealthPlan.State.ACCEPTED)
    plans = {row.child_id: _plan(row, today) for row in accepted}
    return {child: Alert(told.get(child, ()), plans.get(child)) for child in told.keys() | plans.keys()}


def _plan(row: HealthPlan, today: date) -> PlanInForce:
    until = row.content.get("valid_until")
    last = date.fromisoformat(until) if until else None
    return PlanInForce(
        needs=row.content.get("needs", ""),
        basket_meal=bool(row.content.get("basket_meal")),
        valid_until=last,
        over=last is not None and last < today,
    )


@dataclass(frozen=True)
class Collecting:
    """Who may collect a child on a day: her household's guardians and the adults that it lists, and who must not.

    A prohibition holds whichever household has the child; ``alone`` says whether she may leave by herself.
    """

    guardians: tuple[Guardian, ...] = ()
    adults: tuple[AuthorisedAdult, ...] = ()
    banned: tuple[AuthorisedAdult, ...] = ()
    alone: str = ""


def collecting_of(households: dict[int, int | None], *, day: date) -> dict[int, Collecting]:
    """Return who may collect each child; ``households`` gives the household (id) that has each child that day. Four queries."""
    children = list(households)
    guardians: dict[int, list[Guardian]] = defaultdict(list)
    kept = Guardian.objects.filter(family__in=set(filter(None, households.values())))
    for guardian in kept.exclude(rights=Guardian.Rights.EXCLUDED):
        guardians[guardian.family_id].append(guardian)
    homes = set(_homes(children, day))
    adults: dict[int, list[AuthorisedAdult]] = defaultdict(list)
    banned: dict[int, list[AuthorisedAdult]] = defaultdict(list)
    listed = AuthorisedAdult.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=day), children__in=children, starts_on__lte=day, removed_at=None
    )
    for adult in listed.annotate(of_child=F("children")):
        child: int = adult.of_child
        if adult.is_banned and (child, adult.family_id) in homes:
            banned[child].append(adult)
        elif not adult.is_banned and adult.family_id == households[child]:
            adults[child].append(adult)
    alone = _leaving_alone(children)
    return {
        child: Collecting(
            tuple(guardians[home]) if home else (), tuple(adults[child]), tuple(banned[child]), alone.get(child, "")
        )
        for child, home in households.items()
    }


def _homes(children: Collection[int], day: date) -> list[tuple[int, int]]:
    stays = Custody.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), child__in=children, starts_on__lte=day)
    return list(stays.values_list("child_id", "family_id"))


def _leaving_alone(children: Collection[int]) -> dict[int, str]:
    """Return what the guardians together allow of leaving alone, for the children of whom anyone answered; one query."""
    rows = HealthAuthorisation.objects.filter(child__in=children).exclude(guardian__rights=Guardian.Rights.EXCLUDED)
    said: dict[int, list[rules.Answers]] = defaultdict(list)
    for child, answers in rows.values_list("child_id", "answers"):
        said[child].append(rules.answers_from_stored(answers))
    return {child: rules.weigh(answers).alone.sentence for child, answers in said.items()}
