"""Announcing an absence, and what becomes of it: every day is answered for, and the calendar says the same."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families import attachments
from families.models import Family, FamilyRequest
from families.services.requests import accept_request, refuse_request, withdraw_request, write_message
from families.tests.factories import FamilyFactory, GuardianFactory
from reservations import services, settlements
from reservations.models import Absence, AbsenceDay, AbsenceReason, Booking, BookingReceipt
from reservations.queries.absences import excused_bookings
from reservations.queries.calendar import Narrowed, Span, calendar_page
from reservations.queries.todo import REASONS
from reservations.rules.changes import DayChanges
from reservations.tests.factories import (
    AbsenceReasonFactory,
    AbsenceRuleFactory,
    BookingFactory,
    a_child_at_the_canteen,
)

pytestmark = pytest.mark.django_db

MON, TUE, THU, FRI, LATER = (date(2026, 12, number) for number in (7, 8, 10, 11, 17))
MORNING = datetime(2026, 12, 7, 8, 15, tzinfo=PARIS)
Outcome, Status = AbsenceDay.Outcome, FamilyRequest.Status


@pytest.fixture
def rule():
    return AbsenceRuleFactory()


@pytest.fixture
def mother(rule):
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    child, enrolment = a_child_at_the_canteen(mother.family, first_name="Zoé")
    for day in (MON, TUE, THU, FRI, LATER):
        BookingFactory(enrolment=enrolment, day=day)
    return child


@pytest.fixture
def agent():
    return UserFactory(agent=True, role=roles.AGENTS)


@pytest.fixture
def heard(monkeypatch):
    """What the listeners of granted absences are told."""
    told = []
    monkeypatch.setattr(settlements, "_listeners", [lambda days, at: told.extend(row.day for row in days)])
    return told


def announce(guardian, child, *days, reason="maladie", at=MORNING, words="", shown=None, submission=None):
    return services.announce_absence(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        child=child.pk,
        activity="restauration",
        days=days,
        reason=reason,
        words=words,
        shown=shown,
        submission=submission or uuid4(),
        at=at,
    )


def outcomes(absence):
    return {row.day: row.outcome for row in absence.days.all()}


def reasons(absence):
    return {row.day: row.reason for row in absence.days.all()}


def excused(guardian):
    return set(
        Booking.objects.filter(pk__in=excused_bookings([guardian.family_id], MON, LATER)).values_list("day", flat=True)
    )


# --- Announcing -------------------------------------------------------------------------------------------------------


def test_an_illness_waits_for_its_proof_and_the_bookings_stay(mother, zoe):
    absence = announce(mother, zoe, MON, TUE, words="Elle a de la fièvre.")

    assert outcomes(absence) == {MON: Outcome.ACCEPTED, TUE: Outcome.PENDING}
    assert reasons(absence)[MON] == "le jour reste facturé, c’est le jour de carence"
    assert (absence.request.number, absence.request.status) == ("D2026-000001", Status.RECEIVED)
    assert absence.announced_at == MORNING
    assert absence.proof_until == datetime(2026, 12, 10, tzinfo=PARIS)
    assert absence.request.summary == "Absence de Zoé, restauration scolaire : 2 jours, décembre 2026"
    assert Booking.objects.filter(status="active").count() == 5
    assert excused(mother) == set()


def test_the_mail_says_each_day_and_never_why(mother, zoe):
    announce(mother, zoe, MON, TUE, words="Elle a de la fièvre.")

    mail = Email.objects.get()
    assert mail.to == [mother.user.email]
    assert mail.subject == "Absence annoncée : reçu n° D2026-000001"
    for text in (mail.message, mail.html_message):
        assert "mardi 8 décembre 2026" in text.lower()
        assert "jusqu’au mercredi 9 décembre 2026" in text
        assert "05" in text
        assert "fièvre" not in text
        assert "maladie" not in text.lower()


def test_told_before_the_deadline_it_is_a_cancellation_under_the_same_number(mother, zoe):
    absence = announce(mother, zoe, LATER, at=MORNING)

    assert outcomes(absence) == {LATER: Outcome.CANCELLED}
    assert absence.request.status == Status.DONE
    gone = Booking.objects.get(day=LATER)
    assert (gone.status, gone.cancelled_at, gone.cancelled_by) == ("annulee", MORNING, mother.user)
    assert gone.cancel_receipt.request == absence.request
    assert FamilyRequest.objects.filter(kind="absence").count() == 1
    assert Email.objects.count() == 1


def test_one_submit_may_cancel_some_days_and_announce_others(mother, zoe):
    absence = announce(mother, zoe, MON, LATER, reason="sortie")

    assert outcomes(absence) == {MON: Outcome.ACCEPTED, LATER: Outcome.CANCELLED}
    assert absence.request.status == Status.DONE
    assert excused(mother) == {MON}


def test_a_reason_without_proof_is_decided_at_once_and_told_to_the_billing(mother, zoe, heard):
    absence = announce(mother, zoe, MON, TUE, reason="sortie")

    assert (absence.request.status, absence.request.decided_at) == (Status.DONE, MORNING)
    assert heard == [MON, TUE]
    assert absence.words == ""


def test_a_reason_that_excuses_nothing_is_recorded_and_charged(mother, zoe, heard):
    absence = announce(mother, zoe, MON, reason="autre")

    assert outcomes(absence) == {MON: Outcome.ACCEPTED}
    assert (heard, excused(mother)) == ([], set())


def test_what_cannot_be_taken_is_answered_with_its_reason(mother, zoe):
    absence = announce(
        mother, zoe, MON, date(2026, 12, 9), THU, reason="sortie", at=datetime(2026, 12, 10, 9, tzinfo=PARIS)
    )

    assert outcomes(absence) == {MON: Outcome.IMPOSSIBLE, date(2026, 12, 9): Outcome.IMPOSSIBLE, THU: Outcome.ACCEPTED}
    assert reasons(absence)[MON] == "trop tard pour l’annoncer, c’était possible jusqu’au mercredi 9 décembre 2026"
    assert reasons(absence)[date(2026, 12, 9)] == "jour sans réservation de votre foyer"
    assert absence.request.status == Status.PARTLY


def test_nothing_taken_is_a_refusal_that_is_kept(mother, zoe):
    absence = announce(mother, zoe, date(2026, 12, 9))
    assert absence.request.status == Status.REFUSED


def test_the_same_form_twice_is_one_absence_and_changed_it_is_another(mother, zoe):
    submission = uuid4()
    first = announce(mother, zoe, MON, submission=submission)
    again = announce(mother, zoe, MON, submission=submission)
    other = announce(mother, zoe, MON, TUE, submission=submission)

    assert again.pk == first.pk
    assert outcomes(other)[MON] == Outcome.UNCHANGED
    assert reasons(other)[MON] == "absence déjà annoncée par vous le 07/12/2026 à 08:15 (demande n° D2026-000001)"
    assert Absence.objects.count() == 2


def test_the_other_parent_reads_that_it_is_done(mother, zoe):
    father = GuardianFactory(family=mother.family, other_parent=True, with_space=True)
    announce(mother, zoe, MON)
    absence = announce(father, zoe, MON, TUE)

    assert outcomes(absence) == {MON: Outcome.UNCHANGED, TUE: Outcome.PENDING}
    assert "par vous" not in reasons(absence)[MON]


def test_an_illness_that_goes_on_has_no_second_day_of_carence(mother, zoe):
    announce(mother, zoe, MON)
    absence = announce(mother, zoe, TUE, at=MORNING + timedelta(days=1))
    assert outcomes(absence) == {TUE: Outcome.PENDING}


def test_what_the_page_showed_must_still_hold(mother, zoe):
    with pytest.raises(services.EffectChanged) as refusal:
        announce(mother, zoe, LATER, shown={LATER: "annulation"}, at=datetime(2026, 12, 11, 0, 0, 1, tzinfo=PARIS))
    assert refusal.value.days == [LATER]
    assert Absence.objects.count() == 0
    assert Booking.objects.get(day=LATER).status == "active"

    announce(mother, zoe, LATER, shown={LATER: "annulation"}, at=datetime(2026, 12, 10, 23, 59, 59, tzinfo=PARIS))
    assert Booking.objects.get(day=LATER).status == "annulee"


def test_only_days_of_one_s_own_household(mother, zoe):
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    with pytest.raises(services.UnknownAbsence):
        announce(stranger, zoe, MON)
    assert Absence.objects.count() == 0


@pytest.mark.parametrize("closed", ["rule", "reason"])
def test_an_activity_or_a_reason_that_takes_no_absence(mother, zoe, rule, closed):
    if closed == "rule":
        type(rule).objects.update(is_allowed=False)
    with pytest.raises(services.UnknownAbsence):
        announce(mother, zoe, MON, reason="maladie" if closed == "rule" else "famille")


def test_a_form_without_a_day_or_with_far_too_many(mother, zoe, django_assert_num_queries):
    with django_assert_num_queries(0):
        with pytest.raises(Refusal, match="Cochez au moins un jour"):
            announce(mother, zoe)
        with pytest.raises(Refusal, match="trop de jours"):
            announce(mother, zoe, *(MON + timedelta(days=n) for n in range(401)))


def test_a_later_change_of_the_rule_changes_nothing_announced(mother, zoe, rule, agent):
    absence = announce(mother, zoe, MON, TUE)
    AbsenceReason.objects.filter(rule=rule, kind="maladie").update(charge="oui", carence_days=0)
    accept_request(request=absence.request, by=agent, words="", at=MORNING)
    assert excused(mother) == {TUE}


# --- Deciding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(monkeypatch):
    """A desk that remembers whose papers it was told to erase."""

    class Desk(attachments.NoDesk):
        forgotten: list[str] = []

        def forget(self, request, *, at):
            self.forgotten.append(request.number)

    made = Desk()
    made.forgotten = []
    monkeypatch.setattr(attachments, "_desk", made)
    return made


def test_an_agent_grants_it_and_the_certificate_is_erased(mother, zoe, agent, heard, desk):
    absence = announce(mother, zoe, MON, TUE, THU, words="Elle a de la fièvre.")
    assert Absence.objects.get().words == "Elle a de la fièvre."
    accept_request(request=absence.request, by=agent, words="", at=MORNING + timedelta(days=2))

    assert set(outcomes(absence).values()) == {Outcome.ACCEPTED}
    assert excused(mother) == {TUE, THU} == set(heard)
    assert desk.forgotten == [absence.request.number]
    assert Absence.objects.get().words == ""
    absence.request.refresh_from_db()
    assert absence.request.status == Status.DONE


def test_an_agent_grants_some_days_with_a_word(mother, zoe, agent, heard):
    absence = announce(mother, zoe, MON, TUE, THU)
    with pytest.raises(Refusal, match="Dites à la famille pourquoi"):
        accept_request(request=absence.request, by=agent, words="", at=MORNING, answers={"days": ["2026-12-08"]})
    with pytest.raises(Refusal, match="Cochez au moins un jour"):
        accept_request(request=absence.request, by=agent, words="Non", at=MORNING, answers={"days": []})
    row = accept_request(
        request=absence.request, by=agent, words="Certificat d’un jour.", at=MORNING, answers={"days": ["2026-12-08"]}
    )

    assert row.status == Status.PARTLY
    assert outcomes(absence) == {MON: Outcome.ACCEPTED, TUE: Outcome.ACCEPTED, THU: Outcome.REFUSED}
    assert heard == [TUE]


def test_a_refused_absence_is_charged_and_the_day_can_be_announced_again(mother, zoe, agent, desk):
    absence = announce(mother, zoe, TUE, at=MORNING, reason="maladie")
    assert outcomes(absence) == {TUE: Outcome.ACCEPTED}  # carence: nothing to prove
    other = announce(mother, zoe, THU, FRI)
    refuse_request(request=other.request, by=agent, words="Certificat illisible.", at=MORNING)

    assert outcomes(other) == {THU: Outcome.REFUSED, FRI: Outcome.REFUSED}
    assert excused(mother) == set()
    assert desk.forgotten == [other.request.number]
    again = announce(mother, zoe, FRI, reason="sortie")
    assert outcomes(again) == {FRI: Outcome.ACCEPTED}


def test_a_family_takes_back_what_waits(mother, zoe, desk):
    absence = announce(mother, zoe, MON, TUE, LATER)
    withdraw_request(request=absence.request, by=mother.user, at=MORNING)

    assert outcomes(absence) == {MON: Outcome.ACCEPTED, TUE: Outcome.WITHDRAWN, LATER: Outcome.CANCELLED}
    assert desk.forgotten == [absence.request.number]
    assert outcomes(announce(mother, zoe, TUE)) == {TUE: Outcome.PENDING}


def test_a_proof_can_be_added_from_the_request_s_page(mother, zoe):
    absence = announce(mother, zoe, MON, TUE)
    write_message(
        request=absence.request,
        body="Voici le certificat.",
        submission=uuid4(),
        at=MORNING,
        guardian=mother,
        user=mother.user,
    )
    absence.request.refresh_from_db()
    assert absence.request.unread_by_service


def test_an_absence_that_is_not_medical_keeps_its_proof(mother, zoe, rule, agent, desk):
    AbsenceReasonFactory(rule=rule, kind="famille", needs_proof=True)
    absence = announce(mother, zoe, MON, reason="famille", words="Le mariage de sa tante.")
    accept_request(request=absence.request, by=agent, words="", at=MORNING)
    assert desk.forgotten == []
    assert Absence.objects.get().words == "Le mariage de sa tante."


# --- The calendar -----------------------------------------------------------------------------------------------------


def month_of(mother, zoe, at=MORNING):
    return calendar_page(mother.family, Span.of_month(MON), Narrowed(zoe.pk, "restauration"), at=at)


def cell(mother, zoe, day):
    return next(each for week in month_of(mother, zoe).wall for each in week if each and each["day"] == day)


def test_the_calendar_shows_the_day_as_announced(mother, zoe, agent):
    assert cell(mother, zoe, TUE)["reason"] == "Délai dépassé"
    absence = announce(mother, zoe, MON, TUE)
    assert cell(mother, zoe, TUE)["reason"] == "Absence annoncée"
    assert cell(mother, zoe, TUE)["state"] == "booked"
    refuse_request(request=absence.request, by=agent, words="Non.", at=MORNING)
    assert cell(mother, zoe, TUE)["reason"] == "Délai dépassé"
    assert cell(mother, zoe, MON)["reason"] == "Absence prise en compte"


def test_the_calendar_costs_no_query_more_for_absences(mother, zoe, django_assert_num_queries):
    with django_assert_num_queries(9):
        page = month_of(mother, zoe)
    assert page.takes_absences
    announce(mother, zoe, TUE)
    with django_assert_num_queries(9):
        month_of(mother, zoe)


# --- What the database holds ------------------------------------------------------------------------------------------


def test_one_booking_has_one_standing_absence(mother, zoe):
    absence = announce(mother, zoe, TUE)
    booking = Booking.objects.get(day=TUE)
    other = announce(mother, zoe, LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        AbsenceDay.objects.create(absence=other, day=TUE, booking=booking, outcome="attente", effect="non")
    AbsenceDay.objects.filter(absence=absence).update(outcome="refusee")
    AbsenceDay.objects.create(absence=other, day=TUE, booking=booking, outcome="attente", effect="non")


def test_an_absence_stands_beside_a_booking(mother, zoe):
    absence = announce(mother, zoe, LATER)
    for row in ({"outcome": "attente", "effect": "non"}, {"outcome": "acceptee", "effect": "", "day": TUE}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AbsenceDay.objects.create(**({"absence": absence, "day": MON} | row))


@pytest.mark.parametrize("charge, days", [("carence", 0), ("non", 1), ("oui", 2)])
def test_carence_has_days_and_nothing_else_has(rule, charge, days):
    with pytest.raises(IntegrityError), transaction.atomic():
        AbsenceReasonFactory(rule=rule, kind="famille", charge=charge, carence_days=days)


def test_the_receipt_of_the_calendar_says_who_cancelled(mother, zoe):
    announce(mother, zoe, LATER)
    father = GuardianFactory(family=mother.family, other_parent=True, with_space=True)
    receipt = services.book_days(
        family=father.family,
        guardian=father,
        user=father.user,
        changes={(zoe.pk, "restauration"): DayChanges(removals=frozenset([LATER]))},
        submission=uuid4(),
        at=MORNING,
    )
    assert "déjà annulé par Madame" in receipt.lines.get().reason
    assert BookingReceipt.objects.count() == 2


def test_the_first_page_says_that_a_proof_is_awaited_until_it_is_too_late(mother, zoe, agent):
    def said(today):
        holds = next(reason for reason in REASONS if reason.slug == "justificatif-absence").holds(today)
        return Family.objects.filter(holds, pk=mother.family_id).exists()

    announce(mother, zoe, MON)  # a day of carence: nothing to prove
    assert not said(MON)
    absence = announce(mother, zoe, TUE, reason="maladie")
    assert said(TUE)
    assert said(date(2026, 12, 10))
    assert not said(date(2026, 12, 11))
    accept_request(request=absence.request, by=agent, words="", at=MORNING)
    assert not said(TUE)
