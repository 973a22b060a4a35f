"""What the town offers: real schools and calendar, the canteen, and fictional prices and règlement, labelled so."""

from datetime import date, time
from pathlib import Path

from castres_portal.demo.seed.services import HOLIDAYS, WEDNESDAYS, add_services
from castres_portal.demo.seed.tariffs import add_tariff
from castres_portal.demo.seed.years import fill_missing_years
from documents.models import Regulation, RegulationVersion
from documents.reference import fill_document_kinds
from families.models import School
from families.reference import fill_schools
from reservations.models import AbsenceReason, AbsenceRule, Activity, ActivitySite, SchoolYear
from reservations.reference import fill_school_years

TEXTS = Path(__file__).parent
CANTEEN = "restauration"
LIMITED_SCHOOL = "0810369L"  # its places are counted, so that some days are full
FIRST_VERSION_ON = date(2023, 1, 1)


def fill_ground(today: date) -> Activity:
    """Load the schools, the school years, the règlements, the services with their sites and prices; return the canteen."""
    fill_schools()
    fill_school_years()
    fill_document_kinds()
    fill_missing_years(today)
    regulation = _add_regulation(today)
    canteen = _add_canteen(regulation)
    years = list(SchoolYear.objects.all())
    for year in years:
        add_tariff(canteen, year)
    for activity in add_services(years):
        if activity.slug in (WEDNESDAYS, HOLIDAYS):
            _add_absence_rule(activity)
    return canteen


def _add_regulation(today: date) -> Regulation:
    regulation = Regulation.objects.create(
        slug=CANTEEN, title="Règlement intérieur de la restauration scolaire (démonstration)"
    )
    opening = (
        SchoolYear.objects.filter(ends_on__gte=today).order_by("starts_on").values_list("enrolment_opens_on", flat=True)
    )
    for number, starts in enumerate((FIRST_VERSION_ON, opening[0]), 1):
        text = (TEXTS / f"reglement_{number}.txt").read_text(encoding="utf-8").strip()
        RegulationVersion.objects.create(
            regulation=regulation, number=number, in_force_on=starts, body=text, is_demo=True
        )
    return regulation


def _add_canteen(regulation: Regulation) -> Activity:
    canteen = Activity.objects.create(
        slug=CANTEEN,
        name="Restauration scolaire",
        description=(
            "Le repas de midi dans l’école de l’enfant, préparé par la cuisine centrale. Signalez toute allergie à "
            "l’inscription : elle donne lieu à un projet d’accueil individualisé (PAI)."
        ),
        unit="repas",
        is_meal=True,
        icon="calendar-days",
        regulation=regulation,
    )
    ActivitySite.objects.bulk_create(
        ActivitySite(activity=canteen, school=school, opens_at=time(11, 30), closes_at=time(13, 30))
        for school in School.objects.filter(has_canteen=True).order_by("uai")
    )
    _add_absence_rule(canteen)
    return canteen


def _add_absence_rule(activity: Activity) -> None:
    """Castres has not published its rule: this one is fictional. Certificate within 48 h, one day of carence."""
    rule = AbsenceRule.objects.create(activity=activity, announce_days=2, proof_hours=48, is_demo=True)
    kind, charge = AbsenceReason.Kind, AbsenceReason.Charge
    AbsenceReason.objects.bulk_create(
        AbsenceReason(rule=rule, kind=name, needs_proof=proof, charge=effect, carence_days=carence, position=position)
        for position, (name, proof, effect, carence) in enumerate(
            (
                (kind.ILLNESS, True, charge.AFTER_CARENCE, 1),
                (kind.HOSPITAL, True, charge.FREE, 0),
                (kind.OUTING, False, charge.FREE, 0),
                (kind.FAMILY, True, charge.FREE, 0),
                (kind.OTHER, False, charge.CHARGED, 0),
            ),
            1,
        )
    )
