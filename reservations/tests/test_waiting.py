"""The waiting list: joining it, the place that is offered, what the family answers, what agents do with it."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts.roles import AGENTS
from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.models import FamilyRequest
from families.tests.factories import CustodyFactory, FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import (
    Activity,
    ActivitySite,
    Closure,
    Enrolment,
    ReceiptLine,
    SiteDay,
    WaitingEntry,
    WaitingMove,
)
from reservations.queries.waiting import join_page, ranks_of, ways_to_wait
from reservations.rules.changes import DayChanges
from reservations.services import waiting
from reservations.services.booking import MOST_DAYS
from reservations.services.waiting.forgetting import forget_waits
from reservations.tests.factories import WaitingEntryFactory, a_child_at_the_canteen
from reservations.tests.homes import NOON, Home, answers

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)
LAST_MOMENT = datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)  # to book MONDAY, excluded
HOUR = timedelta(hours=1)
Status = WaitingEntry.Status


@pytest.fixture
def has():
    """Who has the only place of MONDAY."""
    home = Home()
    ActivitySite.objects.update(places=1)
    home.book(MONDAY)
    return home


@pytest.fixture
def first(has):
    return Home(has.child.school)


@pytest.fixture
def second(has):
    return Home(has.child.school)


def statuses():
    return list(WaitingEntry.objects.order_by("pk").values_list("status", flat=True))


def mails_to(guardian):
    return [
        (mail.subject.replace("\xa0", " ")) for mail in Email.objects.order_by("pk") if guardian.user.email in mail.to
    ]


# --- Joining ----------------------------------------------------------------------------------------------------------


def test_a_family_joins_the_list_of_a_full_day_and_reads_its_rank(first, second):
    receipt = first.join(MONDAY)
    other = second.join(MONDAY, at=NOON + HOUR)

    assert receipt.request.kind == "liste-attente"
    assert receipt.request.status == FamilyRequest.Status.DONE
    assert (
        receipt.request.summary.replace("\xa0", " ")
        == f"Liste d’attente, restauration scolaire : 1 jour de {first.child.first_name}"
    )
    assert answers(receipt) == {MONDAY: ("attente", "1er sur 1")}
    assert answers(other) == {MONDAY: ("attente", "2e sur 2")}
    assert mails_to(first.guardian) == [f"Vous êtes sur la liste d’attente : demande n° {receipt.request.number}"]
    body = Email.objects.latest("pk").message
    assert "2e sur 2" in body
    assert first.child.last_name.upper() not in body.upper().replace(second.guardian.last_name.upper(), "")


def test_each_day_asked_for_is_answered(has, first):
    second_child, _ = a_child_at_the_canteen(first.family, school=has.child.school)
    first.book(TUESDAY)  # full by her own booking
    receipt = first.join(MONDAY, TUESDAY, date(2026, 12, 10), date(2026, 12, 9), date(2026, 11, 20))
    said = answers(receipt)

    assert said[MONDAY] == ("attente", "1er sur 1")
    assert said[TUESDAY] == ("inchange", "déjà réservé le 19/11/2026 à 12:06")
    assert said[date(2026, 12, 10)] == ("refuse", "il reste une place : réservez ce jour dans le calendrier")
    assert said[date(2026, 12, 9)] == ("refuse", "pas de service le mercredi")
    assert said[date(2026, 11, 20)][0] == "refuse" and "délai de 7 jours dépassé" in said[date(2026, 11, 20)][1]
    assert receipt.request.status == FamilyRequest.Status.PARTLY
    assert answers(first.join(MONDAY, child=second_child))[MONDAY] == ("attente", "2e sur 2")


def test_joining_twice_changes_nothing(first):
    submission = uuid4()
    receipt = first.join(MONDAY, submission=submission)

    assert first.join(MONDAY, submission=submission) == receipt
    assert answers(first.join(MONDAY)) == {MONDAY: ("inchange", "déjà en liste d’attente depuis le 19/11/2026 à 12:06")}
    assert WaitingEntry.objects.count() == 1
    entry = first.entry
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingEntry.objects.create(
            **{
                name: getattr(entry, name)
                for name in ("request", "enrolment", "child", "family", "activity", "site", "day")
            },
            joined_at=NOON,
        )


def test_the_last_instant_to_join_is_the_last_instant_to_book(first):
    late = first.join(MONDAY, at=LAST_MOMENT)
    in_time = first.join(MONDAY, at=LAST_MOMENT - timedelta(seconds=1))

    assert answers(late)[MONDAY][0] == "refuse"
    assert answers(in_time)[MONDAY][0] == "attente"


@pytest.mark.parametrize("days", [(), tuple(MONDAY + timedelta(days=number) for number in range(MOST_DAYS + 1))])
def test_a_form_without_a_day_or_with_too_many_is_refused(first, days):
    with pytest.raises(Refusal):
        first.join(*days)


def test_an_activity_without_a_list_says_so(first):
    Activity.objects.update(has_waiting_list=False)

    with pytest.raises(Refusal, match="n’a pas de liste d’attente"):
        first.join(MONDAY)
    assert ways_to_wait(first.family, at=NOON) == []


def test_a_child_of_another_household_is_unknown(first, second):
    with pytest.raises(services.UnknownChild):
        first.join(MONDAY, child=second.child)


def test_the_page_lists_the_days_that_only_lack_a_place(has, first, second):
    second.join(MONDAY)

    page = join_page(first.family, first.child.pk, "restauration", at=NOON)
    assert [(row.day, row.words) for row in page.days] == [(MONDAY, "1 enfant attend déjà")]
    assert [way.days for way in ways_to_wait(first.family, at=NOON)] == [1]
    assert ways_to_wait(has.family, at=NOON) == []  # the day is hers
    assert join_page(second.family, second.child.pk, "restauration", at=NOON).days == []  # she waits for it


# --- A place comes free -----------------------------------------------------------------------------------------------


def test_a_place_given_back_is_offered_to_the_first_and_to_nobody_else(has, first, second):
    first.join(MONDAY)
    second.join(MONDAY)
    has.cancel(MONDAY)

    assert waiting.offer_places(at=NOON + HOUR) == 1
    assert waiting.offer_places(at=NOON + HOUR) == 0

    entry = first.entry
    assert (entry.status, entry.offered_at, entry.offered_until) == (
        "proposee",
        NOON + HOUR,
        NOON + HOUR + timedelta(hours=24),
    )
    assert second.entry.status == "attente"
    assert ranks_of([second.entry])[second.entry.pk].words == "2e sur 2"
    assert mails_to(first.guardian)[-1] == (
        f"Une place pour {first.child.first_name} le lundi 7 décembre 2026 : à accepter avant le 20/11/2026 à 13:06"
    )
    assert len(mails_to(second.guardian)) == 1  # her receipt
    assert answers(has.book(MONDAY, at=NOON + HOUR)) == {MONDAY: ("refuse", "il ne reste plus de place ce jour-là")}


def test_a_place_just_freed_is_already_the_first_s(has, first, second):
    """No sweep has run: whoever else asks for it is refused, and the first may book it from the calendar."""
    first.join(MONDAY)
    second.join(MONDAY)
    has.cancel(MONDAY)

    assert answers(has.book(MONDAY))[MONDAY][0] == "refuse"
    assert answers(second.book(MONDAY))[MONDAY][0] == "refuse"
    assert answers(first.book(MONDAY))[MONDAY][0] == "reserve"
    assert first.entry.status == "prise"


def test_brothers_and_sisters_book_together_the_places_that_they_wait_for(has, first):
    sister, _ = a_child_at_the_canteen(first.family, school=has.child.school)
    first.join(MONDAY)
    first.join(MONDAY, child=sister)
    ActivitySite.objects.update(places=3)
    both = {(child.pk, "restauration"): DayChanges(additions=frozenset([MONDAY])) for child in (first.child, sister)}
    receipt = services.book_days(**first.who, changes=both, submission=uuid4(), at=NOON)

    assert {line.outcome for line in receipt.lines.all()} == {"reserve"}
    assert statuses() == ["prise", "prise"]


def test_accepting_books_the_day_with_its_receipt(has, first, second):
    first.join(MONDAY)
    second.join(MONDAY)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    receipt = first.accept(at=NOON + HOUR)

    assert answers(receipt) == {MONDAY: ("reserve", "")}
    assert first.accept(at=NOON + 2 * HOUR) == receipt
    entry = first.entry
    assert (entry.status, entry.booking.receipt, entry.ended_by) == ("prise", receipt, first.guardian.user)
    assert mails_to(first.guardian)[-1] == f"Vos réservations sont enregistrées : reçu n° {receipt.request.number}"
    assert waiting.offer_places(at=NOON + 2 * HOUR) == 0
    assert second.entry.status == "attente"


def test_an_offer_that_expires_or_is_declined_goes_to_the_next(has, first, second):
    third = Home(has.child.school)
    for home in (first, second, third):
        home.join(MONDAY)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    end = first.entry.offered_until

    assert waiting.offer_places(at=end - timedelta(seconds=1)) == 0
    assert waiting.offer_places(at=end) == 1
    assert statuses() == ["expiree", "proposee", "attente"]
    with pytest.raises(Refusal, match="expiré le 20/11/2026 à 12:06"):
        first.accept(at=end)
    assert mails_to(first.guardian)[-1].startswith("La place n’est plus gardée :")

    assert second.leave(at=end + HOUR).status == "refusee"
    assert mails_to(second.guardian)[-1].startswith("Vous avez refusé la place :")
    assert waiting.offer_places(at=end + HOUR) == 1
    assert statuses() == ["expiree", "refusee", "proposee"]


def test_an_offer_never_goes_beyond_the_deadline_and_says_that_it_is_short(has, first):
    first.join(MONDAY)
    has.cancel(MONDAY)
    evening = LAST_MOMENT - 2 * HOUR
    waiting.offer_places(at=evening)

    assert first.entry.offered_until == LAST_MOMENT
    assert first.entry.is_short
    assert "plus court que d’habitude" in Email.objects.latest("pk").message
    waiting.offer_places(at=LAST_MOMENT)
    assert first.entry.status == "expiree"


def test_an_offer_at_night_runs_its_hours(has, first):
    first.join(MONDAY)
    has.cancel(MONDAY)
    night = datetime(2026, 11, 24, 23, 0, tzinfo=PARIS)
    waiting.offer_places(at=night)

    assert first.entry.offered_until == datetime(2026, 11, 25, 23, 0, tzinfo=PARIS)
    assert not first.entry.is_short
    assert "25/11/2026 à 23:00 (heure de Paris)" in Email.objects.latest("pk").message


def test_the_night_when_clocks_change_an_offer_runs_as_many_hours():
    home = Home(school=None)
    ActivitySite.objects.update(places=0)
    day = date(2026, 11, 9)
    home.join(day, at=datetime(2026, 10, 20, 12, 0, tzinfo=PARIS))
    ActivitySite.objects.update(places=1)
    waiting.offer_places(at=datetime(2026, 10, 24, 12, 0, tzinfo=PARIS))

    assert home.entry.offered_until == datetime(2026, 10, 25, 11, 0, tzinfo=PARIS)
    assert not home.entry.is_short


def test_the_turn_passes_over_who_cannot_come_and_comes_back(has, first, second):
    first.join(MONDAY)
    second.join(MONDAY)
    closure = Closure.objects.create(
        kind="sortie",
        label="Classe verte",
        starts_on=MONDAY,
        ends_on=MONDAY,
        school=has.child.school,
        class_name="CP A",
        decided_at=NOON,
        decided_by=UserFactory(),
    )
    type(first.child).objects.filter(pk=first.child.pk).update(class_name="CP A")
    has.cancel(MONDAY)
    assert waiting.offer_places(at=NOON) == 1

    assert (first.entry.status, first.entry.blocked_by) == ("attente", "service fermé (Classe verte)")
    assert second.entry.status == "proposee"
    Closure.objects.filter(pk=closure.pk).update(undone_at=NOON)
    second.leave()
    waiting.offer_places(at=NOON + HOUR)
    assert (first.entry.status, first.entry.blocked_by) == ("proposee", "")


def test_a_child_in_the_other_household_that_day_is_passed_over(has, second):
    mother, father = GuardianFactory(with_space=True), FamilyFactory()
    home = Home.__new__(Home)
    home.guardian, home.family = mother, mother.family
    home.child, home.enrolment = a_child_at_the_canteen(home.family, school=has.child.school)
    home.join(MONDAY)
    second.join(MONDAY)
    home.child.custodies.all().delete()
    CustodyFactory(child=home.child, family=father)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)

    assert home.entry.blocked_by == "semaine de garde de l’autre foyer"
    assert second.entry.status == "proposee"
    assert answers(second.accept())[MONDAY][0] == "reserve"


def test_an_enrolment_that_ended_since_is_passed_over(has, first):
    first.join(MONDAY)
    Enrolment.objects.filter(pk=first.enrolment.pk).update(ends_on=date(2026, 11, 30))
    has.cancel(MONDAY)

    assert waiting.offer_places(at=NOON) == 0
    assert first.entry.blocked_by == "l’inscription a pris fin le 30 novembre 2026"


@pytest.mark.parametrize("who", ["lieu", "jour"])
def test_places_added_by_an_agent_are_offered(first, second, who):
    for home in (first, second):
        home.join(MONDAY)
    if who == "lieu":
        ActivitySite.objects.update(places=3)
    else:
        SiteDay.objects.update_or_create(site=first.enrolment.site, day=MONDAY, defaults={"places": 3})

    assert waiting.offer_places(at=NOON) == 2
    assert statuses() == ["proposee", "proposee"]


def test_a_site_that_no_longer_counts_offers_to_all(first, second):
    for home in (first, second):
        home.join(MONDAY)
    ActivitySite.objects.update(places=None)

    assert waiting.offer_places(at=NOON) == 2
    assert answers(first.accept())[MONDAY][0] == "reserve"
    waiting.offer_places(at=NOON)
    assert statuses() == ["prise", "proposee"]


def test_fewer_places_than_offers_refuse_the_last_to_accept(has, first):
    first.join(MONDAY)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    ActivitySite.objects.update(places=0)

    assert answers(first.accept()) == {MONDAY: ("refuse", "il ne reste plus de place ce jour-là")}
    assert first.days == set()


def test_a_day_too_late_to_book_ends_the_wait(first):
    first.join(MONDAY)

    assert waiting.offer_places(at=LAST_MOMENT) == 0
    assert first.entry.status == "passee"
    assert mails_to(first.guardian)[-1].startswith("Aucune place ne s’est libérée :")
    assert waiting.offer_places(at=LAST_MOMENT) == 0
    assert len(mails_to(first.guardian)) == 2


def test_leaving_the_list_brings_the_others_forward(first, second):
    first.join(MONDAY)
    second.join(MONDAY)
    first.leave()

    assert ranks_of([second.entry])[second.entry.pk].words == "1er sur 1"
    assert first.leave(at=NOON + HOUR).ended_at == NOON
    with pytest.raises(waiting.UnknownWait):
        waiting.leave(**second.who, entry=first.entry.pk, at=NOON)
    assert answers(first.join(MONDAY, at=NOON + HOUR)) == {MONDAY: ("attente", "2e sur 2")}


def test_one_day_that_fails_stops_no_other(has, first, monkeypatch, caplog):
    has.book(TUESDAY)
    first.join(MONDAY, TUESDAY)
    has.cancel(MONDAY, TUESDAY)
    real = waiting.offering.places_under_lock

    def failing(usual, at):
        if MONDAY in {day for _, day in usual}:
            raise RuntimeError("disque plein")
        return real(usual, at)

    monkeypatch.setattr(waiting.offering, "places_under_lock", failing)

    assert waiting.offer_places(at=NOON) == 1
    assert "les places n’ont pas pu être proposées" in caplog.text
    assert set(WaitingEntry.objects.values_list("day", "status")) == {(MONDAY, "attente"), (TUESDAY, "proposee")}


def test_a_sweep_with_nothing_to_do_costs_little_however_many_wait(has, django_assert_max_num_queries):
    for _ in range(6):
        Home(has.child.school).join(MONDAY)
    with django_assert_max_num_queries(5):
        assert waiting.offer_places(at=NOON) == 0


# --- Agents -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent():
    return UserFactory(agent=True, role=AGENTS)


def test_an_agent_moves_a_family_up_and_says_why(has, first, second, agent):
    third = Home(has.child.school)
    for home in (first, second, third):
        home.join(MONDAY)
    move = waiting.move_up(entry=third.entry.pk, rank=1, reason=" Fratrie déjà accueillie ", by=agent, at=NOON)

    assert (move.from_rank, move.to_rank, move.reason, move.by) == (3, 1, "Fratrie déjà accueillie", agent)
    assert [ranks_of([home.entry])[home.entry.pk].number for home in (first, second, third)] == [2, 3, 1]
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    assert third.entry.status == "proposee"
    late = Home(has.child.school)
    late.join(MONDAY)
    assert ranks_of([late.entry])[late.entry.pk].words == "4e sur 4"


@pytest.mark.parametrize(
    "rank, reason, said", [(2, "Motif", "rang plus petit"), (0, "Motif", "rang plus petit"), (1, " ", "pourquoi")]
)
def test_a_move_that_is_none_is_refused(first, second, agent, rank, reason, said):
    first.join(MONDAY)
    second.join(MONDAY)

    with pytest.raises(Refusal, match=said):
        waiting.move_up(entry=second.entry.pk, rank=rank, reason=reason, by=agent, at=NOON)
    assert not WaitingMove.objects.exists()
    waiting.move_up(entry=second.entry.pk, rank=1, reason="Motif", by=agent, at=NOON)


@pytest.mark.parametrize("values", [{"from_rank": 2, "to_rank": 2}, {"from_rank": 2, "to_rank": 0}, {"reason": ""}])
def test_a_move_goes_up_and_has_a_reason_whoever_writes_it(first, agent, values):
    first.join(MONDAY)
    row = {"entry": first.entry, "from_rank": 2, "to_rank": 1, "reason": "Motif", "at": NOON, "by": agent}
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitingMove.objects.create(**row | values)
    WaitingMove.objects.create(**row)


def test_an_agent_withdraws_a_family_which_reads_why(has, first, second, agent):
    first.join(MONDAY)
    second.join(MONDAY)
    has.cancel(MONDAY)
    waiting.offer_places(at=NOON)
    with pytest.raises(Refusal, match="pourquoi"):
        waiting.withdraw_entry(entry=first.entry.pk, reason="", by=agent, at=NOON)
    waiting.withdraw_entry(entry=first.entry.pk, reason="À votre demande, au téléphone.", by=agent, at=NOON)

    assert first.entry.status == "retiree"
    assert "À votre demande, au téléphone." in Email.objects.latest("pk").message
    with pytest.raises(Refusal, match="vient de se terminer"):
        waiting.withdraw_entry(entry=first.entry.pk, reason="Encore", by=agent, at=NOON)
    waiting.offer_places(at=NOON)
    assert second.entry.status == "proposee"


def test_an_agent_at_the_counter_does_not_pass_before_who_waits(has, first, agent):
    first.join(MONDAY)
    has.cancel(MONDAY)
    changes = {(has.child.pk, "restauration"): DayChanges(additions=frozenset([MONDAY]))}
    receipt = services.book_days(
        family=has.family, guardian=has.guardian, user=agent, changes=changes, submission=uuid4(), at=NOON, at_desk=True
    )

    assert ReceiptLine.objects.get(receipt=receipt).outcome == "refuse"


def test_who_waited_is_forgotten_a_year_after_the_day(has):
    entry = WaitingEntryFactory(day=MONDAY)
    at = datetime(2027, 12, 8, 4, 10, tzinfo=PARIS)
    assert forget_waits(at - timedelta(days=1), False) == 0
    assert forget_waits(at, True) == 1
    assert WaitingEntry.objects.filter(pk=entry.pk).exists()
    assert forget_waits(at, False) == 1
    assert not WaitingEntry.objects.exists()
