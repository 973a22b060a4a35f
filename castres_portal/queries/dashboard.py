"""Reads of a family's first page."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from billing.queries.invoices import Balance, balance_of
from families.models import Family, FamilyRequest
from families.queries.requests import requests_of
from families.queries.todo import things_to_do
from families.todo import Reason
from reservations.models import AbsenceDay, Booking

SOON_DAYS = 14


@dataclass(frozen=True)
class Dashboard:
    """What a family finds when she signs in."""

    next_bookings: list[Booking]
    balance: Balance
    latest_requests: list[FamilyRequest]
    to_do: list[Reason]


def dashboard_of(family: Family, *, today: date) -> Dashboard:
    """Return a family's next bookings, what she owes, her last requests and what she has to do; at most six queries.

    A booking whose absence was announced has ``is_absent``.
    """
    bookings = (
        Booking.objects.filter(
            family=family,
            status=Booking.Status.ACTIVE,
            given_back_at=None,  # nobody expects the child
            day__gte=today,
            day__lte=today + timedelta(days=SOON_DAYS),
        )
        .select_related("child", "activity")
        .annotate(is_absent=Exists(AbsenceDay.objects.filter(booking=OuterRef("pk"), outcome__in=AbsenceDay.STANDING)))
        .order_by("day", "child__birth_date", "activity__position")[:8]
    )
    return Dashboard(
        next_bookings=list(bookings),
        balance=balance_of(family),
        latest_requests=list(requests_of(family)[:3]),
        to_do=things_to_do(family, today=today),
    )
