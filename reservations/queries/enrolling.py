"""Who can be enrolled in what: the children of a household, the activities, the years that are open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from documents.expectations import Expectation
from documents.models import DocumentKind, RegulationVersion, SupportingDocument
from documents.queries.regulations import versions_in_force
from documents.queries.supporting import documents_of
from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import Activity, ActivitySite, Enrolment, EnrolmentDemand
from reservations.queries.planning import enrolments_of, school_calendar
from reservations.rules.calendar import SchoolCalendar, YearSpan
from reservations.rules.enrolling import (
    Applicant,
    Offer,
    OfferState,
    Standing,
    Terms,
    ages,
    last_day_of,
    levels_label,
    offer,
)
from reservations.rules.months import open_for_enrolment

Key = tuple[int, int, int]  # child, activity, school year, by id


@dataclass(frozen=True)
class Paper:
    """A paper that an activity asks for, and where the household stands with it.

    ``state``: ``manquante``, ``analyse``, ``deposee``, ``acceptee``, ``refusee`` or ``expiree``; ``value`` is what the deposit
    form calls it.
    """

    kind: DocumentKind
    state: str
    value: str

    @property
    def is_missing(self) -> bool:
        """Whether the family has something to send."""
        return self.state in ("manquante", "refusee", "expiree")

    @property
    def words(self) -> str:
        """Say the state in a word or two."""
        return {
            "manquante": "À donner",
            "analyse": "En cours d’analyse",
            "deposee": "Reçue, à examiner",
            "acceptee": "Acceptée",
            "refusee": "Refusée, à refaire",
            "expiree": "Expirée, à refaire",
        }[self.state]

    @property
    def tone(self) -> str:
        """Name the state for the ``status`` component."""
        return {"acceptee": "accepted", "analyse": "pending", "deposee": "pending"}.get(self.state, "due")


@dataclass(frozen=True)
class Choice:
    """A child, an activity and a year, with what can be done; ``sites`` are the places among which to choose."""

    child: Child
    activity: Activity
    year: YearSpan
    sites: list[ActivitySite]
    offer: Offer
    enrolment: Enrolment | None
    demand: EnrolmentDemand | None = None
    version: RegulationVersion | None = None
    papers: tuple[Paper, ...] = ()

    @property
    def key(self) -> str:
        """What a form calls it: ``12/mercredis/2026-2027``."""
        return f"{self.child.pk}/{self.activity.slug}/{self.year.label}"

    @property
    def site(self) -> ActivitySite | None:
        """The only place, when there is one."""
        return self.sites[0] if len(self.sites) == 1 else None

    @property
    def by_agent(self) -> bool:
        """Whether an agent has to accept it."""
        return bool(self.activity.enrolling == Activity.Enrolling.AGENT)

    @property
    def whom(self) -> str:
        """« de 3 à 11 ans, du CP au CM2 », or nothing."""
        return ", ".join(
            filter(None, (ages(self.activity.age_from, self.activity.age_to), levels_label(self.activity.levels)))
        )

    @property
    def month(self) -> date:
        """The month of the calendar to open once enrolled."""
        start = self.enrolment.starts_on if self.enrolment else self.year.starts_on
        return start.replace(day=1)

    @property
    def ending(self) -> Enrolment | None:
        """The enrolment of this year that is ending or has ended, if any."""
        return self.enrolment if self.enrolment and self.enrolment.ended_at else None


@dataclass(frozen=True)
class ChildChoices:
    """All that one child may join."""

    child: Child
    choices: list[Choice]

    @property
    def likely(self) -> list[Choice]:
        """What concerns her: all but what no child of her school or of her age may join."""
        return [choice for choice in self.choices if choice.offer.state not in UNLIKELY]

    @property
    def others(self) -> list[Choice]:
        """What she cannot join, with why."""
        return [choice for choice in self.choices if choice.offer.state in UNLIKELY]


UNLIKELY = frozenset({OfferState.NOT_THERE, OfferState.TOO_OLD, OfferState.OTHER_LEVEL})


def terms_of(activity: Activity) -> Terms:
    """Return whom an activity takes, as the rules read it."""
    return Terms(
        name=activity.name,
        age_from=activity.age_from,
        age_to=activity.age_to,
        levels=frozenset(activity.levels),
        is_meal=activity.is_meal,
        by_agent=activity.enrolling == Activity.Enrolling.AGENT,
        in_holidays=activity.in_holidays,
    )


def applicant(child: Child) -> Applicant:
    """Return what the rules read of a child (her school read with her)."""
    school = child.school
    return Applicant(
        first_name=child.first_name,
        born_on=child.birth_date,
        school=school.name if school else None,
        has_canteen=school.has_canteen if school else True,
        level=child.level,
    )


def choices_of(
    family: Family, *, today: date, children: Collection[int] | None = None, at_desk: bool = False
) -> list[ChildChoices]:
    """Return each child's activities (those of ``children`` alone, by id) for each year open to enrolment.

    Ten queries whatever the number of children and activities. ``at_desk``: an agent asks for them.
    """
    calendar = school_calendar()
    years = _open_years(calendar, today)
    kin = [child for child in children_of(family, on=today) if children is None or child.pk in children]
    activities = list(Activity.objects.filter(is_open=True).prefetch_related("required_documents"))
    known = _Known(family, kin, activities, calendar, years, today, at_desk)
    return [
        ChildChoices(
            child,
            [
                known.choice(child, activity, year)
                for year in years
                for activity in activities
                if today <= last_day_of(year, in_holidays=activity.in_holidays)
            ],
        )
        for child in kin
    ]


def _open_years(calendar: SchoolCalendar, today: date) -> list[YearSpan]:
    """Return the years open to enrolment, and in summer the one whose holidays these are."""
    summer = [year for year in calendar.years if year.ends_on < today <= last_day_of(year, in_holidays=True)]
    return summer + open_for_enrolment(calendar, today)


class _Known:
    """What is read once for every child, activity and year of a page."""

    def __init__(
        self,
        family: Family,
        kin: Collection[Child],
        activities: Collection[Activity],
        calendar: SchoolCalendar,
        years: Collection[YearSpan],
        today: date,
        at_desk: bool,
    ) -> None:
        self.today, self.at_desk = today, at_desk
        self.before = _years_before(calendar, years)
        self.enrolled = _enrolled(family, [*years, *filter(None, self.before.values())])
        demands = EnrolmentDemand.objects.filter(family=family, status=EnrolmentDemand.Status.WAITING)
        self.demands: dict[Key, EnrolmentDemand] = {
            (row.child_id, row.activity_id, row.school_year_id): row for row in demands.select_related("request")
        }
        self.versions = {version.regulation_id: version for version in versions_in_force(today)}
        self.schools: dict[tuple[int, int], ActivitySite] = {}
        self.centres: dict[int, list[ActivitySite]] = defaultdict(list)
        places = ActivitySite.objects.filter(activity__in=activities).select_related("school", "venue")
        for site in places.order_by("venue__name", "pk"):
            if site.school_id:
                self.schools[site.activity_id, site.school_id] = site
            else:
                self.centres[site.activity_id].append(site)
        self.papers = _Papers(family, activities, today)

    def choice(self, child: Child, activity: Activity, year: YearSpan) -> Choice:
        """Put together what is known of one child, one activity and one year."""
        key = (child.pk, activity.pk, year.pk)
        rows = self.enrolled.get(key, [])
        standing = next((row for row in rows if row.ended_at is None), None)
        demand = self.demands.get(key)
        before = self.before[year.pk]
        here = self.schools.get((activity.pk, child.school_id or 0))
        centres = self.centres.get(activity.pk, [])
        answer = offer(
            terms_of(activity),
            applicant(child),
            year,
            self.today,
            standing=Standing(
                enrolled=standing is not None,
                asked=demand.request.number if demand else "",
                the_year_before=before is not None and (child.pk, activity.pk, before.pk) in self.enrolled,
                returns=bool(rows),
            ),
            here=here is not None,
            in_centres=bool(centres),
            at_desk=self.at_desk,
        )
        return Choice(
            child=child,
            activity=activity,
            year=year,
            sites=([here] if here else []) + centres,
            offer=answer,
            enrolment=standing or (rows[-1] if rows else None),
            demand=demand,
            version=self.versions.get(activity.regulation_id),
            papers=self.papers.of(activity, child),
        )


def _years_before(calendar: SchoolCalendar, years: Iterable[YearSpan]) -> dict[int, YearSpan | None]:
    return {
        year.pk: max(
            (other for other in calendar.years if other.starts_on < year.starts_on),
            key=lambda other: other.starts_on,
            default=None,
        )
        for year in years
    }


def _enrolled(family: Family, years: Iterable[YearSpan]) -> dict[Key, list[Enrolment]]:
    found: dict[Key, list[Enrolment]] = defaultdict(list)
    for row in enrolments_of(family).filter(school_year__in=[year.pk for year in years]):
        found[row.child_id, row.activity_id, row.school_year_id].append(row)
    return dict(found)


class _Papers:
    """The papers that activities ask for, and the state of those that the household sent; one query, none without any asked."""

    def __init__(self, family: Family, activities: Collection[Activity], today: date) -> None:
        self.today = today
        wanted = {kind.pk for activity in activities for kind in activity.required_documents.all()}
        rows = documents_of(family).filter(kind__in=wanted) if wanted else []
        self.sent: dict[int, list[SupportingDocument]] = defaultdict(list)
        for row in rows:
            self.sent[row.kind_id].append(row)

    def of(self, activity: Activity, child: Child) -> tuple[Paper, ...]:
        """Return the papers asked for a child in an activity."""
        return tuple(self._paper(kind, child) for kind in activity.required_documents.all())

    def _paper(self, kind: DocumentKind, child: Child) -> Paper:
        about_her = kind.subject == DocumentKind.Subject.CHILD
        states = [row.state_on(self.today) for row in self.sent[kind.pk] if not about_her or row.child_id == child.pk]
        best = next((state for state in BEST_FIRST if state in states), "manquante")
        return Paper(kind, best, f"{kind.slug}/e{child.pk}" if about_her else kind.slug)


def papers_of(family: Family, activity: Activity, child: Child, today: date) -> tuple[Paper, ...]:
    """Return the papers that an activity asks for a child, and where the household stands with each; two queries."""
    return _Papers(family, [activity], today).of(activity, child)


BEST_FIRST = ("acceptee", "deposee", "analyse", "refusee", "expiree")


def choices_for(family: Family, child: int, activity: str, *, today: date, at_desk: bool = False) -> list[Choice]:
    """Return one child's choices (by id) in one activity (by slug), year by year; empty when there is none to see."""
    rows = choices_of(family, today=today, children=[child], at_desk=at_desk)
    return [choice for row in rows for choice in row.choices if choice.activity.slug == activity]


def choices_by_key(
    family: Family, *, today: date, children: Collection[int] | None = None, at_desk: bool = False
) -> Mapping[str, Choice]:
    """Return the choices of a household by what a form calls them."""
    rows = choices_of(family, today=today, children=children, at_desk=at_desk)
    return {choice.key: choice for row in rows for choice in row.choices}


def expected_papers(family: Family, today: date) -> Iterable[Expectation]:
    """Return the papers that a household's enrolments and demands ask for (see ``documents.expectations``); two queries."""
    fields = (
        "activity__required_documents__slug",
        "activity__required_documents__subject",
        "activity__name",
        "child_id",
        "acceptance__guardian_id",
    )
    running = Enrolment.objects.filter(family=family, ends_on__gte=today)
    waiting = EnrolmentDemand.objects.filter(family=family, status=EnrolmentDemand.Status.WAITING)
    for rows in (running, waiting):
        asked = rows.exclude(activity__required_documents=None).order_by("activity__position", "pk")
        for slug, subject, activity, child, guardian in asked.values_list(*fields):
            yield Expectation(
                kind=slug,
                child=child if subject == DocumentKind.Subject.CHILD else None,
                guardian=guardian if subject == DocumentKind.Subject.GUARDIAN else None,
                reason=f"Inscription\u00a0: {activity}",
            )
