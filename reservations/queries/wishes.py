"""The weeks that a household may wish for, those that it has wished for, and what the allocation answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import permutations
from typing import Any

from families.models import Child, Family, FamilyRequest
from reservations.models import ActivitySite, AllocationCriterion, HolidayPeriod, Wish, WishedChild, WishList
from reservations.queries.holidays import offered_formulas, period_planning, running_days, sites_of
from reservations.queries.planning import Planning, Slot, span_of
from reservations.rules.allocation import CriterionKind, in_points, lot
from reservations.rules.decide import decide
from reservations.rules.formulas import formula_label
from reservations.rules.holidays import HolidaySpan, Week, WindowState, weeks_of

MOST_SITES = 3  # beyond, every order of the sites would make a list that nobody reads


def why_not_wished(planning: Planning, slot: Slot, week: Week, at: datetime) -> str:
    """Say why a child cannot have a whole week, whatever the places and the opening instants, or nothing."""
    days = running_days(planning, slot, week)
    if not days:
        return "l’enfant n’habite pas chez vous cette semaine-là, ou l’accueil est fermé"
    for day in days:
        decision = decide(replace(planning.context(slot, day), places_left=None), at, at_desk=True)
        if not decision.can_add:
            return decision.reason.sentence if decision.reason else "déjà réservé"
    return ""


def standing_list(family: Family, period: HolidayPeriod) -> WishList | None:
    """Return the wish list of a household that counts in a period; one query."""
    rows = WishList.objects.filter(family=family, period=period, replaced_at=None)
    return rows.select_related("request", "period__activity", "family").first()


def children_of_list(row: WishList) -> list[WishedChild]:
    """Return the children of a wish list with their wishes, by rank; two queries."""
    rows = row.children.select_related("child", "enrolment").prefetch_related(
        "wishes__site__school", "wishes__site__venue"
    )
    return list(rows.order_by("child__birth_date", "child_id"))


# --- The form ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A week that a child may be given: the rank and the sites chosen for it; ``why_not`` when it cannot be."""

    week: Week
    why_not: str
    rank: int | None
    sites: str


@dataclass(frozen=True)
class ChildChoices:
    """The weeks of a child, how many she wants, under which formula."""

    child: Child
    choices: Sequence[Choice]
    weeks: int
    formula: str

    @property
    def any(self) -> bool:
        """Whether there is a week to wish for."""
        return any(not choice.why_not for choice in self.choices)


@dataclass(frozen=True)
class Asked:
    """What a form asks for a child: rank and sites (ids, in order) by Monday, how many weeks, which formula."""

    ranks: Mapping[date, tuple[int, tuple[int, ...]]]
    weeks: int
    formula: str


@dataclass(frozen=True)
class WishPage:
    """The page on which a household wishes, or reads what it obtained."""

    period: HolidayPeriod
    span: HolidaySpan
    at: datetime
    weeks: Sequence[Week]
    children: Sequence[ChildChoices]
    together: bool
    formulas: Sequence[tuple[str, str]]
    sites: Sequence[tuple[str, str]]
    criteria: Sequence[AllocationCriterion]
    list: WishList | None
    results: Sequence["ChildResult"]
    lot: str

    @property
    def state(self) -> WindowState:
        """Which of the three states it is in."""
        return self.span.state(self.at)

    @property
    def ranks(self) -> Sequence[int]:
        """The ranks that can be given."""
        return range(1, len(self.weeks) + 1)

    @property
    def numbers(self) -> Sequence[int]:
        """How many weeks a child may be given."""
        return range(1, min(self.period.most_weeks, len(self.weeks)) + 1)


def wish_page(
    family: Family,
    period: HolidayPeriod,
    *,
    at: datetime,
    asked: Mapping[int, Asked] | None = None,
    together: bool | None = None,
) -> WishPage:
    """Return a period as a household wishes for it; ``asked`` and ``together``: what a refused form said."""
    span, weeks = span_of(period), weeks_of(span_of(period), period.activity.weekdays)
    planning = period_planning(family, period, at=at, sites=())
    standing = standing_list(family, period)
    wished = children_of_list(standing) if standing else []
    formulas, sites = offered_formulas(period.activity), sites_of(period.activity)
    known = asked if asked is not None else {row.child_id: _asked(row) for row in wished}
    nothing = Asked({}, 1, formulas[0][0] if formulas else "")
    return WishPage(
        period=period,
        span=span,
        at=at,
        weeks=weeks,
        children=[_choices(planning, slot, weeks, known.get(slot[0], nothing), at) for slot in planning.enrolments]
        if planning
        else [],
        together=together if together is not None else bool(standing and standing.together),
        formulas=formulas,
        sites=site_orders(sites),
        criteria=list(period.criteria.all()),
        list=standing,
        results=results_of(wished, span, weeks) if standing else [],
        lot=lot(period.seed, family.number),
    )


def site_orders(sites: Sequence[ActivitySite]) -> list[tuple[str, str]]:
    """Return the ways to name sites: each alone, then each before the others; nothing where there is no choice."""
    if len(sites) < 2:
        return []
    names = {site.pk: site.place_name for site in sites}
    alone = [(str(site.pk), f"{names[site.pk]} seulement") for site in sites]
    if len(sites) > MOST_SITES:
        return alone
    orders = permutations([site.pk for site in sites])
    return alone + [("-".join(map(str, order)), ", sinon ".join(names[pk] for pk in order)) for order in orders]


def _asked(row: WishedChild) -> Asked:
    ranks: dict[date, tuple[int, tuple[int, ...]]] = {}
    for wish in sorted(row.wishes.all(), key=lambda wish: wish.rank):
        rank, sites = ranks.get(wish.monday, (len(ranks) + 1, ()))
        ranks[wish.monday] = rank, (*sites, wish.site_id)
    return Asked(ranks, row.weeks, row.formula)


def _choices(planning: Planning, slot: Slot, weeks: Sequence[Week], asked: Asked, at: datetime) -> ChildChoices:
    home = planning.enrolments[slot][0].site_id
    rows = []
    for week in weeks:
        rank, sites = asked.ranks.get(week.monday, (None, (home,)))
        chosen = "-".join(map(str, sites or (home,)))
        rows.append(Choice(week, why_not_wished(planning, slot, week, at), rank, chosen))
    return ChildChoices(planning.children[slot[0]], rows, asked.weeks, asked.formula)


# --- What was obtained ------------------------------------------------------------------------------------------------

TONES = {
    Wish.Outcome.GIVEN: "booked",
    Wish.Outcome.REFUSED: "refused",
    Wish.Outcome.NOT_NEEDED: "unchanged",
    Wish.Outcome.PENDING: "waiting",
}


@dataclass(frozen=True)
class WishLine:
    """A wish in words: its rank, its week, where, what became of it and why."""

    rank: int
    label: str
    place: str
    tone: str
    word: str
    reason: str


@dataclass(frozen=True)
class ChildResult:
    """The wishes of a child, in words, with her points."""

    child: Child
    weeks: int
    formula: str
    points: str
    why: Sequence[str]
    lines: Sequence[WishLine]


def results_of(children: Sequence[WishedChild], span: HolidaySpan, weeks: Sequence[Week]) -> list[ChildResult]:
    """Say the wishes of the children of a list."""
    labels = {week.monday: week.label for week in weeks}
    return [
        ChildResult(
            row.child,
            row.weeks,
            formula_label(row.formula),
            in_points(row.points) if row.points is not None else "",
            [_in_sentence(str(CriterionKind(kind).label)) for kind in row.why],
            [
                WishLine(
                    wish.rank,
                    labels.get(wish.monday, f"du {wish.monday:%d/%m/%Y}"),
                    wish.site.place_name,
                    TONES[Wish.Outcome(wish.outcome)],
                    wish.get_outcome_display(),
                    wish.reason,
                )
                for wish in sorted(row.wishes.all(), key=lambda wish: wish.rank)
            ],
        )
        for row in children
    ]


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]


def wish_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a request of wishes shows; four queries."""
    row = WishList.objects.select_related("period__activity", "family").get(request=request)
    span = span_of(row.period)
    weeks = weeks_of(span, row.period.activity.weekdays)
    return {"wish_list": row, "results": results_of(children_of_list(row), span, weeks)}
