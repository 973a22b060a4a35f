"""What anybody may know of the town's services: read from the rows that bookings obey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Prefetch

from castres_portal.base.french import clock_time
from castres_portal.rules.dates import enrolment_window
from documents.models import RegulationVersion
from documents.queries.regulations import versions_in_force
from reservations.models import Activity, ActivitySite, Tariff, TariffBand
from reservations.pricing import tariff_on
from reservations.queries.planning import policy_of, school_calendar
from reservations.rules.calendar import YearSpan
from reservations.rules.decide import example, notice


@dataclass(frozen=True)
class PriceRow:
    """One quotient band of a public price list; ``price`` in euros."""

    label: str
    price: Decimal


@dataclass(frozen=True)
class SiteRow:
    """Where a service runs, when, and how many children it takes; no ``places`` means that they are not counted."""

    school: str
    hours: str
    places: int | None


@dataclass(frozen=True)
class PriceList:
    """The prices in force, or those to come when none is yet."""

    bands: list[PriceRow]
    deliberation: str
    starts_on: date
    to_come: bool
    is_demo: bool


@dataclass(frozen=True)
class ActivitySheet:
    """What the public page says of an activity."""

    slug: str
    name: str
    icon: str
    description: str
    days: str
    hours: str
    deadline: str
    deadline_example: str
    enrolment: list[str]
    sites: list[SiteRow]
    prices: PriceList | None
    regulation: RegulationVersion | None


def activity_sheets(*, today: date) -> list[ActivitySheet]:
    """Return the open activities with the prices and règlement in force on a day; six queries whatever their number."""
    activities = Activity.objects.filter(is_open=True).prefetch_related(
        Prefetch(
            "sites",
            queryset=ActivitySite.objects.select_related("school", "venue").order_by("school__name", "venue__name"),
        ),
        Prefetch("tariffs", queryset=Tariff.objects.prefetch_related("bands")),
    )
    texts = {version.regulation_id: version for version in versions_in_force(today)}
    years = school_calendar().years
    return [_sheet(activity, years, texts.get(activity.regulation_id), today) for activity in activities]


def _sheet(
    activity: Activity, years: Sequence[YearSpan], regulation: RegulationVersion | None, today: date
) -> ActivitySheet:
    sites = [
        SiteRow(site.place_name, f"{clock_time(site.opens_at)} – {clock_time(site.closes_at)}", site.places)
        for site in activity.sites.all()
    ]
    hours = list(dict.fromkeys(site.hours for site in sites))
    policy = policy_of(activity)
    return ActivitySheet(
        slug=activity.slug,
        name=activity.name,
        icon=activity.icon,
        description=activity.description,
        days=activity.weekdays_label,
        hours=hours[0] if len(hours) == 1 else "selon le lieu, voir le tableau" if hours else "",
        deadline=notice(policy),
        # Of a day that can still change: the next one after the notice.
        deadline_example=example(
            policy, today + timedelta(days=max(policy.add.longest_notice, policy.cancel.longest_notice))
        ),
        enrolment=enrolment_window(years, today),
        sites=sites,
        prices=_prices(list(activity.tariffs.all()), today),
        regulation=regulation,
    )


def _prices(tariffs: list[Tariff], today: date) -> PriceList | None:
    tariff = tariff_on(tariffs, today)
    coming = min((t for t in tariffs if t.starts_on > today), key=lambda t: t.starts_on, default=None)
    shown = tariff or coming
    if shown is None:
        return None
    bands = [_price_row(band) for band in shown.bands.all()]
    return PriceList(bands, shown.deliberation, shown.starts_on, tariff is None, shown.is_demo)


def _price_row(band: TariffBand) -> PriceRow:
    if band.quotient_below is None:
        label = f"{band.label} : {band.quotient_from} € et plus"
    else:
        label = f"{band.label} : de {band.quotient_from} à {band.quotient_below - 1} €"
    return PriceRow(label=label, price=band.care_part + band.food_part)
