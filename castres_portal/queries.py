"""Reads of the site's own pages: what anybody may know of the town's services, and a family's dashboard."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Prefetch

from billing.queries.invoices import Balance, balance_of
from families.models import Family, FamilyRequest, School
from families.queries.requests import requests_of
from families.queries.todo import things_to_do
from families.todo import Reason
from reservations.models import Activity, Booking, ClosedPeriod, SchoolYear, Tariff, TariffBand
from reservations.pricing import tariff_on
from reservations.queries.planning import policy_of
from reservations.rules.decide import notice

SOON_DAYS = 14


@dataclass(frozen=True)
class PriceRow:
    """One quotient band of a public price list; ``price`` in euros."""

    label: str
    price: Decimal


@dataclass(frozen=True)
class ActivitySheet:
    """What the public page says of an activity."""

    name: str
    description: str
    days: str
    hours: str
    deadline: str
    bands: list[PriceRow]
    is_demo: bool


def activity_sheets(*, today: date) -> list[ActivitySheet]:
    """Return the open activities with the prices in force on a day; five queries whatever their number."""
    activities = Activity.objects.filter(is_open=True).prefetch_related(
        "sites",
        Prefetch("tariffs", queryset=Tariff.objects.prefetch_related("bands")),
    )
    return [_sheet(activity, today) for activity in activities]


def _sheet(activity: Activity, today: date) -> ActivitySheet:
    tariffs = list(activity.tariffs.all())
    tariff = tariff_on(tariffs, today) or next((t for t in reversed(tariffs) if t.starts_on > today), None)
    hours = sorted({(site.opens_at, site.closes_at) for site in activity.sites.all()})
    return ActivitySheet(
        name=activity.name,
        description=activity.description,
        days=activity.weekdays_label,
        hours=", ".join(f"{a:%H h %M} – {b:%H h %M}" for a, b in hours[:3]),
        deadline=notice(policy_of(activity)),
        bands=[_price_row(band) for band in tariff.bands.all()] if tariff else [],
        is_demo=bool(tariff and tariff.is_demo),
    )


def _price_row(band: TariffBand) -> PriceRow:
    if band.quotient_below is None:
        label = f"{band.label} : {band.quotient_from} € et plus"
    else:
        label = f"{band.label} : de {band.quotient_from} à {band.quotient_below - 1} €"
    return PriceRow(label=label, price=band.care_part + band.food_part)


@dataclass(frozen=True)
class SchoolYearSheet:
    """A school year and its days without class, for the public page."""

    name: str
    periods: list[ClosedPeriod]


def school_year_sheets(*, today: date) -> list[SchoolYearSheet]:
    """Return the school years that are not over, with their closed periods; two queries."""
    years = SchoolYear.objects.filter(ends_on__gte=today - timedelta(days=62)).prefetch_related("closed_periods")
    return [
        SchoolYearSheet(
            name=f"Année scolaire {year.label}",
            periods=[period for period in year.closed_periods.all() if period.ends_on >= today],
        )
        for year in years
    ]


def schools() -> list[School]:
    """Return the town's public schools."""
    return list(School.objects.all())


@dataclass(frozen=True)
class Dashboard:
    """What a family finds when she signs in."""

    next_bookings: list[Booking]
    balance: Balance
    latest_requests: list[FamilyRequest]
    to_do: list[Reason]


def dashboard_of(family: Family, *, today: date) -> Dashboard:
    """Return a family's next bookings, what she owes and her last requests and what she has to do; six queries at most."""
    bookings = (
        Booking.objects.filter(
            family=family,
            status=Booking.Status.ACTIVE,
            day__gte=today,
            day__lte=today + timedelta(days=SOON_DAYS),
        )
        .select_related("child", "activity")
        .order_by("day", "child__birth_date", "activity__position")[:8]
    )
    return Dashboard(
        next_bookings=list(bookings),
        balance=balance_of(family),
        latest_requests=list(requests_of(family)[:3]),
        to_do=things_to_do(family, today=today),
    )
