"""Enrolling several at once, what agents accept, what ends, what moves, what goes over to the next year."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from documents.expectations import expectations_of
from documents.tests.factories import DocumentKindFactory, RegulationVersionFactory
from families import child_changes
from families.models import FamilyRequest
from families.services.requests import accept_request, refuse_request, withdraw_request
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory, SchoolFactory
from reservations import services
from reservations.models import (
    Activity,
    ActivitySite,
    Booking,
    BookingReceipt,
    Enrolment,
    EnrolmentDemand,
    ReceiptLine,
    WaitingEntry,
    YearRollover,
)
from reservations.queries.enrolments import carry_preview, ending_preview, move_preview
from reservations.services.enrolling import (
    NoPlaceThere,
    UnknownEnrolment,
    carry_batch,
    carry_over,
    raise_levels,
    resume_carrying,
)
from reservations.tests.factories import (
    ActivityFactory,
    ActivitySiteFactory,
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    SiteFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
NEAR, FAR = date(2026, 11, 24), date(2026, 12, 7)  # seven days ahead at the canteen: one is due, one is free
TODAY = NOON.date()
Status = FamilyRequest.Status


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True, family=FamilyFactory())


@pytest.fixture
def agent():
    return UserFactory(agent=True)


@pytest.fixture
def canteen():
    SchoolYearFactory()
    canteen = ActivityFactory()
    RegulationVersionFactory(regulation=canteen.regulation)
    return canteen


def centre(activity, name, **fields):
    hours = {"opens_at": time(7, 30), "closes_at": time(18, 30)}
    return ActivitySite.objects.create(activity=activity, venue=SiteFactory(name=name), **hours, **fields)


def centres(**fields):
    """Make Wednesdays in two centres, which agents accept when asked to."""
    wednesdays = ActivityFactory(
        slug="mercredis", name="Mercredis", is_meal=False, on_wednesday=True, on_monday=False, **fields
    )
    RegulationVersionFactory(regulation=wednesdays.regulation)
    return wednesdays, [centre(wednesdays, name) for name in ("Lambert", "Agout")]


def kin(mother, canteen, name):
    child = ChildFactory(at_home=mother.family, first_name=name)
    ActivitySiteFactory(activity=canteen, school=child.school)
    return child


def enrol(mother, *keys, sites=None, at_desk=False, user=None):
    versions = {version.pk for activity in Activity.objects.all() for version in activity.regulation.versions.all()}
    return services.enrol_children(
        family=mother.family,
        guardian=mother,
        user=user or mother.user,
        asked=[services.Wished(key, (sites or {}).get(key)) for key in keys],
        accepted=versions,
        at=NOON,
        at_desk=at_desk,
    )


def key(child, activity="restauration", year="2026-2027"):
    return f"{child.pk}/{activity}/{year}"


# --- Several at once --------------------------------------------------------------------------------------------------


def test_three_children_in_one_go_leave_three_numbers_and_one_mail(mother, canteen):
    children = [kin(mother, canteen, name) for name in ("Tom", "Léa", "Zoé")]
    outcomes = enrol(mother, *map(key, children))
    assert [outcome.request.number for outcome in outcomes] == [f"D2026-00000{n}" for n in (1, 2, 3)]
    mail = Email.objects.get()
    assert all(child.first_name in mail.message for child in children)
    assert all(outcome.request.number in mail.message for outcome in outcomes)


def test_what_is_refused_refuses_nothing_else(mother, canteen):
    tom = kin(mother, canteen, "Tom")
    far = ChildFactory(at_home=mother.family, first_name="Max", school__without_canteen=True)
    done, refused = enrol(mother, key(tom), key(far))
    assert done.enrolment is not None
    assert "pas de restauration sur place" in refused.refusal
    with pytest.raises(Refusal, match="pas de restauration sur place"):
        enrol(mother, key(far))


def test_another_household_s_child_is_not_to_be_enrolled(mother, canteen):
    stranger = ChildFactory(at_home=FamilyFactory(name="Durand"))
    ActivitySiteFactory(activity=canteen, school=stranger.school)
    with pytest.raises(Refusal, match="ne sont pas ouvertes"):
        enrol(mother, key(stranger))


def test_a_centre_is_chosen_and_only_one_of_the_activity(mother, canteen):
    tom = kin(mother, canteen, "Tom")
    _, (lambert, agout) = centres()
    wish = key(tom, "mercredis")
    with pytest.raises(Refusal, match="Choisissez le lieu"):
        enrol(mother, wish)
    with pytest.raises(Refusal, match="Choisissez le lieu"):
        enrol(mother, wish, sites={wish: ActivitySite.objects.get(activity=canteen).pk})
    (done,) = enrol(mother, wish, sites={wish: agout.pk})
    assert done.enrolment.site == agout
    assert lambert != agout


# --- Accepted by an agent ---------------------------------------------------------------------------------------------


@pytest.fixture
def asked(mother, canteen):
    """A request for Tom, which waits for an agent."""
    _, (lambert, _) = centres(enrolling=Activity.Enrolling.AGENT)
    wish = key(kin(mother, canteen, "Tom"), "mercredis")
    (outcome,) = enrol(mother, wish, sites={wish: lambert.pk})
    return outcome.demand


def test_an_activity_that_agents_accept_makes_a_request_that_waits(mother, asked):
    assert not Enrolment.objects.exists()
    assert asked.request.status == Status.RECEIVED
    assert asked.request.promised_on is not None
    assert asked.request.number in Email.objects.get().message
    (again,) = enrol(mother, key(asked.child, "mercredis"))
    assert again.demand == asked
    assert EnrolmentDemand.objects.count() == 1


def test_the_acceptance_makes_the_enrolment_under_the_same_number(asked, agent):
    agout = ActivitySite.objects.get(venue__name="Agout")
    answers = {"starts_on": date(2027, 1, 4), "site": str(agout.pk)}
    accept_request(request=asked.request, by=agent, words="Bienvenue.", at=NOON, answers=answers)
    made = Enrolment.objects.get()
    assert (made.request, made.site, made.starts_on, made.ends_on) == (
        asked.request,
        agout,
        date(2027, 1, 4),
        date(2027, 7, 2),
    )
    asked.refresh_from_db()
    assert asked.status == EnrolmentDemand.Status.ACCEPTED


def test_a_refusal_or_a_withdrawal_lets_the_family_ask_again(mother, asked, agent):
    refuse_request(request=asked.request, by=agent, words="Complet.", at=NOON)
    wish = key(asked.child, "mercredis")
    (again,) = enrol(mother, wish, sites={wish: asked.site_id})
    assert again.demand != asked
    withdraw_request(request=again.demand.request, by=mother.user, at=NOON)
    assert set(EnrolmentDemand.objects.values_list("status", flat=True)) == {"refusee", "retiree"}
    assert not Enrolment.objects.exists()


def test_a_day_outside_the_year_is_refused_and_nothing_is_decided(asked, agent):
    with pytest.raises(Refusal, match="va du 1er septembre 2026"):
        accept_request(request=asked.request, by=agent, words="", at=NOON, answers={"starts_on": date(2027, 8, 1)})
    asked.request.refresh_from_db()
    assert asked.request.is_open


def test_at_the_counter_the_agent_s_deed_is_the_acceptance(mother, canteen, agent):
    _, (lambert, _) = centres(enrolling=Activity.Enrolling.AGENT)
    wish = key(kin(mother, canteen, "Tom"), "mercredis")
    (outcome,) = enrol(mother, wish, sites={wish: lambert.pk}, at_desk=True, user=agent)
    assert outcome.enrolment is not None


def test_one_request_waits_at_a_time_for_a_child_an_activity_and_a_year(asked):
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentDemand.objects.create(
            request=EnrolmentFactory(child=asked.child, family=asked.family).request,
            child=asked.child,
            family=asked.family,
            activity=asked.activity,
            site=asked.site,
            school_year=asked.school_year,
            acceptance=asked.acceptance,
        )


def test_the_papers_of_what_is_asked_for_are_expected(asked):
    kind = DocumentKindFactory(slug="natation", subject="enfant")
    asked.activity.required_documents.add(kind)
    expected = [(row.kind, row.child) for row in expectations_of(asked.family, NOON.date())]
    assert ("natation", asked.child_id) in expected
    assert expectations_of(FamilyFactory(), NOON.date()) == []


# --- An end -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def enrolled(mother):
    _, enrolment = a_child_at_the_canteen(mother.family, first_name="Zoé")
    for day in (date(2026, 11, 10), NEAR, FAR):
        BookingFactory(enrolment=enrolment, day=day)
    return enrolment


def end(mother, enrolment, *, last_day=TODAY, by_agent=False, user=None, **given):
    return services.end_enrolment(
        family=mother.family,
        guardian=mother,
        user=user or mother.user,
        enrolment=enrolment.pk,
        last_day=last_day,
        reason="fini",
        submission=given.pop("submission", None) or uuid4(),
        at=NOON,
        by_agent=by_agent,
    )


def standing(enrolment):
    rows = Booking.objects.filter(enrolment=enrolment, status=Booking.Status.ACTIVE)
    return sorted(rows.values_list("day", flat=True))


def test_the_family_s_end_frees_what_the_rule_lets_go_and_says_what_stays(mother, enrolled):
    preview = ending_preview(enrolled, NOON.date(), at=NOON)
    assert (preview.freed, [kept.day for kept in preview.kept]) == ([FAR], [NEAR])
    ending = end(mother, enrolled)
    assert standing(enrolled) == [date(2026, 11, 10), NEAR]
    assert (ending.request.status, ending.request.kind) == (Status.PARTLY, "fin-inscription")
    lines = {line.day: line.outcome for line in BookingReceipt.objects.get(request=ending.request).lines.all()}
    assert lines == {NEAR: ReceiptLine.Outcome.REFUSED, FAR: ReceiptLine.Outcome.CANCELLED}
    enrolled.refresh_from_db()
    assert (enrolled.ends_on, enrolled.end_reason, enrolled.end_request) == (NOON.date(), "fini", ending.request)
    told = {address for mail in Email.objects.all() for address in mail.to}
    assert told == {mother.user.email, ending.request.service_email}  # both of them


def test_an_agent_frees_every_day_to_come_but_no_past_one(mother, enrolled, agent):
    ending = end(mother, enrolled, last_day=date(2026, 11, 5), by_agent=True, user=agent)
    assert standing(enrolled) == [date(2026, 11, 10)]
    assert ending.request.status == Status.DONE
    assert {address for mail in Email.objects.all() for address in mail.to} == {mother.user.email}


def test_the_same_form_sent_twice_ends_once(mother, enrolled):
    first = end(mother, enrolled)
    assert end(mother, enrolled).request == first.request
    assert FamilyRequest.objects.filter(kind="fin-inscription").count() == 1


def test_what_the_child_waited_for_is_given_up(mother, enrolled):
    for day in (date(2026, 11, 18), FAR):
        WaitingEntry.objects.create(
            request=enrolled.request,
            enrolment=enrolled,
            child=enrolled.child,
            family=mother.family,
            activity=enrolled.activity,
            site=enrolled.site,
            day=day,
            joined_at=NOON,
        )
    assert end(mother, enrolled).waits == 1
    assert list(WaitingEntry.objects.order_by("day").values_list("status", flat=True)) == ["attente", "retiree"]


def test_an_enrolment_given_up_before_its_first_day_has_no_day_left(mother):
    enrolled = a_child_at_the_canteen(mother.family)[1]
    Enrolment.objects.update(starts_on=date(2027, 1, 4))
    end(mother, enrolled)
    enrolled.refresh_from_db()
    assert enrolled.never_began


def test_who_has_stopped_may_come_back_the_same_year(mother, enrolled, canteen):
    end(mother, enrolled, last_day=date(2026, 12, 18))
    (back,) = enrol(mother, key(enrolled.child))
    assert back.enrolment.starts_on == date(2026, 12, 19)
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFactory(child=enrolled.child, family=mother.family)


@pytest.mark.parametrize(
    "last_day, words",
    [(date(2026, 11, 18), "aujourd’hui ou un jour à venir"), (date(2027, 7, 3), "se termine déjà")],
)
def test_a_last_day_outside_is_refused(mother, enrolled, last_day, words):
    with pytest.raises(Refusal, match=words):
        end(mother, enrolled, last_day=last_day)
    assert len(standing(enrolled)) == 3


def test_another_household_s_enrolment_does_not_exist(enrolled):
    other = GuardianFactory(with_space=True, family=FamilyFactory(name="Durand"))
    with pytest.raises(UnknownEnrolment):
        end(other, enrolled)


def test_a_child_who_leaves_a_household_has_her_enrolments_ended_there_alone(mother, enrolled, agent):
    father = FamilyFactory(name="Bernard")
    CustodyFactory(child=enrolled.child, family=father, odd_weeks=True)
    theirs = EnrolmentFactory(child=enrolled.child, family=father)
    with transaction.atomic():
        left = child_changes.depart(
            child=enrolled.child, family=mother.family, after=NOON.date(), by=agent, guardian=mother, at=NOON
        )
    assert "24" in left[0]  # the kitchen has ordered it
    assert standing(enrolled) == [date(2026, 11, 10)]
    enrolled.refresh_from_db()
    theirs.refresh_from_db()
    assert (enrolled.end_reason, theirs.ended_at) == ("depart", None)


def test_an_enrolment_that_is_ended_says_why(enrolled):
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.update(ended_at=NOON)


# --- Another place ----------------------------------------------------------------------------------------------------


@pytest.fixture
def wednesday(mother):
    """A child in a centre, with two Wednesdays booked, and another centre with one place."""
    child, enrolment = a_child_on_wednesdays(mother.family)
    for day in (date(2026, 11, 25), date(2026, 12, 2), date(2026, 12, 9)):
        BookingFactory(enrolment=enrolment, day=day, formula="matin")
    other = centre(enrolment.activity, "Agout", places=1)
    return enrolment, other


def move(enrolment, site, agent, *, on=date(2026, 12, 1), leave_full_days=False):
    return services.move_enrolment(
        enrolment=enrolment.pk, site=site.pk, on=on, leave_full_days=leave_full_days, user=agent, at=NOON
    )


def fill_up(site, day):
    rival = EnrolmentFactory(activity=site.activity, site=site)
    BookingFactory(enrolment=rival, day=day)


def test_days_follow_from_the_day_said_and_the_past_stays_where_it_was(wednesday, agent, mother):
    enrolment, other = wednesday
    old = enrolment.site
    moved = move(enrolment, other, agent)
    assert [(row.day, row.site) for row in Booking.objects.order_by("day")] == [
        (date(2026, 11, 25), old),
        (date(2026, 12, 2), other),
        (date(2026, 12, 9), other),
    ]
    enrolment.refresh_from_db()
    assert (enrolment.ends_on, enrolment.end_reason) == (date(2026, 11, 30), "deplacee")
    assert (moved.enrolment.starts_on, moved.enrolment.site) == (date(2026, 12, 1), other)
    assert Email.objects.get().to == [mother.user.email]


def test_a_full_day_stops_the_move_unless_it_may_stay(wednesday, agent):
    enrolment, other = wednesday
    fill_up(other, date(2026, 12, 9))
    assert move_preview(enrolment, other, date(2026, 12, 1), at=NOON).full == [date(2026, 12, 9)]
    with pytest.raises(NoPlaceThere, match="9"):
        move(enrolment, other, agent)
    assert Enrolment.objects.filter(child=enrolment.child).count() == 1
    moved = move(enrolment, other, agent, leave_full_days=True)
    assert (moved.followed, moved.stayed) == ([date(2026, 12, 2)], [date(2026, 12, 9)])
    assert Booking.objects.get(child=enrolment.child, day=date(2026, 12, 9)).site == enrolment.site


def test_a_move_before_the_first_day_changes_the_place_alone(wednesday, agent):
    enrolment, other = wednesday
    Booking.objects.all().delete()
    Enrolment.objects.update(starts_on=date(2027, 1, 4))
    moved = move(enrolment, other, agent, on=date(2027, 1, 4))
    assert moved.enrolment == enrolment
    assert Enrolment.objects.get().site == other


def test_a_school_that_is_not_the_child_s_does_not_take_her(mother, agent):
    _, enrolment = a_child_at_the_canteen(mother.family)
    other = ActivitySiteFactory(activity=enrolment.activity, school=SchoolFactory(name="Lambert"))
    with pytest.raises(Refusal, match="ne reçoit pas cet enfant"):
        move(enrolment, other, agent)


# --- The end of the year ----------------------------------------------------------------------------------------------

MAY = datetime(2027, 5, 10, 9, tzinfo=PARIS)


@pytest.fixture
def years():
    return SchoolYearFactory(), SchoolYearFactory(label="2027-2028")


def at_level(level, **fields):
    mother = GuardianFactory(with_space=True, family=FamilyFactory())
    return a_child_at_the_canteen(mother.family, level=level, **fields)[1]


def test_who_goes_over_and_who_does_not_with_why(years, agent):
    goes, leaves = at_level("CE1"), at_level("CM2")
    grows = at_level("GS", school=SchoolFactory(kind="maternelle", name="Prévert"))
    stopped = at_level("CE1")
    Enrolment.objects.filter(pk=stopped.pk).update(ended_at=NOON, end_reason="fini", ends_on=date(2026, 12, 1))
    preview = carry_preview(*years)
    assert (preview.total, len(preview.set_aside)) == (1, 2)
    carry_over(from_year=years[0], to_year=years[1], user=agent, at=MAY)
    resume_carrying(at=MAY)
    made = Enrolment.objects.get(school_year=years[1])
    assert (made.child, made.site, made.starts_on) == (goes.child, goes.site, years[1].starts_on)
    assert made.rollover is not None
    assert made.request.number.startswith("D2027-")
    aside = {each.enrolment.child: why for why, children in preview.set_aside for each in children}
    assert aside == {leaves.child: "quitte l’école primaire après le CM2", grows.child: aside[grows.child]}
    assert "école élémentaire est à choisir" in aside[grows.child]
    assert len(Email.objects.filter(subject__contains="2027-2028")) == 1


def test_a_run_started_twice_or_killed_enrols_nobody_twice(years, agent, monkeypatch):
    for _ in range(5):
        at_level("CE1")
    monkeypatch.setattr("reservations.services.enrolling.carrying.BATCH", 2)
    run = carry_over(from_year=years[0], to_year=years[1], user=agent, at=MAY)
    assert carry_batch(run=run.pk, at=MAY) == 2  # and the machine stops
    assert resume_carrying(at=MAY) == 3
    run = carry_over(from_year=years[0], to_year=years[1], user=agent, at=MAY + timedelta(days=1))
    assert resume_carrying(at=MAY) == 0
    assert Enrolment.objects.filter(school_year=years[1]).count() == 5
    assert YearRollover.objects.get().finished_at is not None
    assert run.pk == YearRollover.objects.get().pk


def test_a_family_that_enrolled_by_itself_is_left_alone(years, agent):
    row = at_level("CE1")
    EnrolmentFactory(child=row.child, family=row.family, school_year=years[1])
    carry_over(from_year=years[0], to_year=years[1], user=agent, at=MAY)
    assert resume_carrying(at=MAY) == 0


def test_a_preview_costs_the_same_with_one_and_with_ten(years, django_assert_max_num_queries):
    at_level("CE1")
    for _ in range(2):
        with django_assert_max_num_queries(5):
            carry_preview(*years)
        for _ in range(9):
            at_level("CM2")


def test_a_year_that_does_not_follow_is_refused(years, agent):
    with pytest.raises(Refusal, match="ne suit pas"):
        carry_over(from_year=years[1], to_year=years[0], user=agent, at=MAY)


def test_on_the_first_day_who_was_carried_over_goes_up_once(years, agent):
    first_day = years[1].starts_on
    goes, entered, nursery = at_level("CE1", class_name="CE1 B"), at_level("MS"), at_level("CE1")
    carry_over(from_year=years[0], to_year=years[1], user=agent, at=MAY)
    resume_carrying(at=MAY)
    Enrolment.objects.filter(child=nursery.child, school_year=years[1]).delete()  # not carried: nobody touches her
    LogEntry.objects.all().delete()  # the children were typed long ago
    with time_machine.travel(datetime(2027, 8, 20, 9, tzinfo=PARIS), tick=False):
        entered.child.level = "GS"  # her mother told the town in the summer
        entered.child.save()
    assert raise_levels(today=first_day - timedelta(days=1)) == 0

    with time_machine.travel(datetime(2027, 9, 2, 2, 20, tzinfo=PARIS), tick=False):
        assert raise_levels(today=date(2027, 9, 2)) == 1
        assert raise_levels(today=date(2027, 9, 3)) == 0  # each night

    levels = {
        row.child.pk: (row.child.level, row.child.class_name) for row in Enrolment.objects.select_related("child")
    }
    assert levels[goes.child_id] == ("CE2", "")
    assert levels[entered.child_id][0] == "GS"
    assert levels[nursery.child_id][0] == "CE1"


def test_who_enters_cp_waits_for_her_school_and_who_leaves_cm2_leaves_hers(years, agent):
    oldest, youngest = at_level("CM2"), at_level("GS", school=SchoolFactory(kind="maternelle", name="Prévert"))
    run = YearRollover.objects.create(from_year=years[0], to_year=years[1], started_at=MAY, started_by=agent)
    for row in (oldest, youngest):  # on Wednesdays, in a centre, both go over
        EnrolmentFactory(child=row.child, family=row.family, school_year=years[1], rollover=run)
    LogEntry.objects.all().delete()
    with time_machine.travel(datetime(2027, 9, 2, 2, 20, tzinfo=PARIS), tick=False):
        assert raise_levels(today=date(2027, 9, 2)) == 1
    oldest.child.refresh_from_db()
    youngest.child.refresh_from_db()
    assert (oldest.child.level, oldest.child.school) == ("", None)
    assert youngest.child.level == "GS"
