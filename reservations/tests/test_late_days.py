"""« Rendre un jour »: too late to cancel, left to others, charged unless somebody takes it."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.tests.factories import GuardianFactory
from reservations import services
from reservations.models import Absence, AbsenceDay, Activity, ActivitySite, Booking
from reservations.queries.late_days import has_late_days, late_days_page
from reservations.rules.changes import DayChanges
from reservations.services import waiting
from reservations.tests.factories import AbsenceRuleFactory, a_child_at_the_canteen
from reservations.tests.homes import NOON, Home, answers

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)
LATE = datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)  # too late to cancel, early enough to book
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def rule():
    """Cancel seven days ahead, book until the day before at nine in the evening; late days can be left to others."""
    home = a_child_at_the_canteen(GuardianFactory().family)[1]
    Activity.objects.update(resells_late_days=True, add_days=1, add_hour=time(21))
    ActivitySite.objects.update(places=1)
    return home.site.school


@pytest.fixture
def gives(rule):
    home = Home(rule)
    home.book(MONDAY)
    return home


@pytest.fixture
def takes(rule):
    return Home(rule)


def booking_of(home, day=MONDAY):
    return Booking.objects.filter(child=home.child, day=day).latest("pk")


def test_a_late_day_is_left_to_others_and_stays_charged(gives):
    receipt = gives.give_back(MONDAY, at=LATE)

    assert answers(receipt) == {MONDAY: ("rendu", "facturé, sauf si une autre famille prend la place")}
    assert receipt.request.kind == "jour-rendu"
    assert receipt.request.summary == f"1 jour rendu hors délai de {gives.child.first_name}"
    row = booking_of(gives)
    assert (row.status, row.given_back_at, row.give_back_receipt) == ("active", LATE, receipt)
    assert "il reste facturé" in Email.objects.latest("pk").message
    page = late_days_page(gives.family, at=LATE)
    assert [row.can_take_back for row in page.given] == [True]
    assert page.free == []


def test_who_takes_the_place_frees_the_family_that_left_it(gives, takes):
    given = gives.give_back(MONDAY, at=LATE)
    receipt = takes.book(MONDAY, at=LATE + HOUR)

    assert answers(receipt) == {MONDAY: ("reserve", "")}
    row = booking_of(gives)
    assert (row.status, row.cancelled_at, row.cancelled_by, row.cancel_receipt) == ("annulee", LATE + HOUR, None, given)
    step = given.request.steps.get()
    assert step.words.startswith("Lundi 7 décembre 2026")
    assert "pas facturé" in step.words
    mail = Email.objects.get(subject__startswith="Le jour que vous avez rendu")
    assert mail.to == [gives.guardian.user.email]
    for theirs in (takes.child.last_name, takes.guardian.last_name, takes.family.number):
        assert theirs not in mail.message.replace(gives.guardian.last_name, "") or theirs == gives.guardian.last_name
    page = late_days_page(gives.family, at=LATE + HOUR)
    assert [(row.word, row.is_resold) for row in page.resold] == [("Pris, non facturé", True)]


def test_the_place_goes_first_to_who_waits_for_it(gives, takes):
    other = Home(takes.child.school)
    takes.join(MONDAY, at=NOON)
    gives.give_back(MONDAY, at=LATE)
    assert waiting.offer_places(at=LATE) == 1
    assert answers(other.book(MONDAY, at=LATE))[MONDAY][0] == "refuse"
    assert booking_of(gives).status == "active"  # an offer is not yet a taking

    assert answers(takes.accept(at=LATE + HOUR))[MONDAY][0] == "reserve"
    assert booking_of(gives).status == "annulee"


def test_the_oldest_given_back_is_freed_first_one_for_each_place_taken(rule):
    ActivitySite.objects.update(places=3)
    homes = [Home(rule) for _ in range(3)]
    for home in homes:
        home.book(MONDAY)
    for number in (2, 0, 1):
        homes[number].give_back(MONDAY, at=LATE + number * timedelta(minutes=1))
    newcomers = [Home(rule), Home(rule)]
    newcomers[0].book(MONDAY, at=LATE + HOUR)
    assert [booking_of(home).status for home in homes] == ["annulee", "active", "active"]
    newcomers[1].book(MONDAY, at=LATE + HOUR)
    assert [booking_of(home).status for home in homes] == ["annulee", "annulee", "active"]


def test_a_brother_who_takes_the_place_frees_nobody_of_his_own_house(gives):
    brother, _ = a_child_at_the_canteen(gives.family, school=gives.child.school)
    gives.give_back(MONDAY, at=LATE)
    asked = {(brother.pk, "restauration"): DayChanges(additions=frozenset([MONDAY]))}
    services.book_days(**gives.who, changes=asked, submission=uuid4(), at=LATE)

    assert booking_of(gives).status == "active"
    assert answers(gives.take_back(MONDAY, at=LATE))[MONDAY][0] == "refuse"


def test_a_day_can_be_taken_back_while_nobody_has_it(gives, takes):
    gives.give_back(MONDAY, at=LATE)
    receipt = gives.take_back(MONDAY, at=LATE + HOUR)

    assert answers(receipt) == {MONDAY: ("repris", "l’enfant est attendu, le jour est facturé")}
    assert booking_of(gives).given_back_at is None
    assert answers(takes.book(MONDAY, at=LATE + HOUR))[MONDAY][0] == "refuse"
    assert answers(gives.take_back(MONDAY, at=LATE + HOUR)) == {MONDAY: ("inchange", "ce jour est réservé")}


def test_a_day_taken_or_promised_cannot_be_taken_back(gives, takes):
    takes.join(MONDAY, at=NOON)
    gives.give_back(MONDAY, at=LATE)
    assert answers(gives.take_back(MONDAY, at=LATE))[MONDAY][1].startswith(
        "la place est proposée à une famille qui attend"
    )
    waiting.offer_places(at=LATE)
    assert answers(gives.take_back(MONDAY, at=LATE))[MONDAY][0] == "refuse"
    assert late_days_page(gives.family, at=LATE).given[0].can_take_back is False
    takes.accept(at=LATE + HOUR)
    assert answers(gives.take_back(MONDAY, at=LATE + HOUR)) == {
        MONDAY: ("refuse", "une autre famille a pris la place : ce jour n’est pas facturé")
    }


def test_a_place_declined_can_be_taken_back(gives, takes):
    takes.join(MONDAY, at=NOON)
    gives.give_back(MONDAY, at=LATE)
    waiting.offer_places(at=LATE)
    takes.leave(at=LATE)

    assert answers(gives.take_back(MONDAY, at=LATE))[MONDAY][0] == "repris"


def test_what_cannot_be_given_back_says_why(gives, takes):
    assert answers(gives.give_back(MONDAY, at=NOON))[MONDAY] == (
        "refuse",
        "ce jour s’annule encore sans frais : décochez-le dans le calendrier",
    )
    gives.give_back(MONDAY, at=LATE)
    assert answers(gives.give_back(MONDAY, at=LATE + HOUR))[MONDAY] == ("inchange", "déjà rendu le 04/12/2026 à 09:00")
    gives.take_back(MONDAY, at=LATE + HOUR)
    midnight = datetime(2026, 12, 8, tzinfo=PARIS)
    assert answers(gives.give_back(MONDAY, at=midnight))[MONDAY] == ("refuse", "ce jour est passé")
    assert answers(gives.give_back(MONDAY, at=midnight - timedelta(seconds=1)))[MONDAY][0] == "rendu"
    with pytest.raises(Refusal, match="au moins un jour"):
        takes.give_back(MONDAY, at=LATE)


@pytest.mark.parametrize("change", ["setting", "places"])
def test_only_where_the_activity_says_so_and_places_are_counted(gives, change):
    if change == "setting":
        Activity.objects.update(resells_late_days=False)
    else:
        ActivitySite.objects.update(places=None)

    assert answers(gives.give_back(MONDAY, at=LATE)) == {
        MONDAY: ("refuse", "un jour de cette activité ne se rend pas hors délai")
    }
    assert late_days_page(gives.family, at=LATE).free == []
    assert not has_late_days(gives.family, at=LATE)


def test_an_absence_and_a_day_given_back_exclude_each_other(gives):
    AbsenceRuleFactory(activity=Activity.objects.get())
    announce = {
        **gives.who,
        "child": gives.child.pk,
        "activity": "restauration",
        "days": [MONDAY],
        "reason": "sortie",
        "words": "",
        "shown": None,
        "at": LATE,
    }
    gives.give_back(MONDAY, at=LATE)
    refused = services.announce_absence(**announce, submission=uuid4())
    assert refused.days.get().outcome == AbsenceDay.Outcome.IMPOSSIBLE
    assert "jour rendu le 04/12/2026" in refused.days.get().reason
    gives.take_back(MONDAY, at=LATE)
    services.announce_absence(**announce, submission=uuid4())

    assert answers(gives.give_back(MONDAY, at=LATE)) == {MONDAY: ("refuse", "une absence est annoncée pour ce jour")}
    assert Absence.objects.count() == 2


def test_the_same_form_twice_is_one_receipt(gives):
    submission, ids = uuid4(), [booking_of(gives).pk]
    first, second = (
        services.give_back_late_days(**gives.who, bookings=ids, submission=submission, at=LATE) for _ in range(2)
    )
    assert first == second


def test_a_formula_of_a_day_given_back_does_not_change(gives):
    """It would be given back and taken again without a place."""
    gives.give_back(MONDAY, at=LATE)
    agent = UserFactory(agent=True, role=AGENTS)
    asked = {(gives.child.pk, "restauration"): DayChanges(switched=frozenset([MONDAY]), formulas={MONDAY: "journee"})}
    receipt = services.book_days(
        family=gives.family,
        guardian=gives.guardian,
        user=agent,
        changes=asked,
        submission=uuid4(),
        at=LATE,
        at_desk=True,
        late_reason="Au téléphone",
    )
    assert {line.outcome for line in receipt.lines.all()} == {"refuse"}


def test_the_page_costs_the_same_with_one_day_and_with_many(rule, django_assert_max_num_queries):
    ActivitySite.objects.update(places=30)
    home = Home(rule)
    days = [date(2026, 12, number) for number in (4, 7, 8, 10)]
    home.book(*days)
    home.give_back(days[1], at=LATE)
    with django_assert_max_num_queries(10):
        page = late_days_page(home.family, at=LATE)
    assert [row.booking.day for row in page.free] == [days[0], days[2], days[3]]
