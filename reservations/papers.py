"""The attestations that reservations deliver: of an enrolment, and of the days of a child over a period."""

from collections import defaultdict
from datetime import date
from typing import Any

from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, month_name, plain_day
from documents.paper_kinds import PaperKind
from documents.rules.papers import PaperContent, Section, initials_of
from families.models import Child, Family
from reservations.forms.papers import AttendancePaperForm, EnrolmentPaperForm
from reservations.models import Attendance, Booking
from reservations.queries.planning import enrolments_of
from reservations.rules.attendance import Attended, seen_and_booked


def enrolment_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return the attestation of one of the household's enrolments (id in ``answers``)."""
    row = enrolments_of(family).filter(pk=answers["chosen"]).first()
    if row is None:
        raise Refusal("Cette inscription n’existe pas dans votre foyer.")
    child = row.child
    return PaperContent(
        title="Attestation d’inscription",
        subject=f"{child.pk} {row.activity.slug} {row.school_year.label}",
        initials=initials_of(child.first_name, child.last_name),
        intro=[f"La Ville atteste, au {long_day(today)}, l’inscription suivante :"],
        sections=[
            Section(
                facts=[
                    ["Enfant", child.full_name],
                    ["Né(e) le", plain_day(child.birth_date)],
                    ["Activité", row.activity.name],
                    ["Lieu", row.site.place_name],
                    ["Année scolaire", row.school_year.label],
                    ["Période", f"du {plain_day(row.starts_on)} au {plain_day(row.ends_on)}"],
                    ["Foyer qui inscrit", f"{family.name} (dossier {family.number})"],
                ]
            )
        ],
        closing=["L’inscription ouvre le droit de réserver des jours ; elle n’en réserve aucun par elle-même."],
    )


def attendance_content(family: Family, answers: dict[str, Any], today: date) -> PaperContent:
    """Return the days of a child over a period: those when she was seen, and those that are only booked, named one by one."""
    first, last = answers["starts_on"], answers["ends_on"]
    enrolment = enrolments_of(family).filter(child=answers["chosen"]).first()
    if enrolment is None:
        raise Refusal("Cet enfant n’a pas d’inscription dans votre foyer.")
    child = enrolment.child
    seen, booked = seen_and_booked(attended_days(family, child, first, last))
    if not seen and not booked:
        raise Refusal(f"Aucun jour n’a été réservé pour {child.first_name} sur cette période.")
    return PaperContent(
        title="Attestation de fréquentation",
        subject=f"{child.pk} {first} {last}",
        initials=initials_of(child.first_name, child.last_name),
        intro=[
            f"La Ville atteste, pour {child.full_name}, né(e) le {plain_day(child.birth_date)}, les jours qui suivent, du "
            f"{plain_day(first)} au {plain_day(last)}, d’après les feuilles de présence et les réservations du foyer "
            f"{family.name} (dossier {family.number})."
        ],
        sections=[
            Section("Jours par mois", head=["Activité", "Mois", *COUNTED], rows=_by_month(seen, booked)),
            Section("Total de la période", head=["Activité", *COUNTED], rows=_totals(seen, booked)),
            *([Section("Jours réservés dont la présence n’a pas été pointée", text=_named(booked))] if booked else []),
        ],
        closing=[
            "Un jour de présence est un jour où l’enfant a été pointé, réservé ou non. Un jour réservé où l’enfant a été pointé "
            "absent n’est pas compté. Un jour seulement réservé n’a pas été annulé, et sa présence n’a pas été pointée."
        ],
    )


COUNTED = ("Présences", "Seulement réservés")


def _by_month(seen: list[Attended], booked: list[Attended]) -> list[list[str]]:
    keys = {(_rank(one), one.day.replace(day=1)): one.activity for one in [*booked, *seen]}
    return [
        [name, month_name(month), *(_count(days, name, month) for days in (seen, booked))]
        for (_, month), name in sorted(keys.items())
    ]


def _totals(seen: list[Attended], booked: list[Attended]) -> list[list[str]]:
    names = {_rank(one): one.activity for one in [*booked, *seen]}
    return [[name, *(_count(days, name) for days in (seen, booked))] for _, name in sorted(names.items())]


def _rank(one: Attended) -> tuple[int, str]:
    return one.position, one.activity


def _count(days: list[Attended], activity: str, month: date | None = None) -> str:
    return str(sum(one.activity == activity and month in (None, one.day.replace(day=1)) for one in days))


def _named(booked: list[Attended]) -> list[str]:
    """Name the days, an activity and a month a line: « Restauration scolaire, octobre 2026 : 5, 6, 8 »."""
    groups: dict[tuple[tuple[int, str], date], list[str]] = defaultdict(list)
    for one in booked:
        groups[_rank(one), one.day.replace(day=1)].append("1er" if one.day.day == 1 else str(one.day.day))
    return [
        f"{name}, {month_name(month)}\u00a0: {', '.join(days)}." for ((_, name), month), days in sorted(groups.items())
    ]


def attended_days(family: Family, child: Child, first: date, last: date) -> list[Attended]:
    """Return a household's days of a child, booked or seen, each with what its sheet says; two queries."""
    touched = Attendance.objects.filter(family=family, child=child, day__range=(first, last)).order_by()
    states = {
        (activity, day): (state, position, name)
        for activity, day, state, position, name in touched.values_list(
            "activity_id", "day", "state", "activity__position", "activity__name"
        )
    }
    kept = Booking.objects.filter(
        family=family,
        child=child,
        day__range=(first, last),
        status=Booking.Status.ACTIVE,
        given_back_at=None,
    )
    days = []
    for activity, day, position, name in kept.order_by().values_list(
        "activity_id", "day", "activity__position", "activity__name"
    ):
        state = states.pop((activity, day), ("",))[0]
        days.append(Attended(name, day, True, state, position))
    return [*days, *(Attended(name, day, False, state, rank) for (_, day), (state, rank, name) in states.items())]


def enrolment_sections(family: Family, today: date) -> list[Section]:
    """Return the household's enrolments that are not over, for its summary."""
    rows = [
        [row.child.full_name, row.activity.name, row.school_year.label, plain_day(row.ends_on)]
        for row in enrolments_of(family).filter(ends_on__gte=today)
    ]
    head = ["Enfant", "Activité", "Année", "Jusqu’au"]
    return [Section("Inscriptions", head=head, rows=rows)] if rows else []


ENROLMENT_PAPER = PaperKind(
    "attestation-inscription",
    "Attestation d’inscription",
    "Pour un employeur, la CAF ou un autre service : l’enfant, l’activité, l’année scolaire.",
    "academic-cap",
    EnrolmentPaperForm,
    enrolment_content,
    rank=20,
)
ATTENDANCE_PAPER = PaperKind(
    "attestation-frequentation",
    "Attestation de fréquentation",
    "Les jours de présence par activité et par mois, sur la période de votre choix.",
    "calendar-days",
    AttendancePaperForm,
    attendance_content,
    rank=30,
)
