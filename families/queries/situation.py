"""Reads of a household's own file, and of what was asked to change in it. Nothing of a child's other household is ever here."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from families import child_changes
from families.models import (
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Custody,
    CustodyException,
    Family,
    FamilyContact,
    FamilyRequest,
    Guardian,
    School,
    WeekExchange,
)
from families.queries.households import children_of
from families.rules.custody import doubled_week, household_on
from families.rules.situation import OTHER_RHYTHM, Change, Row, drift, rows
from families.rules.weeks import Week, coming_weeks, days_between, period_words, rhythm_words
from families.services.situation.applying import known_children
from families.services.situation.exchanges import periods_of
from families.services.situation.snapshots import take_snapshot

LOOK_AHEAD = timedelta(days=180)


# --- The household's page ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChildSheet:
    """A child as her household sees her: residence in words, whether another household shares it, the coming weeks."""

    child: Child
    residence: str
    shared: bool
    weeks: list[Week]
    doubled: date | None

    @property
    def this_week(self) -> Week:
        """The present week."""
        return self.weeks[0]


@dataclass(frozen=True)
class HouseholdPage:
    """All that « Situation familiale » shows."""

    guardians: list[Guardian]
    children: list[ChildSheet]
    adults: list[AuthorisedAdult]
    contacts: list[FamilyContact]
    waiting: list[FamilyRequest]
    exchanges: list[WeekExchange]


def household_page(family: Family, *, today: date) -> HouseholdPage:
    """Return a household's file; the same number of queries whatever the number of people."""
    children = list(children_of(family, on=today))
    proposals = FamilyRequest.objects.filter(family=family, status__in=FamilyRequest.OPEN)
    return HouseholdPage(
        guardians=list(guardians_of(family)),
        children=_sheets(family, children, today),
        adults=list(adults_of(family, today=today)),
        contacts=list(FamilyContact.objects.filter(family=family).select_related("child")),
        waiting=list(proposals.filter(Q(change_proposal__isnull=False) | Q(week_exchange__isnull=False))),
        exchanges=list(exchanges_to_answer(family)),
    )


def guardians_of(family: Family) -> QuerySet[Guardian]:
    """Return the guardians of a household with their account, the payer first."""
    return Guardian.objects.filter(family=family).select_related("user")


def adults_of(family: Family, *, today: date) -> QuerySet[AuthorisedAdult]:
    """Return who may, or must not, collect children of a household today or later; prohibitions first."""
    kin = Prefetch("children", Child.objects.order_by("birth_date", "pk"))
    rows_ = AuthorisedAdult.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), family=family)
    return rows_.filter(removed_at=None).prefetch_related(kin).order_by("right", "last_name", "first_name", "pk")


def former_adults_of(family: Family, *, today: date) -> QuerySet[AuthorisedAdult]:
    """Return who no longer may collect: taken off the list, or past its end; the latest first."""
    gone = Q(removed_at__isnull=False) | Q(ends_on__lt=today)
    return AuthorisedAdult.objects.filter(gone, family=family).select_related("removed_by").order_by("-pk")[:20]


def exchanges_to_answer(family: Family) -> QuerySet[WeekExchange]:
    """Return the exchanges that the other household of a child proposes to this one."""
    open_ones = WeekExchange.objects.filter(other_family=family, request__status__in=FamilyRequest.OPEN)
    return open_ones.select_related("child", "request").order_by("pk")


def _sheets(family: Family, children: list[Child], today: date) -> list[ChildSheet]:
    stays = _by_child(Custody.objects.filter(child__in=children).order_by("starts_on"))
    swaps = _by_child(
        CustodyException.objects.filter(child__in=children, ends_on__gte=today - timedelta(days=7)).order_by(
            "starts_on"
        )
    )
    return [_sheet(family, child, stays.get(child.pk, []), swaps.get(child.pk, []), today) for child in children]


def _by_child(found: QuerySet[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in found:
        grouped.setdefault(row.child_id, []).append(row)
    return grouped


def _sheet(
    family: Family, child: Child, stays: list[Custody], swaps: list[CustodyException], today: date, count: int = 6
) -> ChildSheet:
    mine = [stay for stay in stays if stay.family_id == family.pk and (stay.ends_on is None or stay.ends_on >= today)]
    others = [s for s in stays if s.family_id != family.pk and (s.ends_on is None or s.ends_on >= today)]
    words = [_residence(stay, today) for stay in mine]
    horizon = today + timedelta(weeks=max(count, 60))
    doubled = next((day for stay in mine if (day := doubled_week(stay.rhythm, today, horizon))), None)
    weeks = coming_weeks(family.pk, stays, swaps, today, count=count)
    return ChildSheet(child, ", puis ".join(words), bool(others), weeks, doubled)


def _residence(stay: Custody, today: date) -> str:
    words = rhythm_words(stay)
    if stay.starts_on > today:
        words += f", {_from(stay.starts_on)}"
    if stay.ends_on:
        words += f", jusqu’au {stay.ends_on:%d/%m/%Y}"
    return words


def _from(day: date) -> str:
    return f"à partir du {day:%d/%m/%Y}"


@dataclass(frozen=True)
class CustodyPage:
    """A child's coming weeks, and the exchanges of days."""

    sheet: ChildSheet
    asked: list[WeekExchange]
    received: list[WeekExchange]
    swaps: list[CustodyException] = field(default_factory=list)


def custody_page(family: Family, child: Child, *, today: date) -> CustodyPage:
    """Return the weeks of a child of the household for four months."""
    stays = list(Custody.objects.filter(child=child).order_by("starts_on"))
    swaps = list(
        CustodyException.objects.filter(child=child, ends_on__gte=today - timedelta(days=7)).order_by("starts_on")
    )
    exchanges = WeekExchange.objects.filter(child=child).select_related("request", "child")
    return CustodyPage(
        sheet=_sheet(family, child, stays, swaps, today, count=18),
        asked=list(exchanges.filter(request__family=family)[:10]),
        received=list(exchanges.filter(other_family=family)[:10]),
        swaps=swaps,
    )


def lost_words(exchange: WeekExchange, family: Family) -> list[str]:
    """Say what a household has reserved on the days that an exchange would take from it."""
    gives, takes = periods_of(exchange)
    leaving = gives if exchange.request.family_id == family.pk else takes
    if leaving is None:
        return []
    return child_changes.days_lost(child=exchange.child, family=family, days=days_between(*leaving))


# --- What was asked ---------------------------------------------------------------------------------------------------


def change_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a change shows; ``agent_notes`` is read by the agents' page only."""
    proposal = ChangeProposal.objects.select_related("child__school", "guardian", "adult").get(request=request)
    proposal.request = request
    now = _now(proposal) if request.is_open else None
    lines = rows(proposal.change, proposal.before, proposal.proposed, decided=proposal.decided, now=now)
    moved = bool(now is not None and drift(proposal.before, now))
    return {
        "proposal": proposal,
        "lines": lines,
        "has_before": any(key in proposal.before for key in proposal.proposed),
        "put_right": any(line.decided for line in lines),
        "moved": moved and request.is_open,
        "rivals": rivals_of(proposal) if request.is_open else [],
        "agent_notes": lambda: agent_notes(proposal),
    }


def _now(proposal: ChangeProposal) -> dict[str, Any]:
    family = proposal.request.family
    assert family is not None  # a change is never asked by a stranger
    return take_snapshot(
        proposal.change, family=family, child=proposal.child, guardian=proposal.guardian, adult=proposal.adult
    )


def rivals_of(proposal: ChangeProposal) -> list[str]:
    """Return the numbers of the other open requests of the same household about the same thing."""
    others = ChangeProposal.objects.filter(
        request__family=proposal.request.family_id,
        request__status__in=FamilyRequest.OPEN,
        change=proposal.change,
        child=proposal.child,
        guardian=proposal.guardian,
    ).exclude(pk=proposal.pk)
    return list(others.values_list("request__number", flat=True)) if proposal.before else []


def agent_notes(proposal: ChangeProposal) -> list[str]:
    """Say what an agent must know before she accepts: doubles, rivals of the other household, what it does above."""
    if not proposal.request.is_open:
        return list(proposal.tasks)
    change, notes = proposal.change, []
    if proposal.child and change not in (Change.BIRTH, Change.ARRIVAL):
        notes += _rivals_elsewhere(proposal)
    if change in (Change.BIRTH, Change.ARRIVAL):
        notes += [
            f"Déjà connu : {child.full_name}, dossiers {', '.join(str(each) for each in child.families.distinct())}."
            for child in known_children(proposal.proposed)
        ]
    elif change == Change.SCHOOL and proposal.child:
        notes += _school_notes(proposal, proposal.child)
    elif change == Change.CUSTODY and proposal.child:
        notes += _custody_notes(proposal, proposal.child)
    elif change == Change.CHILD_LEAVES and proposal.child:
        last = date.fromisoformat(proposal.proposed["ends_on"])
        family = proposal.request.family
        assert family is not None  # a change is never asked by a stranger
        notes += child_changes.departure_effects(child=proposal.child, family=family, after=last)
    return notes


def _rivals_elsewhere(proposal: ChangeProposal) -> list[str]:
    others = ChangeProposal.objects.filter(
        change=proposal.change, child=proposal.child, request__status__in=FamilyRequest.OPEN
    ).exclude(pk=proposal.pk)
    return [
        f"Une autre demande attend sur le même sujet : n° {other.request.number}, {other.request.family}."
        for other in others.select_related("request__family")
    ]


def _school_notes(proposal: ChangeProposal, child: Child) -> list[str]:
    chosen = proposal.proposed.get("school")
    school = School.objects.filter(pk=chosen["id"]).first() if chosen else None
    if school is None or school.pk == child.school_id:
        return []
    on = date.fromisoformat(proposal.proposed["starts_on"])
    effects = child_changes.school_effects(child=child, school=school, on=on)
    return [*effects.will_do, *effects.to_review, *([f"À savoir : {effects.refusal}"] if effects.refusal else [])]


def _custody_notes(proposal: ChangeProposal, child: Child) -> list[str]:
    """Say which bookings fall on days that change household: they stay to whoever made them."""
    family = proposal.request.family
    assert family is not None  # a change is never asked by a stranger
    first = date.fromisoformat(proposal.proposed["starts_on"])
    stays = list(Custody.objects.filter(child=child).select_related("family"))
    swaps = list(CustodyException.objects.filter(child=child))
    monday = proposal.proposed.get("first_monday")
    mine = Custody(
        family=family,
        rhythm=proposal.proposed["rhythm"],
        first_monday=date.fromisoformat(monday) if monday else None,
        starts_on=first,
    )
    notes = []
    days = days_between(first, first + LOOK_AHEAD)
    homes = {stay.family_id: stay.family for stay in stays if stay.ends_on is None or stay.ends_on >= first}
    for home in homes.values():
        future = [mine] if home.pk == family.pk else _mirror(mine, home)
        lost = [
            day
            for day in days
            if household_on(day, stays, swaps) == home.pk and household_on(day, future, swaps) != home.pk
        ]
        notes += [f"{home} : {words}" for words in child_changes.days_lost(child=child, family=home, days=lost)]
    return notes


def _mirror(stay: Custody, home: Family) -> list[Custody]:
    rhythm = OTHER_RHYTHM[stay.rhythm]
    if rhythm == "aucune":
        return []
    monday = stay.first_monday + timedelta(days=7) if stay.first_monday else None
    return [Custody(family=home, rhythm=rhythm, first_monday=monday, starts_on=stay.starts_on)]


def exchange_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of an exchange shows to who proposed it, and to agents."""
    exchange = WeekExchange.objects.select_related("child").get(request=request)
    exchange.request = request
    gives, takes = periods_of(exchange)
    return {
        "exchange": exchange,
        "gives": period_words(*gives) if gives else "",
        "takes": period_words(*takes) if takes else "",
        "agent_notes": lambda: _exchange_notes(exchange),
    }


def _exchange_notes(exchange: WeekExchange) -> list[str]:
    families = [exchange.request.family, exchange.other_family]
    notes = [f"Autre foyer : {exchange.other_family}."]
    for family in families:
        if family:
            notes += [f"{family} : {words}" for words in lost_words(exchange, family)]
    return notes


def shown_rows(change: str, before: dict[str, Any]) -> list[Row]:
    """Return the lines of what the file holds, for the top of a form."""
    return [line for line in rows(change, before, {}) if line.before]
