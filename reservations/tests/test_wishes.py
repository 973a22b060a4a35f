"""Wishes for the holidays: sent, changed, allocated, answered; as families and agents notice it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.erasure import Scope
from families.models import FamilyRequest
from families.services.requests import accept_request, withdraw_request
from families.tests.factories import GuardianFactory
from reservations.models import AllocationCriterion, Booking, WaitingEntry, Wish, WishedChild, WishList
from reservations.privacy import erase_wishes
from reservations.queries.allocation import plan_of
from reservations.queries.wishes import Asked
from reservations.services.holidays import AllocationChanged, allocate_places, send_wishes
from reservations.services.holidays.forgetting import forget_wishes
from reservations.tests.factories import BookingFactory, HolidayPeriodFactory, a_child_in_the_holidays, holiday_centre

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
AFTER = datetime(2026, 12, 4, 12, 0, tzinfo=PARIS)
FIRST, SECOND = date(2026, 12, 21), date(2026, 12, 28)
MEAL = "journee-repas"


@pytest.fixture
def period():
    found = HolidayPeriodFactory(wishes=True, activity=holiday_centre(places=1))
    AllocationCriterion.objects.create(period=found, kind="an-passe", points=5)
    AllocationCriterion.objects.create(period=found, kind="fratrie", points=2)
    return found


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def lea(mother):
    return a_child_in_the_holidays(mother.family, first_name="Léa")[0]


def ranked(*mondays, weeks=1):
    return Asked({monday: (rank, ()) for rank, monday in enumerate(mondays, 1)}, weeks, MEAL)


def wish(guardian, period, asked, *, together=False, at=NOON, submission=None):
    return send_wishes(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        period=period,
        asked={child.pk: row for child, row in asked.items()},
        together=together,
        submission=submission or uuid4(),
        at=at,
    )


def allocate(period, at=AFTER):
    agent = UserFactory(is_staff=True)
    return allocate_places(period=period, by=agent, at=at, seen=plan_of(period, at=at).digest)


def outcomes(child):
    return [(wish.monday, wish.outcome) for wish in Wish.objects.filter(child__child=child).order_by("rank")]


def days_of(child):
    return list(Booking.objects.filter(child=child).order_by("day").values_list("day", flat=True))


# --- Wishing ----------------------------------------------------------------------------------------------------------


def test_wishes_are_recorded_under_a_number_and_mailed(mother, lea, period):
    row = wish(mother, period, {lea: ranked(SECOND, FIRST)})
    assert row.request.status == "recue"
    assert row.request.promised_on == date(2026, 12, 19)
    assert [w.monday for w in Wish.objects.order_by("rank")] == [SECOND, FIRST]
    mail = Email.objects.get()
    assert "1. semaine du 28 décembre au 1 janvier" not in mail.message
    assert "1. semaine du 28 au 31 décembre" in mail.message.replace("\u00a0", " ")


def test_the_last_wishes_count_and_seniority_stays_that_of_the_first(mother, lea, period):
    first = wish(mother, period, {lea: ranked(FIRST)})
    last = wish(mother, period, {lea: ranked(SECOND)}, at=NOON + timedelta(hours=3))
    first.refresh_from_db()
    assert first.replaced_at == NOON + timedelta(hours=3)
    assert FamilyRequest.objects.get(pk=first.request_id).status == "retiree"
    assert (last.first_asked_at, last.asked_at) == (NOON, NOON + timedelta(hours=3))
    assert WishList.objects.filter(replaced_at=None).count() == 1


def test_a_form_sent_twice_is_one_list(mother, lea, period):
    submission = uuid4()
    rows = [wish(mother, period, {lea: ranked(FIRST)}, submission=submission) for _ in range(2)]
    assert rows[0].pk == rows[1].pk
    assert WishList.objects.count() == 1


def test_an_empty_form_withdraws_what_was_wished(mother, lea, period):
    wish(mother, period, {lea: ranked(FIRST)})
    last = wish(mother, period, {lea: ranked()})
    assert last.request.status == "traitee"
    assert plan_of(period, at=AFTER).children == []


@pytest.mark.parametrize(
    "asked, together, sentence",
    [
        (ranked(), False, "Donnez un rang"),
        (ranked(date(2027, 2, 8)), False, "cette semaine n’est pas dans la période"),
        (ranked(FIRST, weeks=3), False, "de 1 à 2 semaines"),
        (replace(ranked(FIRST), formula="matin"), False, "choisissez une des formules"),
        (Asked({FIRST: (1, ()), SECOND: (1, ())}, 1, MEAL), False, "deux semaines ont le même rang"),
        (Asked({FIRST: (1, (999999,))}, 1, MEAL), False, "ce lieu n’accueille pas"),
    ],
)
def test_what_cannot_be_granted_is_refused_with_a_sentence(mother, lea, period, asked, together, sentence):
    with pytest.raises(Refusal, match=sentence):
        wish(mother, period, {lea: asked}, together=together)
    assert wish(mother, period, {lea: ranked(FIRST)})  # the same, well asked, is taken


@pytest.mark.parametrize("at, sentence", [(AFTER, "vont être attribuées"), (NOON - timedelta(days=3), "ouvrent le")])
def test_outside_the_window_nothing_is_taken(mother, lea, period, at, sentence):
    with pytest.raises(Refusal, match=sentence):
        wish(mother, period, {lea: ranked(FIRST)}, at=at)
    assert wish(mother, period, {lea: ranked(FIRST)}, at=AFTER - timedelta(seconds=1))


def test_staying_together_asks_for_the_same_ranks(mother, lea, period):
    tom, _ = a_child_in_the_holidays(mother.family, first_name="Tom")
    with pytest.raises(Refusal, match="les mêmes semaines, dans le même ordre"):
        wish(mother, period, {lea: ranked(FIRST), tom: ranked(SECOND)}, together=True)
    assert wish(mother, period, {lea: ranked(FIRST), tom: ranked(FIRST)}, together=True).together


def test_an_agent_does_not_answer_one_household_alone_and_a_family_may_withdraw(mother, lea, period):
    row = wish(mother, period, {lea: ranked(FIRST)})
    with pytest.raises(Refusal, match="tous ensemble"):
        accept_request(request=row.request, by=UserFactory(is_staff=True), words="", at=AFTER)
    withdraw_request(request=row.request, by=mother.user, at=NOON)
    assert plan_of(period, at=AFTER).children == []


# --- Allocating -------------------------------------------------------------------------------------------------------


@pytest.fixture
def other():
    return GuardianFactory(with_space=True, email="nadia@example.org")


@pytest.fixture
def tom(other):
    """Of another household; he came last winter, which gives points."""
    child, enrolment = a_child_in_the_holidays(other.family, first_name="Tom")
    BookingFactory(enrolment=enrolment, day=date(2026, 10, 21), formula=MEAL)
    return child


def test_the_points_decide_and_each_household_reads_why(mother, lea, other, tom, period):
    wish(mother, period, {lea: ranked(FIRST, SECOND)})
    wish(other, period, {tom: ranked(FIRST)})
    Email.objects.all().delete()
    allocate(period)

    assert outcomes(lea) == [(FIRST, "refuse"), (SECOND, "obtenu")]
    assert outcomes(tom) == [(FIRST, "obtenu")]
    assert days_of(lea) == [SECOND + timedelta(days=n) for n in range(4)]  # the first of January is closed
    refused = Wish.objects.get(outcome="refuse")
    assert refused.reason == "complet\u00a0: le dernier admis avait 5 points, vous 0"
    assert refused.last_points == 5
    requests = {row.family_id: row.request for row in WishList.objects.select_related("request")}
    assert requests[mother.family_id].status == requests[other.family_id].status == "traitee"
    mails = {mail.to[0]: mail.message for mail in Email.objects.all()}
    assert "le dernier admis avait 5 points, vous 0" in mails[mother.mail_address]
    for mail in (mails[mother.mail_address], requests[mother.family_id].decision):
        assert "Tom" not in mail
    period.refresh_from_db()
    assert period.allocated_at == AFTER


def test_who_lacks_a_week_waits_for_its_days_since_the_wish(mother, lea, other, tom, period):
    wish(mother, period, {lea: ranked(FIRST)})
    wish(other, period, {tom: ranked(FIRST)})
    allocate(period)
    waits = WaitingEntry.objects.order_by("day")
    assert [(row.child_id, row.day, row.joined_at) for row in waits] == [
        (lea.pk, FIRST + timedelta(days=n), NOON) for n in range(4)
    ]
    assert FamilyRequest.objects.get(family=mother.family, kind="voeux").status == "refusee"


def test_siblings_together_get_the_same_week_or_none(mother, lea, period):
    zoe, _ = a_child_in_the_holidays(mother.family, first_name="Zoé")
    wish(mother, period, {lea: ranked(FIRST), zoe: ranked(FIRST)}, together=True)
    allocate(period)
    assert not Booking.objects.exists()
    assert set(Wish.objects.values_list("reason", flat=True)) == {
        "il restait 1 place pour 2 enfants qui devaient rester ensemble"
    }
    assert not WaitingEntry.objects.exists()


def test_siblings_together_are_served_when_there_is_room(mother, lea, period):
    holiday_centre(places=2)
    zoe, _ = a_child_in_the_holidays(mother.family, first_name="Zoé")
    wish(mother, period, {lea: ranked(FIRST), zoe: ranked(FIRST)}, together=True)
    allocate(period)
    assert days_of(lea) == days_of(zoe) == [FIRST + timedelta(days=n) for n in range(4)]
    assert list(WishedChild.objects.values_list("points", flat=True)) == [2, 2]


def test_nothing_is_allocated_before_the_close_nor_twice_nor_otherwise_than_seen(mother, lea, other, tom, period):
    wish(mother, period, {lea: ranked(FIRST)})
    with pytest.raises(Refusal, match="ne sont pas clos"):
        allocate(period, at=AFTER - timedelta(seconds=1))
    seen = plan_of(period, at=AFTER).digest
    enrolment = tom.enrolments.get(activity=period.activity)
    BookingFactory(enrolment=enrolment, day=FIRST, formula=MEAL)
    agent = UserFactory(is_staff=True)
    with pytest.raises(AllocationChanged):
        allocate_places(period=period, by=agent, at=AFTER, seen=seen)
    allocate(period)
    with pytest.raises(Refusal, match="déjà été attribuées"):
        allocate(period)


def test_a_plan_costs_the_same_with_one_household_or_ten(mother, lea, period, django_assert_num_queries):
    wish(mother, period, {lea: ranked(FIRST)})
    with CaptureQueriesContext(connection) as one:
        plan_of(period, at=AFTER)
    for _ in range(9):
        guardian = GuardianFactory(with_space=True)
        child, _ = a_child_in_the_holidays(guardian.family)
        wish(guardian, period, {child: ranked(FIRST, SECOND)})
    with django_assert_num_queries(len(one)):
        plan = plan_of(period, at=AFTER)
    assert len(plan.children) == 10


def test_wishes_are_forgotten_a_year_after_their_period_and_their_request_stays(mother, lea, period):
    request = wish(mother, period, {lea: ranked(FIRST, SECOND)}).request
    year_later = datetime(2028, 1, 10, 4, 10, tzinfo=PARIS)
    assert forget_wishes(AFTER, False) == 0
    assert forget_wishes(year_later, True) == 1
    assert Wish.objects.count() == 2
    assert forget_wishes(year_later, False) == 1
    assert (WishList.objects.count(), WishedChild.objects.count(), Wish.objects.count()) == (0, 0, 0)
    assert FamilyRequest.objects.filter(pk=request.pk).exists()


def test_a_household_that_is_forgotten_takes_its_wishes_with_it_and_nobody_else_s(mother, lea, period):
    other = GuardianFactory(with_space=True)
    tom, _ = a_child_in_the_holidays(other.family, first_name="Tom")
    wish(mother, period, {lea: ranked(FIRST)})
    wish(other, period, {tom: ranked(FIRST)})
    erase_wishes(Scope(family=mother.family, guardians=[mother], whole_household=False))
    assert WishList.objects.count() == 2
    erase_wishes(Scope(family=mother.family, guardians=[mother], whole_household=True))
    assert list(WishList.objects.values_list("family", flat=True)) == [other.family_id]
