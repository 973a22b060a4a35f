"""What the town offers besides the canteen: care, study, centres of loisirs. Hours, places, rules and prices are fictional."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from castres_portal.demo.seed.tariffs import add_tariff
from documents.models import Regulation, RegulationVersion
from families.models import School, SchoolLevel
from reservations.models import (
    Activity,
    ActivityFormula,
    ActivitySite,
    SchoolYear,
    Site,
)
from reservations.rules.deadlines import DeadlineKind
from reservations.rules.formulas import Formula

MORNING, EVENING, STUDY, WEDNESDAYS, HOLIDAYS = "garderie-matin", "garderie-soir", "etudes", "mercredis", "vacances"
FIRST_VERSION_ON = date(2023, 1, 1)
WEDNESDAY_PLACES, HOLIDAY_PLACES = 48, 36

HOURS = {
    Formula.DAY_MEAL: (time(7, 30), time(18, 30)),
    Formula.DAY: (time(7, 30), time(18, 30)),
    Formula.MORNING: (time(7, 30), time(12)),
    Formula.MORNING_MEAL: (time(7, 30), time(13, 30)),
    Formula.AFTERNOON: (time(13, 30), time(18, 30)),
}
WEDNESDAY_FORMULAS = (Formula.DAY_MEAL, Formula.MORNING, Formula.MORNING_MEAL, Formula.AFTERNOON)
HOLIDAY_FORMULAS = (Formula.DAY_MEAL, Formula.DAY)

CENTRES = (
    ("Accueil de loisirs Lambert (démonstration)", "Maison de quartier de Lambert"),
    ("Accueil de loisirs des Bords de l’Agout (démonstration)", "Adresse de démonstration"),
)
TEXT = """# Document de démonstration
Ce texte a été rédigé pour la démonstration du portail. Il ne remplace pas le règlement adopté par la Ville de Castres.

# Article 1 – Les services
Les garderies et les études dirigées accueillent les enfants dans leur école les jours de classe. Les accueils de loisirs les
reçoivent le mercredi et pendant les vacances.

# Article 2 – Réserver et annuler
Chaque service a ses délais, rappelés dans le calendrier de réservation. Passé le délai, une réservation reste due, sauf
absence prise en compte.

# Article 3 – Fin de l’accueil
L’enfant est remis à un responsable ou à une personne autorisée dans le dossier de la famille.
"""


@dataclass(frozen=True)
class Service:
    """An activity as the demonstration describes it."""

    slug: str
    name: str
    description: str
    unit: str
    icon: str
    position: int
    fields: dict[str, object]


def _services() -> Iterable[Service]:
    two_working_days = {"days": 2, "working": True, "hour": time(12)}
    school_days = {"on_wednesday": False}
    only_wednesday = {"on_monday": False, "on_tuesday": False, "on_thursday": False, "on_friday": False}
    yield Service(
        MORNING,
        "Garderie du matin",
        "L’accueil dans l’école avant la classe.",
        "matin",
        "sun",
        2,
        school_days | _rule("add", **two_working_days) | _rule("cancel", days=1, hour=time(9)),
    )
    yield Service(
        EVENING,
        "Garderie du soir",
        "L’accueil dans l’école après la classe, goûter non fourni.",
        "soir",
        "moon",
        3,
        school_days | _rule("add", **two_working_days) | _rule("cancel", days=1, hour=time(9)),
    )
    yield Service(
        STUDY,
        "Études dirigées",
        "Une heure pour apprendre les leçons avec un adulte, du CP au CM2.",
        "étude",
        "pencil-square",
        4,
        school_days
        | {"levels": [level.value for level in SchoolLevel][4:]}
        | _rule("add", kind=DeadlineKind.WEEK_BEFORE, weekday=3)
        | _rule("cancel", kind=DeadlineKind.WEEK_BEFORE, weekday=3),
    )
    yield Service(
        WEDNESDAYS,
        "Accueil de loisirs du mercredi",
        "La journée ou la demi-journée, avec ou sans repas, dans un centre de la ville.",
        "mercredi",
        "puzzle-piece",
        5,
        only_wednesday
        | {"on_wednesday": True, "age_from": 3, "age_to": 11, "resells_late_days": True}
        | _rule("add", kind=DeadlineKind.PREVIOUS, weekday=1, hour=time(12))
        | _rule("cancel", days=7),
    )
    yield Service(
        HOLIDAYS,
        "Accueil de loisirs des vacances",
        "Les jours de semaine des vacances scolaires, dans un centre de la ville.",
        "journée",
        "sparkles",
        6,
        {"season": Activity.Season.HOLIDAYS, "on_wednesday": True, "age_from": 3, "age_to": 11}
        | _rule("add", days=7)
        | _rule("cancel", days=14),
    )


def _rule(which: str, **fields: object) -> dict[str, object]:
    return {f"{which}_{name}": value for name, value in fields.items()}


def add_services(years: Sequence[SchoolYear]) -> list[Activity]:
    """Create care, study and centres with their sites, formulas and a tariff a school year; return them in order."""
    regulation = Regulation.objects.create(
        slug="periscolaire", title="Règlement intérieur des accueils périscolaires et de loisirs (démonstration)"
    )
    RegulationVersion.objects.create(
        regulation=regulation, number=1, in_force_on=FIRST_VERSION_ON, body=TEXT.strip(), is_demo=True
    )
    centres = [Site.objects.create(name=name, street=street) for name, street in CENTRES]
    made = []
    for service in _services():
        activity = Activity.objects.create(
            slug=service.slug,
            name=service.name,
            description=service.description,
            unit=service.unit,
            icon=service.icon,
            position=service.position,
            regulation=regulation,
            **service.fields,
        )
        _add_sites(activity, centres)
        _add_formulas(activity)
        for year in years:
            add_tariff(activity, year)
        made.append(activity)
    return made


def _add_sites(activity: Activity, centres: Sequence[Site]) -> None:
    if activity.slug in (WEDNESDAYS, HOLIDAYS):
        places = WEDNESDAY_PLACES if activity.slug == WEDNESDAYS else HOLIDAY_PLACES
        ActivitySite.objects.bulk_create(
            ActivitySite(activity=activity, venue=centre, opens_at=time(7, 30), closes_at=time(18, 30), places=places)
            for centre in centres
        )
        return
    opens, closes = {MORNING: (time(7, 30), time(8, 30)), EVENING: (time(16, 30), time(18, 30))}.get(
        activity.slug, (time(16, 30), time(17, 30))
    )
    schools = School.objects.order_by("uai")
    if activity.slug == STUDY:
        schools = schools.exclude(kind=School.Kind.NURSERY)
    ActivitySite.objects.bulk_create(
        ActivitySite(activity=activity, school=school, opens_at=opens, closes_at=closes) for school in schools
    )


def _formulas(activity: Activity) -> Sequence[Formula]:
    return {WEDNESDAYS: WEDNESDAY_FORMULAS, HOLIDAYS: HOLIDAY_FORMULAS}.get(activity.slug, ())


def _add_formulas(activity: Activity) -> None:
    ActivityFormula.objects.bulk_create(
        ActivityFormula(
            activity=activity,
            formula=formula,
            opens_at=HOURS[formula][0],
            closes_at=HOURS[formula][1],
            position=position,
        )
        for position, formula in enumerate(_formulas(activity), 1)
    )
