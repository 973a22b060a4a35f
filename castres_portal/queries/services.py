"""What anybody may know of the town's services: read from the rows that bookings obey."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch

from castres_portal.base.french import clock_time
from castres_portal.rules.dates import enrolment_window
from documents.models import RegulationVersion
from documents.queries.regulations import versions_in_force
from reservations.models import Activity, ActivityFormula, ActivitySite, Site, Tariff, TariffBand
from reservations.pricing import tariff_on
from reservations.pricing.words import band_in_words, ranks_in_words, rule_in_words
from reservations.queries.planning import policy_of, school_calendar
from reservations.rules.calendar import YearSpan
from reservations.rules.decide import example, notice
from reservations.rules.enrolling import ages, levels_label
from reservations.rules.formulas import formula_label
from reservations.rules.tariffs import When


@dataclass(frozen=True)
class PriceRow:
    """One quotient band of a public price list: the price of each formula, named, said in words (nothing: no price for it)."""

    label: str
    prices: list[tuple[str, str]]


@dataclass(frozen=True)
class SiteRow:
    """Where a service runs, when, and how many children it takes; no ``places`` means that they are not counted.

    ``address`` is that of a centre: a school has its own page.
    """

    school: str
    hours: str
    places: int | None
    address: str = ""


@dataclass(frozen=True)
class FormulaRow:
    """A formula with its hours."""

    name: str
    hours: str


@dataclass(frozen=True)
class PriceList:
    """The prices in force, or those to come when none is yet; ``formulas`` names the columns, ``rules`` say what changes them."""

    bands: list[PriceRow]
    formulas: list[str]
    deliberation: str
    starts_on: date
    to_come: bool
    is_demo: bool
    rules: list[str]


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
    whom: str
    by_agent: bool
    papers: list[str]
    formulas: list[FormulaRow]
    in_holidays: bool
    sites: list[SiteRow]
    prices: PriceList | None
    regulation: RegulationVersion | None


def activity_sheets(*, today: date) -> list[ActivitySheet]:
    """Return the open activities with the prices and règlement in force on a day; nine queries whatever their number."""
    activities = Activity.objects.filter(is_open=True).prefetch_related(
        Prefetch(
            "sites",
            queryset=ActivitySite.objects.select_related("school", "venue").order_by("school__name", "venue__name"),
        ),
        Prefetch("tariffs", queryset=Tariff.objects.prefetch_related("bands", "rules")),
        "formulas",
        "required_documents",
    )
    texts = {version.regulation_id: version for version in versions_in_force(today)}
    years = school_calendar().years
    return [_sheet(activity, years, texts.get(activity.regulation_id), today) for activity in activities]


def _sheet(
    activity: Activity, years: Sequence[YearSpan], regulation: RegulationVersion | None, today: date
) -> ActivitySheet:
    sites = [
        SiteRow(site.place_name, _hours(site), site.places, _address(site.venue) if site.venue else "")
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
        whom=", ".join(filter(None, (ages(activity.age_from, activity.age_to), levels_label(activity.levels)))),
        by_agent=activity.enrolling == Activity.Enrolling.AGENT,
        papers=[kind.name for kind in activity.required_documents.all()],
        formulas=[FormulaRow(str(row), _hours(row)) for row in activity.formulas.all()],
        in_holidays=activity.in_holidays,
        sites=sites,
        prices=_prices(list(activity.tariffs.all()), [row.formula for row in activity.formulas.all()] or [""], today),
        regulation=regulation,
    )


def _hours(row: ActivitySite | ActivityFormula) -> str:
    return f"{clock_time(row.opens_at)} – {clock_time(row.closes_at)}"


def _address(site: Site) -> str:
    return ", ".join(filter(None, (site.street, f"{site.postcode} {site.city}".strip())))


def _prices(tariffs: list[Tariff], formulas: Sequence[str], today: date) -> PriceList | None:
    tariff = tariff_on(tariffs, today)
    coming = min((t for t in tariffs if t.starts_on > today), key=lambda t: t.starts_on, default=None)
    shown = tariff or coming
    if shown is None:
        return None
    rows: dict[str, dict[str, str]] = {}
    for band in sorted(shown.bands.all(), key=lambda band: band.quotient_from):
        rows.setdefault(_band_label(band), {})[band.formula] = band_in_words(band)
    bands = [
        PriceRow(label, [(formula_label(formula) or "Prix", prices.get(formula, "")) for formula in formulas])
        for label, prices in rows.items()
    ]
    names = [formula_label(formula) or "Prix" for formula in formulas]
    rules = [*map(rule_in_words, shown.rules.all())]
    if any(rule.when == When.SIBLING for rule in shown.rules.all()):
        rules.append(ranks_in_words(shown.ranks_by))
    return PriceList(bands, names, shown.vote, shown.starts_on, tariff is None, shown.is_demo, rules)


def _band_label(band: TariffBand) -> str:
    if band.quotient_below is None:
        return f"{band.label} : {band.quotient_from} € et plus"
    return f"{band.label} : de {band.quotient_from} à {band.quotient_below - 1} €"
