"""Booking and cancelling: every day of a submit is answered for, and the receipt says the same."""

from datetime import date, datetime
from uuid import uuid4

import pytest
from post_office.models import Email

from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.models import FamilyRequest
from families.tests.factories import CustodyFactory, FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import Booking, BookingReceipt, Enrolment, ReceiptLine, SiteDay
from reservations.rules.changes import DayChanges, changes_between
from reservations.services.booking import MOST_DAYS
from reservations.tests.factories import BookingFactory, EnrolmentFactory, a_child_at_the_canteen

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 12, number) for number in (7, 8, 9, 10))
TOO_SOON = date(2026, 11, 24)
Outcome = ReceiptLine.Outcome


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    return a_child_at_the_canteen(mother.family, first_name="Zoé")[0]


def book(guardian, changes, *, at=NOON, submission=None):
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        changes={(child, "restauration"): asked for child, asked in changes.items()},
        submission=submission or uuid4(),
        at=at,
    )


def add(*days):
    return DayChanges(additions=frozenset(days))


def remove(*days):
    return DayChanges(removals=frozenset(days))


def outcomes(receipt):
    return {(line.child.first_name, line.day): (line.outcome, line.reason) for line in receipt.lines.all()}


def days_booked(child):
    return set(Booking.objects.filter(child=child, status="active").values_list("day", flat=True))


def test_days_are_booked_and_the_receipt_is_numbered_and_mailed(mother, zoe):
    receipt = book(mother, {zoe.pk: add(MONDAY, TUESDAY)})

    assert days_booked(zoe) == {MONDAY, TUESDAY}
    assert receipt.request.number == "D2026-000001"
    assert receipt.request.status == FamilyRequest.Status.DONE
    assert receipt.request.summary == "Restauration scolaire, décembre 2026\u00a0: 2 ajouts (Zoé)"
    assert outcomes(receipt) == {("Zoé", MONDAY): ("reserve", ""), ("Zoé", TUESDAY): ("reserve", "")}
    booking = Booking.objects.first()
    assert (booking.booked_by, booking.booked_at, booking.receipt) == (mother.user, NOON, receipt)
    mail = Email.objects.get()
    assert mail.to == [mother.user.email]
    assert "D2026-000001" in mail.subject
    for text in (mail.message, mail.html_message):
        assert "lundi 7 et mardi 8 décembre 2026" in text.lower()
        assert "Zoé" in text


def test_a_day_is_cancelled_and_its_row_stays(mother, zoe):
    book(mother, {zoe.pk: add(MONDAY, TUESDAY)})
    receipt = book(mother, {zoe.pk: remove(MONDAY)})

    assert days_booked(zoe) == {TUESDAY}
    gone = Booking.objects.get(status="annulee")
    assert (gone.day, gone.cancelled_by, gone.cancelled_at, gone.cancel_receipt) == (MONDAY, mother.user, NOON, receipt)


def test_a_day_too_late_is_refused_alone_with_its_reason(mother, zoe):
    receipt = book(mother, {zoe.pk: add(TOO_SOON, MONDAY)})

    assert days_booked(zoe) == {MONDAY}
    assert receipt.request.status == FamilyRequest.Status.PARTLY
    outcome, reason = outcomes(receipt)["Zoé", TOO_SOON]
    assert outcome == Outcome.REFUSED
    assert "délai de 7 jours dépassé" in reason
    assert reason in Email.objects.get().message


def test_when_all_is_refused_the_receipt_says_so_and_nothing_is_booked(mother, zoe):
    receipt = book(mother, {zoe.pk: add(TOO_SOON, WEDNESDAY)})
    assert receipt.request.status == FamilyRequest.Status.REFUSED
    assert not Booking.objects.exists()
    assert "refusées" in Email.objects.get().subject


def test_brothers_and_sisters_get_the_same_changes_and_each_is_answered_for(mother, zoe):
    tom, _ = a_child_at_the_canteen(mother.family, first_name="Tom")
    book(mother, {tom.pk: add(THURSDAY)})
    book(mother, {zoe.pk: add(TUESDAY)})

    receipt = book(mother, {zoe.pk: changes_between([TUESDAY], [MONDAY]), tom.pk: changes_between([TUESDAY], [MONDAY])})

    assert days_booked(zoe) == {MONDAY}
    assert days_booked(tom) == {MONDAY, THURSDAY}
    assert outcomes(receipt) == {
        ("Zoé", MONDAY): ("reserve", ""),
        ("Zoé", TUESDAY): ("annule", ""),
        ("Tom", MONDAY): ("reserve", ""),
        ("Tom", TUESDAY): ("inchange", "jour sans réservation"),
    }


def test_the_same_form_sent_twice_answers_once(mother, zoe):
    submission = uuid4()
    first = book(mother, {zoe.pk: add(MONDAY)}, submission=submission)
    second = book(mother, {zoe.pk: add(MONDAY)}, submission=submission)
    assert first == second
    assert BookingReceipt.objects.count() == Booking.objects.count() == Email.objects.count() == 1
    assert book(mother, {zoe.pk: add(TUESDAY)}).request.number == "D2026-000002"


def test_an_old_form_found_again_and_changed_is_another_submit(mother, zoe):
    submission = uuid4()
    first = book(mother, {zoe.pk: add(MONDAY)}, submission=submission)
    second = book(mother, {zoe.pk: add(MONDAY, TUESDAY)}, submission=submission)
    assert first != second
    assert days_booked(zoe) == {MONDAY, TUESDAY}
    assert outcomes(second)["Zoé", MONDAY] == ("inchange", "déjà réservé par vous le 19/11/2026 à 12:06")


def test_nothing_changed_leaves_no_receipt(mother, zoe):
    with pytest.raises(services.NothingToChange):
        book(mother, {zoe.pk: changes_between([MONDAY], [MONDAY], [TUESDAY])})
    assert not BookingReceipt.objects.exists()


def test_another_family_s_child_does_not_exist(mother, zoe):
    stranger = GuardianFactory(with_space=True, family__name="Durand")
    a_child_at_the_canteen(stranger.family)
    with pytest.raises(services.UnknownChild):
        book(stranger, {zoe.pk: add(MONDAY)})
    assert book(mother, {zoe.pk: add(MONDAY)}).request.status == FamilyRequest.Status.DONE


def test_a_form_of_more_days_than_a_calendar_is_refused_before_any_read(mother, zoe, django_assert_num_queries):
    days = [date.fromordinal(MONDAY.toordinal() + n) for n in range(MOST_DAYS + 1)]
    with django_assert_num_queries(0), pytest.raises(Refusal):
        book(mother, {zoe.pk: add(*days)})


# --- Two parents of one household -------------------------------------------------------------------------------------


@pytest.fixture
def father(mother):
    return GuardianFactory(
        family=mother.family, pays=False, title="Monsieur", first_name="Paul", last_name="Bernard", with_space=True
    )


def test_a_day_already_booked_by_the_other_parent_is_reported_not_booked_twice(mother, father, zoe):
    book(mother, {zoe.pk: add(MONDAY)})
    receipt = book(father, {zoe.pk: add(MONDAY, TUESDAY)})
    assert outcomes(receipt)["Zoé", MONDAY] == ("inchange", "déjà réservé par Madame MARTIN le 19/11/2026 à 12:06")
    assert receipt.request.status == FamilyRequest.Status.DONE
    assert days_booked(zoe) == {MONDAY, TUESDAY}


def test_a_day_already_cancelled_by_the_other_parent_is_reported(mother, father, zoe):
    book(mother, {zoe.pk: add(MONDAY, TUESDAY)})
    book(father, {zoe.pk: remove(MONDAY)})
    receipt = book(mother, {zoe.pk: remove(MONDAY, TUESDAY)})
    assert outcomes(receipt)["Zoé", MONDAY] == ("inchange", "déjà annulé par Monsieur BERNARD le 19/11/2026 à 12:06")


def test_what_the_other_changed_meanwhile_is_told_and_not_overwritten(mother, father, zoe):
    book(mother, {zoe.pk: add(MONDAY)})
    # Mother's page shows Monday booked, Tuesday and Thursday free; meanwhile father cancels Monday and books Tuesday.
    book(father, {zoe.pk: changes_between([MONDAY], [TUESDAY])})
    receipt = book(mother, {zoe.pk: changes_between([MONDAY], [MONDAY, THURSDAY], [TUESDAY, THURSDAY])})

    assert days_booked(zoe) == {TUESDAY, THURSDAY}
    told = outcomes(receipt)
    assert told["Zoé", THURSDAY] == ("reserve", "")
    assert told["Zoé", MONDAY] == (
        "inchange",
        "annulé par Monsieur BERNARD le 19/11/2026 à 12:06\u00a0: ce jour n’est plus réservé",
    )
    assert told["Zoé", TUESDAY] == (
        "inchange",
        "réservé entre-temps par Monsieur BERNARD le 19/11/2026 à 12:06\u00a0: ce jour reste réservé",
    )


def test_an_agent_s_booking_names_the_service_and_nobody_s_address(mother, zoe):
    enrolment = Enrolment.objects.get()
    BookingFactory(enrolment=enrolment, day=MONDAY, booked_by=None)
    receipt = book(mother, {zoe.pk: add(MONDAY)})
    assert "par l’Espace Famille" in outcomes(receipt)["Zoé", MONDAY][1]


# --- Two households ---------------------------------------------------------------------------------------------------


@pytest.fixture
def separated(zoe, mother):
    """Zoé lives with her mother in even weeks, with her father's household in odd ones; both enrolled her."""
    zoe.custodies.update(rhythm="paire")
    other = GuardianFactory(
        with_space=True, family=FamilyFactory(name="Bernard"), title="Monsieur", last_name="Bernard"
    )
    CustodyFactory(child=zoe, family=other.family, odd_weeks=True)
    EnrolmentFactory(child=zoe, family=other.family)
    return other


def test_each_household_books_its_own_weeks_only(mother, separated, zoe):
    odd, even = date(2026, 11, 30), date(2026, 12, 7)  # weeks 49 and 50
    hers = book(mother, {zoe.pk: add(odd, even)})
    his = book(separated, {zoe.pk: add(odd, even)})
    assert outcomes(hers)["Zoé", odd] == ("refuse", "semaine de garde de l’autre foyer")
    assert outcomes(hers)["Zoé", even][0] == "reserve"
    assert outcomes(his)["Zoé", odd][0] == "reserve"
    assert outcomes(his)["Zoé", even] == ("refuse", "semaine de garde de l’autre foyer")


def test_a_day_of_ours_booked_by_the_other_household_is_refused_and_cannot_be_cancelled(mother, separated, zoe):
    theirs = Enrolment.objects.get(family=separated.family)
    BookingFactory(enrolment=theirs, day=MONDAY)
    receipt = book(mother, {zoe.pk: add(MONDAY)})
    assert outcomes(receipt)["Zoé", MONDAY] == ("refuse", "ce jour est réservé par l’autre foyer")
    receipt = book(mother, {zoe.pk: remove(MONDAY)})
    assert outcomes(receipt)["Zoé", MONDAY] == ("inchange", "jour sans réservation")
    assert days_booked(zoe) == {MONDAY}


# --- Counted places ---------------------------------------------------------------------------------------------------


@pytest.fixture
def one_place(zoe):
    site = zoe.enrolments.get().site
    site.places = 1
    site.save()
    return site


def test_the_last_place_goes_to_the_first_child_and_the_second_is_told(mother, zoe, one_place):
    tom, _ = a_child_at_the_canteen(mother.family, first_name="Tom", school=zoe.school)
    receipt = book(mother, {zoe.pk: add(MONDAY), tom.pk: add(MONDAY)})
    assert outcomes(receipt)["Zoé", MONDAY][0] == "reserve"
    assert outcomes(receipt)["Tom", MONDAY] == ("refuse", "il ne reste plus de place ce jour-là")


def test_a_place_given_back_can_be_taken_again(mother, zoe, one_place):
    book(mother, {zoe.pk: add(MONDAY)})
    book(mother, {zoe.pk: remove(MONDAY)})
    assert outcomes(book(mother, {zoe.pk: add(MONDAY)}))["Zoé", MONDAY][0] == "reserve"


def test_a_day_may_have_places_of_its_own(mother, zoe, one_place):
    SiteDay.objects.create(site=one_place, day=MONDAY, places=0)
    receipt = book(mother, {zoe.pk: add(MONDAY, TUESDAY)})
    assert outcomes(receipt)["Zoé", MONDAY][0] == "refuse"
    assert outcomes(receipt)["Zoé", TUESDAY][0] == "reserve"
