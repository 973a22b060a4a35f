"""Reads of children’s health sheets, always through a child of the household; for agents, by ``services.health.open_sheet``."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from families.models import (
    Child,
    Custody,
    Family,
    FamilyContact,
    Guardian,
    HealthAuthorisation,
    HealthChange,
    HealthPlan,
    HealthRecord,
)
from families.queries.households import children_of
from families.rules import health as rules
from families.rules.health import Answers, HealthSheet, Verdicts

CHANGES_SHOWN = 15


def child_of(family: Family, pk: int, *, today: date) -> Child | None:
    """Return a child of a household by id, or None; one query."""
    return children_of(family, on=today).filter(pk=pk).first()


@dataclass(frozen=True)
class Line:
    """One answer of a sheet as it is read: its label, and its words."""

    label: str
    text: str
    told: bool


@dataclass(frozen=True)
class Change:
    """One change: who, when, and each answer before and after."""

    at: datetime
    by: str
    answers: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Plan:
    """A PAI as it is read; ``valid_until`` includes its day."""

    needs: str
    basket_meal: bool
    valid_until: date | None
    state: str
    request_number: str
    family_id: int | None
    proposed_at: datetime
    over: bool = False


@dataclass(frozen=True)
class Said:
    """What one guardian answered about authorisations, and when."""

    guardian: Guardian
    answers: Answers
    at: datetime


@dataclass(frozen=True)
class Authorisations:
    """Everybody's answers for a child, what they give together, and who is still awaited for the child's image."""

    said: list[Said]
    awaited: list[Guardian]
    verdicts: Verdicts

    def of(self, guardian: Guardian) -> Answers | None:
        """Return one guardian's own answers."""
        return next((one.answers for one in self.said if one.guardian.pk == guardian.pk), None)


@dataclass(frozen=True)
class Sheet:
    """What belongs to the child, the same for both parents."""

    child: Child
    version: int
    content: HealthSheet
    changed_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str
    plan: Plan | None
    asked_plan: Plan | None
    authorisations: Authorisations
    changes: list[Change]

    def lines(self, *names: str) -> list[Line]:
        """Return some answers as they are read."""
        found = ((name, getattr(self.content, name)) for name in names)
        return [Line(rules.LABELS[name], rules.shown(name, value), bool(value)) for name, value in found]

    @property
    def allergies(self) -> list[Line]:
        """What the child does not stand, or that nothing is known of: silence is not the same answer."""
        if self.content.no_allergy:
            return self.lines("no_allergy")
        return self.lines("food", "food_other", "drug", "other_allergy")

    @property
    def meals(self) -> list[Line]:
        """What she eats, and the help that she needs."""
        return self.lines("diet", "support")

    @property
    def care(self) -> list[Line]:
        """Doctor and vaccines."""
        return self.lines("doctor_name", "doctor_phone", "vaccines_until")

    @property
    def cover(self) -> list[Line]:
        """Insurance."""
        return self.lines("insurance", "policy", "insured_until")


def sheet_of(child: Child, *, today: date) -> Sheet:
    """Return a child's sheet as it stands; five queries. The caller found the child through her household."""
    record = HealthRecord.objects.select_related("confirmed_by").filter(child=child).first()
    plans = list(
        HealthPlan.objects.select_related("request").filter(
            child=child, state__in=[HealthPlan.State.PROPOSED, HealthPlan.State.ACCEPTED]
        )
    )
    by_state = {plan.state: _plan(plan, today) for plan in plans}
    return Sheet(
        child=child,
        version=record.version if record else 0,
        content=rules.from_stored(record.content) if record else HealthSheet(),
        changed_at=record.changed_at if record else None,
        confirmed_at=record.confirmed_at if record else None,
        confirmed_by=record.confirmed_by.full_name if record and record.confirmed_by else "",
        plan=by_state.get(HealthPlan.State.ACCEPTED),
        asked_plan=by_state.get(HealthPlan.State.PROPOSED),
        authorisations=authorisations_of(child, today=today),
        changes=[_change(row) for row in _last_changes(record)],
    )


def _last_changes(record: HealthRecord | None) -> list[HealthChange]:
    if record is None:
        return []
    return list(record.changes.select_related("guardian").order_by("-version")[:CHANGES_SHOWN])


def _change(row: HealthChange) -> Change:
    answers = [
        (rules.LABELS[name], rules.shown(name, row.before[name]), rules.shown(name, row.after[name]))
        for name in rules.LABELS
        if name in row.after
    ]
    return Change(row.at, row.guardian.full_name if row.guardian else "", answers)


def _plan(row: HealthPlan, today: date) -> Plan:
    until = row.content.get("valid_until")
    last = date.fromisoformat(until) if until else None
    return Plan(
        needs=row.content.get("needs", ""),
        basket_meal=bool(row.content.get("basket_meal")),
        valid_until=last,
        state=row.get_state_display(),
        request_number=row.request.number,
        family_id=row.request.family_id,
        proposed_at=row.proposed_at,
        over=last is not None and last < today,
    )


def plan_of_request(number: str, *, today: date) -> Plan | None:
    """Return the PAI that a request asked for, whatever became of it; one query."""
    row = HealthPlan.objects.select_related("request").filter(request__number=number).first()
    return _plan(row, today) if row else None


def authorisations_of(child: Child, *, today: date) -> Authorisations:
    """Return what every guardian of a child authorises; two queries. Those who could answer here and did not are awaited;

    what a guardian said whom an agent excluded since counts no more."""
    rows = HealthAuthorisation.objects.filter(child=child).select_related("guardian")
    rows = rows.exclude(guardian__rights=Guardian.Rights.EXCLUDED)
    said = [Said(row.guardian, rules.answers_from_stored(row.answers), row.answered_at) for row in rows]
    stays = Custody.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), child=child)
    able = Guardian.objects.filter(
        family__in=stays.values("family_id"), user__isnull=False, rights=Guardian.Rights.FULL
    )
    spoken = {one.guardian.user_id or -one.guardian.pk for one in said}
    awaited = [guardian for guardian in able if guardian.user_id not in spoken]
    return Authorisations(said, awaited, rules.weigh([one.answers for one in said], awaited=len(awaited)))


# --- For agents -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgentSheet:
    """All of a child's sheet, with the people to call of each of her households."""

    sheet: Sheet
    households: list[tuple[Family, list[FamilyContact]]]


def sheet_for_agent(child: Child, *, today: date) -> AgentSheet:
    """Return the whole sheet; only ``services.health.open_sheet`` calls this, once the trace is written."""
    homes = Custody.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), child=child).select_related("family")
    families = {stay.family_id: stay.family for stay in homes.order_by("family__number")}
    people = list(FamilyContact.objects.filter(Q(child=None) | Q(child=child), family__in=families))
    households = [(family, [one for one in people if one.family_id == pk]) for pk, family in families.items()]
    return AgentSheet(sheet_of(child, today=today), households)


@dataclass(frozen=True)
class SheetState:
    """What may be said of a sheet without opening it."""

    child: Child
    is_told: bool
    confirmed_at: datetime | None
    version: int


def states_of(family: Family, *, today: date) -> list[SheetState]:
    """Return whether each child's sheet is filled in and when it was confirmed, health left unread; two queries."""
    children = list(children_of(family, on=today))
    rows = {row.child_id: row for row in HealthRecord.objects.filter(child__in=children).defer("content")}
    return [_state(child, rows.get(child.pk)) for child in children]


def _state(child: Child, row: HealthRecord | None) -> SheetState:
    if row is None:
        return SheetState(child, False, None, 0)
    return SheetState(child, True, row.confirmed_at, row.version)


def contacts_of(child: Child, family: Family) -> list[FamilyContact]:
    """Return whom one household wants called for a child, in order; one query. The other household's are never read."""
    return list(FamilyContact.objects.filter(Q(child=None) | Q(child=child), family=family))


def export_of(child: Child, *, today: date) -> dict[str, Any]:
    """Return a child's sheet for the export of either household: it is the child's."""
    sheet = sheet_of(child, today=today)
    lines = [*sheet.allergies, *sheet.meals, *sheet.care, *sheet.cover]
    return {
        "fiche": {line.label: line.text for line in lines if line.told},
        "confirmee_le": sheet.confirmed_at,
    }


def to_erase(confirmed_since: datetime) -> QuerySet[Child]:
    """Return the children whose sheet, in any of its parts, was last told or confirmed before an instant."""
    kept = HealthRecord.objects.filter(confirmed_at__gte=confirmed_since).values("child_id")
    plans = HealthPlan.objects.filter(proposed_at__lt=confirmed_since).exclude(state=HealthPlan.State.PROPOSED)
    told = (
        Q(pk__in=HealthRecord.objects.values("child_id"))
        | Q(pk__in=HealthAuthorisation.objects.filter(answered_at__lt=confirmed_since).values("child_id"))
        | Q(pk__in=plans.values("child_id"))
    )
    return Child.objects.filter(told).exclude(pk__in=kept).order_by("pk")
