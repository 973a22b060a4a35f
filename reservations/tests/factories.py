"""Reservations for tests, in sentences: ``EnrolmentFactory(child=zoe, family=martin, activity=canteen)``."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from castres_portal.base.clock import PARIS
from documents.tests.factories import RegulationAcceptanceFactory, RegulationFactory
from families.models import Child, Family, Guardian
from families.tests.factories import (
    NOON,
    ChildFactory,
    FamilyFactory,
    FamilyRequestFactory,
    GuardianFactory,
    SchoolFactory,
)
from reservations import kinds
from reservations.models import (
    AbsenceReason,
    AbsenceRule,
    Activity,
    ActivityFormula,
    ActivitySite,
    Appointment,
    AppointmentPlace,
    AppointmentSlot,
    Booking,
    BookingReceipt,
    ClosedPeriod,
    Enrolment,
    HolidayPeriod,
    Menu,
    MenuDish,
    SchoolYear,
    Site,
    Tariff,
    TariffBand,
    WaitingEntry,
)
from reservations.reference import ZONE_C
from reservations.rules.appointments import child_key


class SchoolYearFactory(DjangoModelFactory):
    """The school year 2026-2027 of zone C; ``with_holidays`` adds its periods without class."""

    class Meta:
        model = SchoolYear
        django_get_or_create = ("label",)
        skip_postgeneration_save = True

    label = "2026-2027"
    starts_on = factory.LazyAttribute(lambda year: ZONE_C[year.label][0])
    ends_on = factory.LazyAttribute(lambda year: ZONE_C[year.label][1])
    enrolment_opens_on = factory.LazyAttribute(lambda year: date(year.starts_on.year, 5, 1))

    @factory.post_generation
    def with_holidays(self, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """The holidays and the bridge of the year."""
        if create and extracted is not False and not self.closed_periods.exists():  # type: ignore[attr-defined]
            for kind, name, start, end in ZONE_C[self.label][2]:  # type: ignore[index]
                ClosedPeriod.objects.create(school_year=self, kind=kind, label=name, starts_on=start, ends_on=end)


class ActivityFactory(DjangoModelFactory):
    """The canteen: Monday, Tuesday, Thursday, Friday, seven days ahead."""

    class Meta:
        model = Activity
        django_get_or_create = ("slug",)

    slug = "restauration"
    name = "Restauration scolaire"
    is_meal = True
    regulation = factory.SubFactory(RegulationFactory)


class ActivityFormulaFactory(DjangoModelFactory):
    """A formula of an activity: the whole day with its meal."""

    class Meta:
        model = ActivityFormula
        django_get_or_create = ("activity", "formula")

    activity = factory.SubFactory(ActivityFactory)
    formula = "journee-repas"
    opens_at = time(7, 30)
    closes_at = time(18, 30)


class SiteFactory(DjangoModelFactory):
    """A centre of loisirs."""

    class Meta:
        model = Site
        django_get_or_create = ("name",)

    name = "Centre des Essais"
    street = "1 rue des Essais"


class ActivitySiteFactory(DjangoModelFactory):
    """A canteen without a limit; ``places=1`` counts them."""

    class Meta:
        model = ActivitySite
        django_get_or_create = ("activity", "school")

    activity = factory.SubFactory(ActivityFactory)
    school = factory.SubFactory(SchoolFactory)
    opens_at = time(11, 30)
    closes_at = time(13, 30)


def _past_number() -> Any:
    """Numbers of last year's requests, which no service of a test gives."""
    return factory.Sequence(lambda n: f"D2025-{n + 1:06d}")


class EnrolmentFactory(DjangoModelFactory):
    """A child enrolled in the canteen of her school for the whole year 2026-2027."""

    class Meta:
        model = Enrolment

    child = factory.SubFactory(ChildFactory)
    family = factory.SubFactory(FamilyFactory)
    activity = factory.SubFactory(ActivityFactory)
    site = factory.SubFactory(
        ActivitySiteFactory,
        activity=factory.SelfAttribute("..activity"),
        school=factory.SelfAttribute("..child.school"),
    )
    school_year = factory.SubFactory(SchoolYearFactory)
    starts_on = factory.SelfAttribute("school_year.starts_on")
    ends_on = factory.SelfAttribute("school_year.ends_on")
    request = factory.SubFactory(
        FamilyRequestFactory,
        family=factory.SelfAttribute("..family"),
        number=_past_number(),
        kind=kinds.ENROLMENT,
        summary="Inscription",
    )

    @factory.lazy_attribute
    def acceptance(self) -> Any:
        """The acceptance of the household's guardian, made if need be."""
        guardian = Guardian.objects.filter(family=self.family).first() or GuardianFactory(family=self.family)  # type: ignore[attr-defined,misc]
        known = guardian.family.regulation_acceptances.first()
        return known or RegulationAcceptanceFactory(guardian=guardian, version__regulation=self.activity.regulation)  # type: ignore[attr-defined]


class BookingReceiptFactory(DjangoModelFactory):
    """A submit of the calendar, without lines."""

    class Meta:
        model = BookingReceipt

    request = factory.SubFactory(FamilyRequestFactory, number=_past_number(), kind=kinds.BOOKING)
    submission = factory.LazyFunction(uuid4)
    activity = factory.SubFactory(ActivityFactory)


class BookingFactory(DjangoModelFactory):
    """A meal that an enrolled child has booked."""

    class Meta:
        model = Booking

    class Params:
        cancelled = factory.Trait(status=Booking.Status.CANCELLED, cancelled_at=NOON)

    enrolment = factory.SubFactory(EnrolmentFactory)
    child = factory.SelfAttribute("enrolment.child")
    family = factory.SelfAttribute("enrolment.family")
    activity = factory.SelfAttribute("enrolment.activity")
    site = factory.SelfAttribute("enrolment.site")
    day = date(2026, 12, 7)
    booked_at = NOON


class WaitingEntryFactory(DjangoModelFactory):
    """An enrolled child who waits for a place on Monday 7 December."""

    class Meta:
        model = WaitingEntry

    enrolment = factory.SubFactory(EnrolmentFactory)
    child = factory.SelfAttribute("enrolment.child")
    family = factory.SelfAttribute("enrolment.family")
    activity = factory.SelfAttribute("enrolment.activity")
    site = factory.SelfAttribute("enrolment.site")
    request = factory.SubFactory(
        FamilyRequestFactory, family=factory.SelfAttribute("..family"), number=_past_number(), kind=kinds.WAITING
    )
    day = date(2026, 12, 7)
    joined_at = NOON


class TariffFactory(DjangoModelFactory):
    """Prices of the canteen since September 2026."""

    class Meta:
        model = Tariff

    activity = factory.SubFactory(ActivityFactory)
    starts_on = date(2026, 9, 1)
    deliberation = "Délibération de démonstration"
    is_demo = True


class TariffBandFactory(DjangoModelFactory):
    """A band for every quotient."""

    class Meta:
        model = TariffBand

    tariff = factory.SubFactory(TariffFactory)
    label = "A"
    quotient_from = 0
    quotient_below = None
    care_part = "1.00"
    food_part = "2.00"


class AbsenceReasonFactory(DjangoModelFactory):
    """A school outing: no proof, nothing charged; ``illness`` asks for a certificate after a day of carence."""

    class Meta:
        model = AbsenceReason

    class Params:
        illness = factory.Trait(
            kind=AbsenceReason.Kind.ILLNESS,
            needs_proof=True,
            charge=AbsenceReason.Charge.AFTER_CARENCE,
            carence_days=1,
        )
        charged = factory.Trait(kind=AbsenceReason.Kind.OTHER, charge=AbsenceReason.Charge.CHARGED)

    kind = AbsenceReason.Kind.OUTING


class AbsenceRuleFactory(DjangoModelFactory):
    """The canteen takes absences until two days after, with a certificate within 48 hours."""

    class Meta:
        model = AbsenceRule
        skip_postgeneration_save = True

    activity = factory.SubFactory(ActivityFactory)
    announce_days = 2
    proof_hours = 48

    @factory.post_generation
    def reasons(self, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Three reasons: an illness, an outing, one that excuses nothing."""
        if create and extracted is not False:
            for position, trait in enumerate(({"illness": True}, {}, {"charged": True}), 1):
                AbsenceReasonFactory(rule=self, position=position, **trait)


def a_child_at_the_canteen(family: Family, **fields: Any) -> tuple[Child, Enrolment]:
    """Make a child who lives in a household all the time and is enrolled in the canteen of her school."""
    child = ChildFactory(at_home=family, **fields)
    return child, EnrolmentFactory(child=child, family=family)


def a_child_on_wednesdays(family: Family, *, child: Child | None = None, **fields: Any) -> tuple[Child, Enrolment]:
    """Make a child of a household, or take one, enrolled in a centre on Wednesdays: day with meal, or morning."""
    wednesdays = ActivityFactory(
        slug="mercredis",
        name="Accueil de loisirs du mercredi",
        unit="mercredi",
        is_meal=False,
        position=5,
        on_wednesday=True,
        **dict.fromkeys(("on_monday", "on_tuesday", "on_thursday", "on_friday"), False),
    )
    for formula in ("journee-repas", "matin"):
        ActivityFormulaFactory(activity=wednesdays, formula=formula)
    site = ActivitySite.objects.filter(activity=wednesdays).first() or ActivitySiteFactory(
        activity=wednesdays, school=None, venue=SiteFactory()
    )
    kin = child or ChildFactory(at_home=family, **fields)
    return kin, EnrolmentFactory(child=kin, family=family, activity=wednesdays, site=site)


class AppointmentPlaceFactory(DjangoModelFactory):
    """Where families are received."""

    class Meta:
        model = AppointmentPlace
        django_get_or_create = ("name",)

    name = "Maison de la petite enfance"
    street = "2 rue des Essais"
    directions = "Au rez-de-chaussée, poussettes à l’entrée"


class AppointmentSlotFactory(DjangoModelFactory):
    """Half an hour on a morning that nobody has yet; ``start`` is an instant of Paris."""

    class Meta:
        model = AppointmentSlot

    class Params:
        start = datetime(2026, 12, 7, 9, 0, tzinfo=PARIS)
        withdrawn = factory.Trait(withdrawn_at=NOON)

    place = factory.SubFactory(AppointmentPlaceFactory)
    receives = "Mme Albert (démonstration)"
    starts_at = factory.SelfAttribute("start")
    ends_at = factory.LazyAttribute(lambda slot: slot.starts_at + timedelta(minutes=30))
    opening = 1


class AppointmentFactory(DjangoModelFactory):
    """A household's appointment for Zoé, born in spring; ``unborn``, ``cancelled`` say otherwise."""

    class Meta:
        model = Appointment

    class Params:
        unborn = factory.Trait(child_name="", born_on=None, due_on=date(2027, 3, 1))
        cancelled = factory.Trait(status=Appointment.Status.CANCELLED, cancelled_at=NOON)

    family = factory.SubFactory(FamilyFactory)
    slot = factory.SubFactory(AppointmentSlotFactory)
    submission = factory.LazyFunction(uuid4)
    child_name = "Zoé"
    born_on = date(2026, 5, 7)
    child_key = factory.LazyAttribute(lambda row: child_key(None, row.child_name, row.born_on, row.due_on))
    due_on = None
    wished_on = date(2027, 9, 1)
    wished_days = "0 1 3"
    wished_from = time(8)
    wished_until = time(18)
    booked_at = NOON
    told_at = NOON

    @factory.lazy_attribute
    def request(self) -> Any:
        """The request of the household's guardian, made if need be."""
        guardian = Guardian.objects.filter(family=self.family).first() or GuardianFactory(family=self.family)  # type: ignore[attr-defined,misc]
        return FamilyRequestFactory(
            family=self.family,  # type: ignore[attr-defined]
            guardian=guardian,
            kind=kinds.APPOINTMENT,
            summary="Rendez-vous pour une place en crèche (Zoé)",
        )


class MenuFactory(DjangoModelFactory):
    """A lunch of Monday 7 December 2026; ``dishes={"plat": "Poulet rôti"}`` gives it components."""

    class Meta:
        model = Menu
        skip_postgeneration_save = True

    day = date(2026, 12, 7)
    changed_at = NOON

    @factory.post_generation
    def dishes(self, create: bool, extracted: dict[str, Any] | None, **kwargs: Any) -> None:
        """The components, by course: a name, or a name, its allergens and its labels."""
        if create:
            for position, (course, dish) in enumerate((extracted or {"plat": "Poulet rôti"}).items(), 1):
                name, allergens, labels = dish if isinstance(dish, tuple) else (dish, [], [])
                MenuDish.objects.create(
                    menu=self, course=course, position=position, name=name, allergens=allergens, labels=labels
                )


class HolidayPeriodFactory(DjangoModelFactory):
    """The Christmas holidays of the centre, open to who comes first since yesterday; ``by_week``, ``wishes`` say otherwise."""

    class Meta:
        model = HolidayPeriod

    class Params:
        wishes = factory.Trait(mode=HolidayPeriod.Mode.WISHES, seed="Tirage du 2 novembre 2026")

    activity = factory.LazyFunction(lambda: holiday_centre())
    label = "Vacances de Noël"
    starts_on = date(2026, 12, 21)
    ends_on = date(2027, 1, 1)
    opens_at = datetime(2026, 11, 18, 8, 0, tzinfo=PARIS)
    closes_at = datetime(2026, 12, 4, 12, 0, tzinfo=PARIS)


def holiday_centre(places: int | None = None) -> Activity:
    """Make the centre of the holidays, open from Monday to Friday, with its meal or without; ``places`` counts them."""
    centre = ActivityFactory(
        slug="vacances",
        name="Accueil de loisirs des vacances",
        unit="journée",
        is_meal=False,
        season=Activity.Season.HOLIDAYS,
        position=6,
        on_wednesday=True,
    )
    for formula in ("journee-repas", "journee"):
        ActivityFormulaFactory(activity=centre, formula=formula)
    if not centre.sites.exists():
        ActivitySiteFactory(activity=centre, school=None, venue=SiteFactory(), places=places)
    elif places is not None:
        centre.sites.update(places=places)
    return centre


def a_child_in_the_holidays(family: Family, *, child: Child | None = None, **fields: Any) -> tuple[Child, Enrolment]:
    """Make a child of a household, or take one, enrolled in the centre of the holidays."""
    centre = holiday_centre()
    kin = child or ChildFactory(at_home=family, **fields)
    site = centre.sites.order_by("pk").first()
    return kin, EnrolmentFactory(child=kin, family=family, activity=centre, site=site)
