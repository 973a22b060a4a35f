"""Giving places on the days that count them: the rows of these days are locked last, in id order, then counted."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from reservations.models import ReceiptLine, SiteDay
from reservations.queries.planning import Places, Planning, SiteAndDay, places_left, places_taken
from reservations.rules.decide import decide
from reservations.services.booking.orders import Answers, Candidate, Order, Outcome
from reservations.services.booking.weighing import booking_of


def give_places(planning: Planning, order: Order, candidates: list[Candidate], answers: Answers) -> None:
    """Give each candidate its place, in the order asked, or refuse it; scarce days are locked first, then counted."""
    scarce = sorted({c.key for c in candidates if c.enrolment.site.places is not None})
    found = Places({})
    if scarce:
        found = (places_seen if order.only_looks else places_under_lock)(scarce, candidates, order.at)
    left = dict(found.left)
    for candidate in candidates:
        places = left.get(candidate.key)
        offered = (*candidate.slot, candidate.day) in found.offers
        seen = places + 1 if places is not None and offered else places
        context = replace(planning.context(candidate.slot, candidate.day), places_left=seen)
        decision = decide(context, order.at, at_desk=order.at_desk)
        answers.lines.append(_line(candidate, order, decision.reason.sentence if decision.reason else ""))
        if decision.can_add:
            answers.to_book.append(booking_of(order, candidate))
            if places is not None and not offered:
                left[candidate.key] = places - 1


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


def places_seen(keys: list[SiteAndDay], candidates: Iterable[Candidate], at: datetime) -> Places:
    """Count what is left on these days of sites without locking anything: what is told may have changed when it is asked for."""
    sites = {c.enrolment.site_id: c.enrolment.site for c in candidates if c.enrolment.site.places is not None}
    days = [day for _, day in keys]
    found = places_left(list(sites.values()), min(days), max(days), at)
    return replace(found, left={key: found.left.get(key, sites[key[0]].places or 0) for key in keys})


def places_under_lock(keys: list[SiteAndDay], candidates: Iterable[Candidate], at: datetime) -> Places:
    """Lock these days of sites until the end of the transaction, then count what is left."""
    usual = {c.key: c.enrolment.site.places or 0 for c in candidates}
    SiteDay.objects.bulk_create([SiteDay(site_id=site, day=day) for site, day in keys], ignore_conflicts=True)
    wanted = Q()
    for site in sorted({site for site, _ in keys}):
        wanted |= Q(site=site, day__in=[day for other, day in keys if other == site])
    given = {(row.site_id, row.day): row.places for row in locked_days(wanted)}
    # Queries of their own: one that waited for the lock would count with the eyes of before it.
    taken, offers = places_taken({site for site, _ in keys}, Q(day__in={day for _, day in keys}), at)
    return Places({key: (usual[key] if given[key] is None else given[key]) - taken[key] for key in keys}, offers)  # type: ignore[operator]


def locked_days(wanted: Q) -> list[SiteDay]:
    """Lock days of sites, in id order."""
    return list(SiteDay.objects.select_for_update(of=("self",), no_key=True).filter(wanted).order_by("pk"))
