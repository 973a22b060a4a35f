"""A household ranks the weeks that it wishes for: one submit, one numbered request; the last one before the close counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Family, FamilyRequest, Guardian
from families.services.requests import record_request
from families.services.requests.deciding import add_step
from reservations import emails
from reservations.kinds import WISHES
from reservations.models import Enrolment, HolidayPeriod, Wish, WishedChild, WishList
from reservations.queries.holidays import offered_formulas, period_planning, sites_of
from reservations.queries.planning import Planning, Slot, span_of
from reservations.queries.wishes import Asked, standing_list, why_not_wished
from reservations.rules.allocation import same_weeks
from reservations.rules.holidays import Week, weeks_of
from reservations.services.booking import UnknownChild


@dataclass(frozen=True)
class _Order:
    """Who wishes for what."""

    family: Family
    guardian: Guardian | None
    user: User | None
    period: HolidayPeriod
    asked: Mapping[int, Asked]
    together: bool
    submission: UUID
    at: datetime


def send_wishes(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    period: HolidayPeriod,
    asked: Mapping[int, Asked],
    together: bool,
    submission: UUID,
    at: datetime,
) -> WishList:
    """Record what a household wishes for each child (by id) in a period, in the place of what it wished before.

    Returns the list under its numbered request, mailed to who sent it. A form without any rank withdraws what was wished. The
    same form sent twice returns the first list.

    Raises Refusal, with nothing changed, outside the window of the wishes or for wishes that cannot be granted; UnknownChild for
    a child that the household has not enrolled.
    """
    first = WishList.objects.filter(submission=submission, family=family).select_related("request").first()
    return first or _send(_Order(family, guardian, user, period, asked, together, submission, at))


@transaction.atomic(durable=True)
def _send(order: _Order) -> WishList:
    # Two parents who wish at once follow each other: the second replaces the first.
    lock_household(order.family)
    again = WishList.objects.filter(submission=order.submission, family=order.family).select_related("request").first()
    if again:
        return again
    period = HolidayPeriod.objects.select_related("activity").get(pk=order.period.pk)
    if not span_of(period).takes_wishes(order.at):
        raise Refusal(_why_closed(period, order.at))
    before = standing_list(order.family, period)
    children = _Weighed(order, period).children()
    if not children and before is None:
        raise Refusal("Donnez un rang à au moins une semaine.")
    return _write(order, period, before, children)


def lock_household(family: Family) -> None:
    """Lock a household's row until the end of the transaction."""
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)


def _why_closed(period: HolidayPeriod, at: datetime) -> str:
    if not period.takes_wishes:
        return "Cette période ne se demande pas par vœux."
    return f"Ces vœux ne peuvent pas être reçus : {span_of(period).why_no_addition(at)}."


Row = tuple[Enrolment, Asked, list[tuple[Week, int]]]


class _Weighed:
    """The wishes, checked one by one; whatever is wrong refuses the whole form, which keeps what was typed."""

    def __init__(self, order: _Order, period: HolidayPeriod) -> None:
        self.order, self.period = order, period
        self.weeks = {week.monday: week for week in weeks_of(span_of(period), period.activity.weekdays)}
        self.sites = {site.pk for site in sites_of(period.activity)}
        self.formulas = {value for value, _ in offered_formulas(period.activity)} or {""}
        planning = period_planning(order.family, period, at=order.at, sites=())
        slots = {slot[0]: slot for slot in planning.enrolments} if planning else {}
        if planning is None or set(order.asked) - set(slots):
            raise UnknownChild("Cet enfant n’est pas inscrit à cette activité par votre foyer.")
        self.planning: Planning = planning
        self.slots: dict[int, Slot] = slots

    def children(self) -> list[Row]:
        """Return each child who wishes for something, with her wishes in order."""
        rows = [self._child(child, asked) for child, asked in sorted(self.order.asked.items()) if asked.ranks]
        if self.order.together and len(rows) > 1:
            if not same_weeks([[week.monday for week, _ in wishes] for _, _, wishes in rows]):
                raise Refusal("Pour rester ensemble, donnez aux enfants les mêmes semaines, dans le même ordre.")
            if len({asked.weeks for _, asked, _ in rows}) > 1:
                raise Refusal("Pour rester ensemble, demandez le même nombre de semaines pour chaque enfant.")
        return rows

    def _child(self, child: int, asked: Asked) -> Row:
        name = self.planning.children[child].first_name
        if not 1 <= asked.weeks <= self.period.most_weeks:
            raise Refusal(f"{name} : de 1 à {self.period.most_weeks} semaines peuvent être attribuées à un enfant.")
        if asked.formula not in self.formulas:
            raise Refusal(f"{name} : choisissez une des formules proposées.")
        ranks = [rank for rank, _ in asked.ranks.values()]
        if len(set(ranks)) < len(ranks):
            raise Refusal(f"{name} : deux semaines ont le même rang.")
        wishes = []
        for monday, (_, sites) in sorted(asked.ranks.items(), key=lambda item: item[1][0]):
            week = self._week(child, name, monday)
            home = self.planning.enrolments[self.slots[child]][0].site_id
            for site in dict.fromkeys(sites or (home,)):
                if site not in self.sites:
                    raise Refusal(f"{name} : ce lieu n’accueille pas cette activité.")
                wishes.append((week, site))
        return self.planning.enrolments[self.slots[child]][0], asked, wishes

    def _week(self, child: int, name: str, monday: date) -> Week:
        week = self.weeks.get(monday)
        if week is None:
            raise Refusal(f"{name} : cette semaine n’est pas dans la période.")
        if why := why_not_wished(self.planning, self.slots[child], week, self.order.at):
            raise Refusal(f"{name}, semaine {week.label} : {why}.")
        return week


def _write(order: _Order, period: HolidayPeriod, before: WishList | None, children: Sequence[Row]) -> WishList:
    if before is not None:
        before.replaced_at = order.at
        before.save(update_fields=["replaced_at"])
        _close(before.request, order)
    request = record_request(
        kind=WISHES,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=_summary(period, children),
        status=FamilyRequest.Status.RECEIVED if children else FamilyRequest.Status.DONE,
        at=order.at,
        decided_at=None if children else order.at,
    )
    if children:  # the answer comes with the allocation, after the close
        request.promised_on = period.closes_at.date() + timedelta(days=settings.PROMISED_DAYS["default"])
        request.save(update_fields=["promised_on"])
    row = WishList.objects.create(
        request=request,
        period=period,
        family=order.family,
        submission=order.submission,
        together=order.together and len(children) > 1,
        first_asked_at=before.first_asked_at if before else order.at,
        asked_at=order.at,
    )
    wished = WishedChild.objects.bulk_create(
        [
            WishedChild(
                wish_list=row, child=enrolment.child, enrolment=enrolment, weeks=asked.weeks, formula=asked.formula
            )
            for enrolment, asked, _ in children
        ]
    )
    Wish.objects.bulk_create(
        [
            Wish(child=child, rank=rank, monday=week.monday, site_id=site)
            for child, (_, _, wishes) in zip(wished, children, strict=True)
            for rank, (week, site) in enumerate(wishes, 1)
        ]
    )
    emails.queue_wishes_receipt(row, order.guardian, order.user)
    return row


def _close(request: FamilyRequest, order: _Order) -> None:
    """Close the request that a later one replaces, unless it is closed already."""
    if not request.is_open:
        return
    request.status, request.decided_at = FamilyRequest.Status.WITHDRAWN, order.at
    request.save(update_fields=["status", "decided_at"])
    add_step(request, at=order.at, by=order.user)


def _summary(period: HolidayPeriod, children: Sequence[Row]) -> str:
    """« Vœux, vacances de Noël du 21 décembre 2026 : 3 vœux (Léa, Tom) »."""
    number = sum(len(wishes) for _, _, wishes in children)
    names = ", ".join(enrolment.child.first_name for enrolment, _, _ in children)
    said = f"{number} vœu{'x' if number > 1 else ''} ({names})" if number else "plus aucun vœu"
    return f"Vœux, {period.label} (à partir du {plain_day(period.starts_on)}) : {said}"
