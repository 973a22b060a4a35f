"""Who can be enrolled in what: the children of a household, the activities, the years that are open."""

from dataclasses import dataclass
from datetime import date

from documents.models import RegulationVersion
from documents.queries.regulations import version_in_force
from families.models import Child, Family
from families.queries.households import children_of
from reservations.models import Activity, ActivitySite, Enrolment
from reservations.queries.planning import enrolments_of, school_calendar
from reservations.rules.calendar import YearSpan
from reservations.rules.enrolling import Offer, offer
from reservations.rules.months import open_for_enrolment


@dataclass(frozen=True)
class Choice:
    """A child, an activity and a year, with what can be done."""

    child: Child
    activity: Activity
    year: YearSpan
    site: ActivitySite | None
    offer: Offer
    enrolment: Enrolment | None

    @property
    def month(self) -> date:
        """The month of the calendar to open once enrolled."""
        start = self.enrolment.starts_on if self.enrolment else self.year.starts_on
        return start.replace(day=1)


@dataclass(frozen=True)
class ChildChoices:
    """All that one child may join."""

    child: Child
    choices: list[Choice]


def choices_of(family: Family, *, today: date) -> list[ChildChoices]:
    """Return each child's activities for each year open to enrolment; five queries."""
    years = open_for_enrolment(school_calendar(), today)
    children = list(children_of(family, on=today))
    activities = list(Activity.objects.filter(is_open=True))
    schools = {child.school_id for child in children if child.school_id}
    sites = {(site.activity_id, site.school_id or 0): site for site in ActivitySite.objects.filter(school__in=schools)}
    enrolled = {
        (row.child_id, row.activity_id, row.school_year_id): row
        for row in enrolments_of(family).filter(school_year__in=[year.pk for year in years])
    }
    return [
        ChildChoices(
            child,
            [
                _choice(child, activity, year, sites, enrolled.get((child.pk, activity.pk, year.pk)))
                for year in years
                for activity in activities
            ],
        )
        for child in children
    ]


def _choice(
    child: Child,
    activity: Activity,
    year: YearSpan,
    sites: dict[tuple[int, int], ActivitySite],
    enrolment: Enrolment | None,
) -> Choice:
    site = sites.get((activity.pk, child.school_id or 0))
    answer = offer(
        activity=activity.name,
        school=child.school.name if child.school else None,
        canteen_less=bool(child.school and not child.school.has_canteen and activity.is_meal),
        has_site=site is not None,
        enrolled=enrolment is not None,
    )
    return Choice(child, activity, year, site, answer, enrolment)


def choices_for(family: Family, child: int, activity: str, *, today: date) -> list[Choice]:
    """Return one child's choices (by id) in one activity (by slug), year by year; empty when there is none to see."""
    mine = [row for row in choices_of(family, today=today) if row.child.pk == child]
    return [choice for row in mine for choice in row.choices if choice.activity.slug == activity]


def version_to_accept(activity: Activity, today: date) -> RegulationVersion | None:
    """Return the version in force of the règlement that enrolling in an activity accepts; one query."""
    return version_in_force(activity.regulation_id, today)
