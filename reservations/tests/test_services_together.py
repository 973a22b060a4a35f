"""One submit for several services: formulas, closed days, places offered, what an agent does at the counter."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import FamilyRequest
from families.tests.factories import FamilyFactory, FamilyRequestFactory, GuardianFactory
from reservations import services
from reservations.models import Booking, Closure, ReceiptLine, SiteDay, WaitingEntry
from reservations.rules.changes import DayChanges, formula_changes
from reservations.tests.factories import BookingFactory, a_child_at_the_canteen, a_child_on_wednesdays

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
MONDAY, WEDNESDAY, LATER = date(2026, 12, 7), date(2026, 12, 9), date(2026, 12, 16)
SOON = date(2026, 11, 23)
DAY, MORNING = "journee-repas", "matin"
CANTEEN, WEDNESDAYS = "restauration", "mercredis"


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    child, _ = a_child_at_the_canteen(mother.family, first_name="Zoé")
    a_child_on_wednesdays(mother.family, child=child)
    return child


def book(guardian, changes, *, at=NOON, user=None, **options):
    return services.book_days(
        family=guardian.family,
        guardian=guardian,
        user=user or guardian.user,
        changes=changes,
        submission=uuid4(),
        at=at,
        **options,
    )


def add(*days, formula=""):
    return DayChanges(additions=frozenset(days), formulas=dict.fromkeys(days, formula))


def outcomes(receipt):
    return {(line.activity.slug, line.day): (line.outcome, line.reason) for line in receipt.lines.all()}


def active():
    rows = Booking.objects.filter(status="active").order_by("day")
    return [(row.activity.slug, row.day, row.formula) for row in rows.select_related("activity")]


# --- Several services, formulas ---------------------------------------------------------------------------------------


def test_one_submit_books_several_services_under_one_receipt(mother, zoe):
    receipt = book(mother, {(zoe.pk, CANTEEN): add(MONDAY), (zoe.pk, WEDNESDAYS): add(WEDNESDAY, formula=DAY)})

    assert active() == [(CANTEEN, MONDAY, ""), (WEDNESDAYS, WEDNESDAY, DAY)]
    assert receipt.request.summary == (
        "Restauration scolaire, Accueil de loisirs du mercredi, décembre 2026\u00a0: 2 ajouts (Zoé)"
    )
    mail = Email.objects.get()
    for text in (mail.message, mail.html_message):
        assert "Zoé, Restauration scolaire" in text
        assert "réservé (journée avec repas)" in text


def test_a_formula_is_changed_in_one_line_and_the_place_is_kept(mother, zoe):
    site = zoe.enrolments.get(activity__slug=WEDNESDAYS).site
    type(site).objects.filter(pk=site.pk).update(places=1)
    book(mother, {(zoe.pk, WEDNESDAYS): add(WEDNESDAY, formula=DAY)})

    receipt = book(mother, {(zoe.pk, WEDNESDAYS): formula_changes({WEDNESDAY: DAY}, {WEDNESDAY: MORNING})})

    assert outcomes(receipt) == {(WEDNESDAYS, WEDNESDAY): ("modifie", "au lieu de\u00a0: Journée avec repas")}
    assert active() == [(WEDNESDAYS, WEDNESDAY, MORNING)]
    assert receipt.request.summary.endswith("1 formule changée (Zoé)")


@pytest.mark.parametrize("formula", ["", "apres-midi", "inventee"])
def test_a_formula_that_is_not_offered_is_refused(mother, zoe, formula):
    receipt = book(mother, {(zoe.pk, WEDNESDAYS): add(WEDNESDAY, formula=formula)})
    assert outcomes(receipt) == {(WEDNESDAYS, WEDNESDAY): ("refuse", "choisissez une des formules proposées")}
    assert active() == []


def test_a_formula_cannot_change_past_the_deadline(mother, zoe):
    book(mother, {(zoe.pk, WEDNESDAYS): add(WEDNESDAY, formula=DAY)})
    late = datetime(2026, 12, 8, 9, tzinfo=PARIS)
    receipt = book(mother, {(zoe.pk, WEDNESDAYS): formula_changes({WEDNESDAY: DAY}, {WEDNESDAY: MORNING})}, at=late)
    outcome, reason = outcomes(receipt)[WEDNESDAYS, WEDNESDAY]
    assert outcome == "refuse"
    assert reason.endswith("la formule reste la même")
    assert active() == [(WEDNESDAYS, WEDNESDAY, DAY)]


def test_what_the_other_parent_chose_meanwhile_is_not_overwritten(mother, zoe):
    book(mother, {(zoe.pk, WEDNESDAYS): add(WEDNESDAY, formula=MORNING)})
    asked = formula_changes({WEDNESDAY: DAY}, {WEDNESDAY: DAY, LATER: DAY})  # the page was shown with the whole day
    receipt = book(mother, {(zoe.pk, WEDNESDAYS): asked})
    outcome, reason = outcomes(receipt)[WEDNESDAYS, WEDNESDAY]
    assert outcome == "inchange"
    assert "formule changée entre-temps par vous" in reason
    assert active() == [(WEDNESDAYS, WEDNESDAY, MORNING), (WEDNESDAYS, LATER, DAY)]


# --- Closed days, offers ----------------------------------------------------------------------------------------------


def test_a_day_that_agents_closed_for_the_school_is_refused_to_its_pupils_only(mother, zoe):
    closure = Closure.objects.create(
        kind="greve",
        label="Grève",
        starts_on=MONDAY,
        ends_on=MONDAY,
        school=zoe.school,
        decided_at=NOON,
        decided_by=UserFactory(),
    )
    closure.activities.add(zoe.enrolments.get(activity__slug=CANTEEN).activity)
    other, _ = a_child_at_the_canteen(mother.family, first_name="Tom")
    assert other.school != zoe.school

    receipt = book(mother, {(zoe.pk, CANTEEN): add(MONDAY), (other.pk, CANTEEN): add(MONDAY)})

    said = {line.child.first_name: (line.outcome, line.reason) for line in receipt.lines.all()}
    assert said == {"Zoé": ("refuse", "service fermé (Grève)"), "Tom": ("reserve", "")}
    Closure.objects.update(undone_at=NOON)
    book(mother, {(zoe.pk, CANTEEN): add(MONDAY)})
    assert Booking.objects.filter(child=zoe).exists()


@pytest.fixture
def last_place(mother, zoe):
    """The only place of Wednesday, offered to Zoé, whom the waiting list has come to."""
    enrolment = zoe.enrolments.get(activity__slug=WEDNESDAYS)
    type(enrolment.site).objects.filter(pk=enrolment.site_id).update(places=1)
    return WaitingEntry.objects.create(
        request=FamilyRequestFactory(family=mother.family),
        enrolment=enrolment,
        child=zoe,
        family=mother.family,
        activity=enrolment.activity,
        site=enrolment.site,
        day=WEDNESDAY,
        status="proposee",
        joined_at=NOON - timedelta(days=2),
        offered_at=NOON - timedelta(hours=1),
        offered_until=NOON + timedelta(hours=1),
    )


def test_a_place_that_is_offered_is_held_for_the_child_who_waited(mother, zoe, last_place):
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    other, _ = a_child_on_wednesdays(stranger.family, first_name="Ana")
    asked = add(WEDNESDAY, formula=DAY)
    assert outcomes(book(stranger, {(other.pk, WEDNESDAYS): asked}))[WEDNESDAYS, WEDNESDAY][0] == "refuse"

    assert outcomes(book(mother, {(zoe.pk, WEDNESDAYS): asked}))[WEDNESDAYS, WEDNESDAY][0] == "reserve"
    last_place.refresh_from_db()
    assert (last_place.status, last_place.booking.child) == ("prise", zoe)


def test_an_offer_that_has_expired_holds_nothing(mother, zoe, last_place):
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    other, _ = a_child_on_wednesdays(stranger.family, first_name="Ana")
    at = last_place.offered_until
    receipt = book(stranger, {(other.pk, WEDNESDAYS): add(WEDNESDAY, formula=DAY)}, at=at)
    assert outcomes(receipt)[WEDNESDAYS, WEDNESDAY][0] == "reserve"


def test_a_place_given_back_late_is_free_for_another(mother, zoe):
    enrolment = zoe.enrolments.get(activity__slug=WEDNESDAYS)
    type(enrolment.site).objects.filter(pk=enrolment.site_id).update(places=1)
    held = BookingFactory(enrolment=enrolment, day=WEDNESDAY, formula=DAY)
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    other, _ = a_child_on_wednesdays(stranger.family, first_name="Ana")
    asked = {(other.pk, WEDNESDAYS): add(WEDNESDAY, formula=DAY)}

    assert outcomes(book(stranger, asked))[WEDNESDAYS, WEDNESDAY][0] == "refuse"
    Booking.objects.filter(pk=held.pk).update(given_back_at=NOON)
    assert outcomes(book(stranger, asked))[WEDNESDAYS, WEDNESDAY][0] == "reserve"


# --- At the counter ---------------------------------------------------------------------------------------------------


def test_an_agent_books_past_the_deadline_and_says_why(mother, zoe):
    agent = UserFactory(is_staff=True)
    asked = {(zoe.pk, CANTEEN): add(SOON, MONDAY)}

    with pytest.raises(services.LateReasonNeeded) as refusal:
        book(mother, asked, user=agent, at_desk=True)
    assert refusal.value.days == [SOON]
    assert not FamilyRequest.objects.filter(kind="reservation").exists()

    receipt = book(mother, asked, user=agent, at_desk=True, late_reason="Hospitalisation de la mère")
    assert outcomes(receipt) == {
        (CANTEEN, SOON): ("reserve", "hors délai\u00a0: Hospitalisation de la mère"),
        (CANTEEN, MONDAY): ("reserve", ""),
    }
    late = {row.day: row.late_reason for row in Booking.objects.all()}
    assert late == {SOON: "Hospitalisation de la mère", MONDAY: ""}
    assert receipt.request.entered_by == agent


def test_an_agent_cancels_past_the_deadline(mother, zoe):
    BookingFactory(enrolment=zoe.enrolments.get(activity__slug=CANTEEN), day=SOON)
    receipt = book(
        mother,
        {(zoe.pk, CANTEEN): DayChanges(removals=frozenset([SOON]))},
        user=UserFactory(is_staff=True),
        at_desk=True,
        late_reason="Erreur du service",
    )
    assert outcomes(receipt) == {(CANTEEN, SOON): ("annule", "hors délai\u00a0: Erreur du service")}
    assert active() == []


def test_an_agent_gives_no_place_that_does_not_exist(mother, zoe):
    site = zoe.enrolments.get(activity__slug=CANTEEN).site
    type(site).objects.filter(pk=site.pk).update(places=30)
    SiteDay.objects.create(site=site, day=SOON, places=0)
    receipt = book(
        mother,
        {(zoe.pk, CANTEEN): add(SOON)},
        user=UserFactory(is_staff=True),
        at_desk=True,
        late_reason="Urgence",
    )
    assert ReceiptLine.objects.get(receipt=receipt).reason == "il ne reste plus de place ce jour-là"
