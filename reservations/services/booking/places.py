"""Giving places on the days that count them: the rows of these days are locked last, in id order, then counted."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from django.db.models import Q

from castres_portal.base.french import short_day
from reservations.models import ActivitySite, Booking, ReceiptLine, SiteDay
from reservations.queries.planning import Places, Planning, SiteAndDay, places_left, places_taken
from reservations.rules.decide import decide
from reservations.services.booking.orders import Answers, Candidate, Order, Outcome
from reservations.services.booking.weighing import booking_of


def give_places(planning: Planning, order: Order, candidates: list[Candidate], answers: Answers) -> None:
    """Give each candidate its place, in the order asked, or refuse it; scarce days are locked first, then counted."""
    usual = {c.key: c.enrolment.site.places for c in candidates if c.enrolment.site.places is not None}
    look = places_seen if order.only_looks else places_under_lock
    found = look(usual, order.at) if usual else Places({})
    left, queues = dict(found.left), {key: list(queue) for key, queue in found.queues.items()}
    now = Places(left, found.offers, queues)
    given: Counter[SiteAndDay] = Counter()
    for bundle in _bundles(candidates):
        reasons = {candidate.day: _why_not(planning, order, candidate, now) for candidate in bundle}
        short = [day for day, reason in reasons.items() if reason]
        for candidate in bundle:
            key, refusal = candidate.key, reasons[candidate.day] or (_falls_with(short) if short else "")
            answers.lines.append(_line(candidate, order, refusal))
            if refusal:
                continue
            answers.to_book.append(booking_of(order, candidate))
            if key not in left:
                continue
            if (*candidate.slot, candidate.day) not in now.offers:
                left[key] -= 1
            queues[key] = [slot for slot in queues.get(key, []) if slot != candidate.slot]
            given[key] += candidate.enrolment.activity.resells_late_days
    if +given:
        answers.resold += _given_back_before(given, order)


def _bundles(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """Group the days that are taken all or none: those of one child's whole week; any other day stands alone."""
    for _, bundle in groupby(candidates, key=lambda one: (one.slot, one.week, None if one.week else one.day)):
        yield list(bundle)


def _why_not(planning: Planning, order: Order, candidate: Candidate, places: Places) -> str:
    """Say why a day cannot be added, now that its places are counted under lock; nothing when it can."""
    seen = places.seen_by(candidate.slot, candidate.key, None)
    context = replace(planning.context(candidate.slot, candidate.day), places_left=seen)
    decision = decide(context, order.at, at_desk=order.at_desk)
    return decision.reason.sentence if decision.reason else ""


def _falls_with(short: Collection[date]) -> str:
    return f"la semaine se réserve entière, et le {short_day(min(short))} ne peut pas l’être"


def _given_back_before(given: Counter[SiteAndDay], order: Order) -> Iterator[Booking]:
    """Yield who is freed of a day given back: for each place that another household takes, the oldest of that site and day."""
    rows = Booking.objects.filter(_these(given), status=Booking.Status.ACTIVE).exclude(given_back_at=None)
    related = ("child", "activity", "give_back_receipt__request__guardian__user")
    for row in rows.exclude(family=order.family).select_related(*related).order_by("given_back_at", "pk"):
        if given[row.site_id, row.day] > 0:
            given[row.site_id, row.day] -= 1
            yield row


def _line(candidate: Candidate, order: Order, refusal: str) -> ReceiptLine:
    late = f"hors délai : {order.late_reason}" if candidate.late else ""
    return ReceiptLine(
        child=candidate.enrolment.child,
        activity=candidate.enrolment.activity,
        day=candidate.day,
        formula=candidate.formula,
        adding=True,
        outcome=Outcome.REFUSED if refusal else Outcome.BOOKED,
        reason=(refusal or late)[:250],
    )


def places_seen(usual: Mapping[SiteAndDay, int], at: datetime) -> Places:
    """Count what is left on days of sites without locking them: it may be otherwise when the days are asked for."""
    sites = ActivitySite.objects.in_bulk({site for site, _ in usual})
    days = [day for _, day in usual]
    found = places_left(list(sites.values()), min(days), max(days), at)
    return replace(found, left={key: found.left.get(key, places) for key, places in usual.items()})


def places_under_lock(usual: Mapping[SiteAndDay, int], at: datetime) -> Places:
    """Lock days of sites until the end of the transaction, then count what is left; ``usual`` is each site's number of places."""
    days = [SiteDay(site_id=site, day=day) for site, day in sorted(usual)]
    SiteDay.objects.bulk_create(days, ignore_conflicts=True)
    given = {(row.site_id, row.day): row.places for row in locked_days(_these(usual))}
    # Queries of their own: one that waited for the lock would count with the eyes of before it.
    taken, offers, queues = places_taken({site for site, _ in usual}, Q(day__in={day for _, day in usual}), at)
    left = {key: (places if (own := given[key]) is None else own) - taken[key] for key, places in usual.items()}
    return Places(left, offers, queues)


def _these(keys: Collection[SiteAndDay]) -> Q:
    wanted = Q()
    for site in sorted({site for site, _ in keys}):
        wanted |= Q(site=site, day__in=[day for other, day in keys if other == site])
    return wanted


def locked_days(wanted: Q) -> list[SiteDay]:
    """Lock days of sites, in id order."""
    return list(SiteDay.objects.select_for_update(of=("self",), no_key=True).filter(wanted).order_by("pk"))
