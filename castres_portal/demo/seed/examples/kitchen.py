"""The kitchen at work: diets of the town, menus of nine weeks, frozen orders with what changed since, adults and picnics.

Menus, diets and numbers are fictional. In summer, when nobody eats, only the menus of no day and no order are made.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

from django.db.models import Exists, OuterRef

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, COOK, PARENTS
from families.models import Child, Guardian, HealthRecord
from families.rules.health import HealthSheet, to_stored
from families.services.health import change_sheet
from families.services.health_plans import propose_plan
from families.services.requests import accept_request
from reservations.models import Booking, Enrolment, HolidayPeriod, KitchenExtra
from reservations.queries.kitchen.orders import activities_with_meals, due_at, serves, sites_served
from reservations.queries.planning import school_calendar
from reservations.rules.changes import DayChanges
from reservations.rules.menus import Course, Dish, MealType, MenuOfDay
from reservations.services import book_days
from reservations.services.kitchen import check_days, enter_extras, follow_orders, freeze_order
from reservations.services.menus import write_menus

WEEK = timedelta(weeks=1)
WEEKS_BEFORE, WEEKS_AFTER = 4, 4
ORDERS_BEFORE = 7
ONE_IN = 8
WEEKDAYS = 5
DAY = timedelta(days=1)
# In the order in which children of the town are given one; the commonest several times.
SHEETS = (
    HealthSheet(diet=("sans_porc",)),
    HealthSheet(diet=("sans_porc",)),
    HealthSheet(diet=("vegetarien",)),
    HealthSheet(diet=("sans_porc",)),
    HealthSheet(diet=("sans_viande",)),
    HealthSheet(diet=("sans_porc", "sans_lactose")),
    HealthSheet(food=("lait", "oeufs")),
    HealthSheet(diet=("sans_gluten",)),
)

# Four weeks of five days. A day is five lines: starter, main, side, dairy, dessert; allergens after « | », labels after « # ».
MENUS = Path(__file__).parents[1] / "menus.txt"


def add_kitchen(today: date) -> None:
    """Lay the kitchen's weeks over the town."""
    cook, agent = User.objects.get(email=COOK.email), User.objects.get(email=AGENT.email)
    _add_diets(today, agent)
    _add_menus(today, cook)
    _add_orders(today)
    _add_extras(today, cook)
    _change_orders(today, agent)
    check_days(at=_hour(today, 5, 10))


# --- Diets ----------------------------------------------------------------------------------------------------------------


def _add_diets(today: date, agent: User) -> None:
    """Give one child in so many a sheet, as her parents would have filled it in at the end of the summer."""
    told = HealthRecord.objects.filter(child=OuterRef("pk"))
    named = Guardian.objects.filter(user__email__in=[one.email for one in PARENTS]).values("family_id")
    eaters = Enrolment.objects.filter(activity__is_meal=True, ends_on__gte=today).exclude(family__in=named)
    children = Child.objects.filter(~Exists(told), pk__in=eaters.values("child_id")).order_by("pk")
    at = _hour(today - timedelta(days=75), 20)
    chosen = list(children)[::ONE_IN]
    HealthRecord.objects.bulk_create(
        HealthRecord(
            child=child,
            content=to_stored(SHEETS[number % len(SHEETS)]),
            version=1,
            changed_at=at,
            confirmed_at=at,
        )
        for number, child in enumerate(chosen)
    )
    allergic = [child for number, child in enumerate(chosen) if SHEETS[number % len(SHEETS)].food]
    for child in allergic[:3]:
        _put_plan_in_force(child, agent, today)


def _put_plan_in_force(child: Child, agent: User, today: date) -> None:
    guardian = (
        Guardian.objects.filter(family__custodies__child=child, pays=True).select_related("family", "user").first()
    )
    if guardian is None:
        return
    content = {
        "needs": "Protocole de démonstration : repas sans lait ni œufs.",
        "basket_meal": False,
        "valid_until": None,
    }
    request = propose_plan(
        child=child,
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        content=content,
        at=_hour(today - timedelta(days=70), 9),
    )
    accept_request(request=request, by=agent, words="Protocole signé reçu.", at=_hour(today - timedelta(days=69), 9))


# --- Menus ----------------------------------------------------------------------------------------------------------------


def _add_menus(today: date, cook: User) -> None:
    """Write the menus of the days of class, from four weeks ago to four weeks ahead."""
    calendar = school_calendar()
    monday = today - timedelta(days=today.weekday()) - WEEKS_BEFORE * WEEK
    written = [block.splitlines() for block in MENUS.read_text(encoding="utf-8").strip().split("\n\n")]
    menus = []
    for number in range(WEEKDAYS * (WEEKS_BEFORE + WEEKS_AFTER + 1)):
        week, weekday = divmod(number, WEEKDAYS)
        day = monday + week * WEEK + weekday * DAY
        if calendar.is_school_day(day):
            lines = zip(Course.values, written[number % len(written)], strict=True)
            menus.append(MenuOfDay(day, MealType.LUNCH, tuple(_dish(course, line) for course, line in lines)))
    if menus:
        write_menus(menus=menus, by=cook, at=_hour(today - timedelta(days=30), 15), is_demo=True)


def _dish(course: str, text: str) -> Dish:
    rest, _, labels = text.partition("#")
    name, _, allergens = rest.partition("|")
    return Dish(course, name.strip(), tuple(allergens.split()), tuple(labels.split()))


# --- Orders ---------------------------------------------------------------------------------------------------------------


def _add_orders(today: date) -> None:
    """Freeze the orders of the last days and of those whose deadline has passed, each a little after its deadline."""
    calendar, activities = school_calendar(), activities_with_meals()
    first, last = today - timedelta(days=ORDERS_BEFORE), today + timedelta(days=14)
    periods = list(HolidayPeriod.objects.filter(starts_on__lte=last, ends_on__gte=first))
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        for activity in activities:
            at = due_at(activity, day) + timedelta(minutes=2)
            if serves(activity, day, calendar, periods) and at <= _hour(today, 0, 5):
                freeze_order(activity=activity, day=day, at=at)


def _change_orders(today: date, agent: User) -> None:
    """Yesterday afternoon: an agent takes a day for a family, gives another up, and a child changes her diet."""
    day = _next_meal_day(today + DAY)
    at = _hour(today - DAY, 16, 40)
    named = Guardian.objects.filter(user__email__in=[one.email for one in PARENTS]).values("family_id")
    canteen = Booking.objects.filter(day=day, activity__is_meal=True, status=Booking.Status.ACTIVE, given_back_at=None)
    booked = list(canteen.exclude(family__in=named).select_related("child", "family", "activity").order_by("pk")[:40])
    if len(booked) < 20:
        return
    _at_the_counter(booked[3], agent, at, remove=True)
    eats = set(canteen.values_list("child_id", flat=True))
    others = Enrolment.objects.filter(activity=booked[0].activity, starts_on__lte=day, ends_on__gte=day)
    free = others.exclude(child__in=eats).exclude(family__in=named).select_related("child", "family", "activity")
    for row in free.filter(site__places=None).order_by("pk")[:2]:
        _at_the_counter(Booking(child=row.child, family=row.family, activity=row.activity, day=day), agent, at)
    _change_diet(booked[11].child, at)
    follow_orders(at=at + timedelta(minutes=20))


def _at_the_counter(booking: Booking, agent: User, at: datetime, *, remove: bool = False) -> None:
    days = frozenset([booking.day])
    book_days(
        family=booking.family,
        guardian=booking.family.guardians.filter(pays=True).first(),
        user=agent,
        changes={
            (booking.child_id, booking.activity.slug): DayChanges(removals=days)
            if remove
            else DayChanges(additions=days)
        },
        submission=uuid4(),
        at=at,
        at_desk=True,
        late_reason="Demande par téléphone (démonstration)",
    )


def _change_diet(child: Child, at: datetime) -> None:
    guardian = Guardian.objects.filter(family__custodies__child=child, pays=True).first()
    record = HealthRecord.objects.filter(child=child).first()
    if guardian is not None:
        change_sheet(
            child=child,
            guardian=guardian,
            sheet=HealthSheet(diet=("vegetarien",)),
            version=record.version if record else 0,
            at=at,
        )


# --- Adults and picnics ---------------------------------------------------------------------------------------------------


def _add_extras(today: date, cook: User) -> None:
    """Two agents and a teacher here and there; a class that leaves with its picnic."""
    kind = KitchenExtra.Kind
    for day in (_next_meal_day(today), _next_meal_day(today + DAY)):
        sites = sites_served(day)
        quantities = {(site.pk, kind.STAFF.value): 2 + rank % 2 for rank, site in enumerate(sites)}
        quantities |= {(site.pk, kind.TEACHERS.value): 1 for site in sites[::3]}
        if sites:
            quantities[sites[len(sites) // 2].pk, kind.PICNICS.value] = 24
            enter_extras(day=day, quantities=quantities, by=cook, at=_hour(today - DAY, 6, 35))


def _next_meal_day(day: date) -> date:
    """Return the first day from ``day`` on which some canteen serves, or the day itself in the holidays."""
    calendar = school_calendar()
    found = (day + offset * DAY for offset in range(14))
    return next((one for one in found if one.weekday() < WEEKDAYS and calendar.is_school_day(one)), day)


def _hour(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)
