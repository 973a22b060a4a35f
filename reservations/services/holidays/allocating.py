"""An agent validates an allocation: every booking, answer and mail in one transaction, as she saw it in the preview."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from families.models import FamilyRequest, RequestStep
from reservations import emails
from reservations.models import (
    Booking,
    BookingReceipt,
    HolidayPeriod,
    ReceiptLine,
    WaitingEntry,
    Wish,
    WishedChild,
)
from reservations.queries.allocation import ChildAnswer, Plan, make_plan, wished_children
from reservations.queries.holidays import sites_of
from reservations.queries.planning import Places, homes_of, span_of
from reservations.rules.allocation import Outcome
from reservations.rules.holidays import weeks_of
from reservations.services.booking.places import places_under_lock

Status = FamilyRequest.Status
CHUNK = 2000


class AllocationChanged(Refusal):
    """What would be given is no longer what the agent saw."""


@transaction.atomic(durable=True)
def allocate_places(*, period: HolidayPeriod, by: User, at: datetime, seen: str) -> Plan:
    """Give the places of a period by its wishes, as the preview whose seal is ``seen`` said; answer and mail every household.

    The children are locked, then the days of the sites, in id order, before anything is counted. Who got nothing of a week joins
    its waiting list, day by day, as of the instant of the wish.

    Raises Refusal before the wishes close, or when the places were allocated already; AllocationChanged when a booking, a custody
    or a wish has changed since the preview.
    """
    row = locked_period(period)
    span = span_of(row)
    if not row.takes_wishes or at < row.closes_at:
        raise Refusal("Les vœux ne sont pas clos : les places s’attribuent ensuite.")
    if row.allocated_at:
        raise Refusal(f"Les places de cette période ont déjà été attribuées, le {moment(row.allocated_at)}.")
    rows, sites = wished_children(row), sites_of(row.activity)
    homes_of({child.child_id for child in rows}, row.starts_on, row.ends_on, lock=True)
    days = [day for week in weeks_of(span, row.activity.weekdays) for day in week.days]
    usual = {(site.pk, day): site.places for site in sites if site.places is not None for day in days}
    plan = make_plan(row, rows, sites, places_under_lock(usual, at) if usual else Places({}), at=at)
    if plan.digest != seen:
        raise AllocationChanged("L’aperçu a changé depuis que vous l’avez lu : relisez-le avant de valider.")
    _write(plan, by, at)
    row.allocated_at = at
    row.save(update_fields=["allocated_at"])
    return plan


def locked_period(period: HolidayPeriod) -> HolidayPeriod:
    """Lock a period until the end of the transaction: two agents who allocate at once follow each other."""
    rows = HolidayPeriod.objects.select_for_update(of=("self",), no_key=True).select_related("activity")
    return rows.get(pk=period.pk)


def _write(plan: Plan, by: User, at: datetime) -> None:
    by_list: dict[int, list[ChildAnswer]] = defaultdict(list)
    for child in plan.children:
        by_list[child.row.wish_list_id].append(child)
    receipts = _write_receipts(plan, by_list, by, at)
    _write_outcomes(plan.children)
    _answer_requests(by_list, by, at)
    if plan.period.activity.has_waiting_list:
        _join_waiting_list(plan)
    emails.queue_allocations([(receipt.request, by_list[pk]) for pk, receipt in receipts.items()], plan.period)


def _write_receipts(
    plan: Plan, by_list: dict[int, list[ChildAnswer]], by: User, at: datetime
) -> dict[int, BookingReceipt]:
    """Write the bookings, under the receipt that stands beside each household's request."""
    lists = {pk: children[0].row.wish_list for pk, children in by_list.items()}
    receipts = {
        pk: BookingReceipt(
            request=row.request,
            submission=uuid5(NAMESPACE_URL, f"attribution:{row.submission}"),
            activity=plan.period.activity,
        )
        for pk, row in lists.items()
    }
    BookingReceipt.objects.bulk_create(receipts.values(), batch_size=CHUNK)
    bookings, lines = [], []
    for child in plan.children:
        row = child.row
        for answer in child.given:
            for day in answer.days:
                receipt = receipts[row.wish_list_id]
                bookings.append(
                    Booking(
                        enrolment=row.enrolment,
                        child_id=row.child_id,
                        family_id=row.wish_list.family_id,
                        activity=plan.period.activity,
                        site_id=answer.wish.site_id,
                        day=day,
                        formula=row.formula,
                        booked_at=at,
                        booked_by=by,
                        receipt=receipt,
                    )
                )
                lines.append(
                    ReceiptLine(
                        receipt=receipt,
                        child_id=row.child_id,
                        activity=plan.period.activity,
                        day=day,
                        formula=row.formula,
                        adding=True,
                        outcome=ReceiptLine.Outcome.BOOKED,
                    )
                )
    Booking.objects.bulk_create(bookings, batch_size=CHUNK)
    ReceiptLine.objects.bulk_create(lines, batch_size=CHUNK)
    return receipts


def _write_outcomes(children: Sequence[ChildAnswer]) -> None:
    wishes = []
    for child in children:
        child.row.points, child.row.why = child.points, list(child.why)
        for answer in child.answers:
            wish = answer.wish
            wish.outcome, wish.reason, wish.last_points = answer.outcome, answer.reason[:250], answer.last_points
            wishes.append(wish)
    WishedChild.objects.bulk_update([child.row for child in children], ["points", "why"], batch_size=CHUNK)
    Wish.objects.bulk_update(wishes, ["outcome", "reason", "last_points"], batch_size=CHUNK)


def _answer_requests(by_list: dict[int, list[ChildAnswer]], by: User, at: datetime) -> None:
    requests, steps = [], []
    for children in by_list.values():
        request = children[0].row.wish_list.request
        served = [bool(child.given) for child in children]
        request.status = Status.DONE if all(served) else Status.PARTLY if any(served) else Status.REFUSED
        request.decided_at, request.decided_by = at, by
        request.decision = "Les places ont été attribuées par les critères publiés : le détail est ci-dessus."
        requests.append(request)
        steps.append(RequestStep(request=request, status=request.status, at=at, by=by, words=""))
    fields = ["status", "decided_at", "decided_by", "decision"]
    FamilyRequest.objects.bulk_update(requests, fields, batch_size=CHUNK)
    RequestStep.objects.bulk_create(steps, batch_size=CHUNK)


def _join_waiting_list(plan: Plan) -> None:
    """Put who still wants a week on its waiting list, day by day, in the order of the turns; not brothers
    and sisters who stay together: a place for one of them alone is what they did not want."""
    weeks = {week.monday: week for week in plan.weeks}
    last: dict[tuple[int, date], int] = defaultdict(int)
    standing = WaitingEntry.objects.filter(
        activity=plan.period.activity,
        day__range=(plan.period.starts_on, plan.period.ends_on),
        status__in=WaitingEntry.STANDING,
    )
    waits = set()
    for waiting, site, day, position in standing.order_by().values_list("child_id", "site_id", "day", "position"):
        waits.add((waiting, day))
        last[site, day] = max(last[site, day], position)
    entries = []
    for child in plan.children:
        row = child.row
        lacking = row.weeks - len(child.given)
        if lacking <= 0 or row.wish_list.together:
            continue
        given = {answer.wish.monday for answer in child.given}
        for answer in child.answers:
            wish = answer.wish
            # Only what places refused: a week of the other household is not waited for.
            if answer.outcome != Outcome.REFUSED or answer.last_points is None or wish.monday in given:
                continue
            for day in weeks[wish.monday].days:
                if (row.child_id, day) in waits:
                    continue
                waits.add((row.child_id, day))
                last[wish.site_id, day] += 1
                entries.append(
                    WaitingEntry(
                        request=row.wish_list.request,
                        enrolment=row.enrolment,
                        child_id=row.child_id,
                        family_id=row.wish_list.family_id,
                        activity=plan.period.activity,
                        site_id=wish.site_id,
                        day=day,
                        formula=row.formula,
                        position=last[wish.site_id, day],
                        joined_at=row.wish_list.first_asked_at,
                    )
                )
    WaitingEntry.objects.bulk_create(entries, batch_size=CHUNK)
