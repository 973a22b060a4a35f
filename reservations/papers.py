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
from reservations.models import Booking
from reservations.queries.planning import enrolments_of

DaysByMonth = dict[str, dict[date, int]]


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
    """Return the days that a household kept for a child over a period, activity by activity and month by month."""
    first, last = answers["starts_on"], answers["ends_on"]
    enrolment = enrolments_of(family).filter(child=answers["chosen"]).first()
    if enrolment is None:
        raise Refusal("Cet enfant n’a pas d’inscription dans votre foyer.")
    child = enrolment.child
    counts = kept_days(family, child, first, last)
    if not counts:
        raise Refusal(f"Aucun jour n’a été réservé pour {child.first_name} sur cette période.")
    rows = [
        [name, month_name(month), str(number)]
        for name, months in counts.items()
        for month, number in sorted(months.items())
    ]
    totals = [[name, str(sum(months.values()))] for name, months in counts.items()]
    return PaperContent(
        title="Attestation de fréquentation",
        subject=f"{child.pk} {first} {last}",
        initials=initials_of(child.first_name, child.last_name),
        intro=[
            f"La Ville atteste que {child.full_name}, né(e) le {plain_day(child.birth_date)}, a fréquenté les activités qui "
            f"suivent du {plain_day(first)} au {plain_day(last)}, d’après les réservations du foyer {family.name} (dossier "
            f"{family.number}) qui n’ont pas été annulées."
        ],
        sections=[
            Section("Jours par mois", head=["Activité", "Mois", "Jours"], rows=rows),
            Section("Total de la période", head=["Activité", "Jours"], rows=totals),
        ],
    )


def kept_days(family: Family, child: Child, first: date, last: date) -> DaysByMonth:
    """Count a household's days neither cancelled nor given back, by activity name and first day of the month; one query."""
    rows = Booking.objects.filter(
        family=family, child=child, day__range=(first, last), status=Booking.Status.ACTIVE, given_back_at=None
    ).order_by("activity__position", "activity__name")
    found: DaysByMonth = defaultdict(lambda: defaultdict(int))
    for name, day in rows.values_list("activity__name", "day"):
        found[name][day.replace(day=1)] += 1
    return {name: dict(months) for name, months in found.items()}


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
    "Le nombre de jours par activité et par mois, sur la période de votre choix.",
    "calendar-days",
    AttendancePaperForm,
    attendance_content,
    rank=30,
)
