"""The kitchen's figures beside those of the receipts that families hold."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from accounts.roles import AGENTS, CUISINE
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from reservations import services, tasks
from reservations.models import Activity, ActivitySite, Booking, KitchenCheck
from reservations.queries.kitchen.counting import meals_between
from reservations.queries.kitchen.receipts import meals_told_by_receipts
from reservations.rules.changes import DayChanges
from reservations.services.kitchen import check_day, check_days
from reservations.services.late_days import give_back_late_days, take_back_late_days
from reservations.tests.factories import a_child_on_wednesdays
from reservations.tests.kitchen import EARLIER, LATER, MONDAY, a_family_that_books, canteen, eater, school, submit

pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
SOON = EARLIER + timedelta(days=1)


def kitchen_says(day):
    return {key: sum(meals.values()) for key, meals in meals_between(day, day).items()}


def receipts_say(day):
    return {key: number for key, number in meals_told_by_receipts(day, day).items() if number}


def test_both_counts_agree_whatever_families_and_agents_did():
    centre, laden = school("Centre"), school("Laden")
    families = [a_family_that_books(place) for place in (centre, centre, laden, laden)]
    agent = UserFactory(agent=True, role=AGENTS)
    for guardian, child in families:
        submit(guardian, child, at=EARLIER, add=[MONDAY, TUESDAY])
    changed = families[0]
    submit(*changed, at=SOON, remove=[MONDAY])
    submit(*families[1], at=SOON, remove=[MONDAY])
    submit(*changed, at=SOON + timedelta(hours=1), add=[MONDAY])
    # Too late for the family: refused, and the meal stands.
    submit(*families[2], at=LATER, remove=[MONDAY])
    # At the counter, after the deadline.
    submit(*families[1], at=LATER, add=[MONDAY], by=agent, reason="Garde imprévue")
    submit(*families[3], at=LATER, remove=[TUESDAY], by=agent, reason="Départ")

    for day, number in ((MONDAY, 4), (TUESDAY, 3)):
        assert kitchen_says(day) == receipts_say(day) == {(canteen().pk, day): number}
    assert check_days(at=LATER) == []
    assert {row.agrees for row in KitchenCheck.objects.all()} == {True}


def test_a_day_given_back_too_late_then_taken_again_is_followed_by_both():
    guardian, child = a_family_that_books(school("Centre"))
    submit(guardian, child, at=EARLIER, add=[MONDAY])
    Activity.objects.update(resells_late_days=True)
    ActivitySite.objects.update(places=5)
    (booking,) = Booking.objects.all()
    common = {"family": guardian.family, "guardian": guardian, "user": guardian.user, "bookings": [booking.pk]}

    give_back_late_days(**common, submission=uuid4(), at=LATER)
    given = kitchen_says(MONDAY), receipts_say(MONDAY)
    take_back_late_days(**common, submission=uuid4(), at=LATER + timedelta(minutes=5))
    taken = kitchen_says(MONDAY), receipts_say(MONDAY)

    assert given == ({}, {})
    assert taken == ({(canteen().pk, MONDAY): 1},) * 2


def test_formulas_without_a_meal_are_no_meals_in_either_count():
    guardian, child = a_family_that_books(school("Centre"))
    _, enrolment = a_child_on_wednesdays(guardian.family, child=child)

    def choose(formula, **days):
        services.book_days(
            family=guardian.family,
            guardian=guardian,
            user=guardian.user,
            changes={
                (child.pk, "mercredis"): DayChanges(
                    **{name: frozenset([WEDNESDAY]) for name in days}, formulas={WEDNESDAY: formula}
                )
            },
            submission=uuid4(),
            at=EARLIER,
        )

    for formula, number in (("journee-repas", 1), ("matin", 0), ("journee-repas", 1)):
        first = not Booking.objects.exists()
        choose(formula, **({"additions": 1} if first else {"switched": 1}))
        assert sum(kitchen_says(WEDNESDAY).values()) == sum(receipts_say(WEDNESDAY).values()) == number


def test_a_row_changed_behind_the_receipts_is_seen_and_said(caplog):
    guardian, child = a_family_that_books(school("Centre"))
    submit(guardian, child, at=EARLIER, add=[MONDAY])
    Booking.objects.all().delete()

    (gap,) = check_days(at=LATER)

    assert (gap.day, gap.kitchen, gap.receipts, gap.agrees) == (MONDAY, 0, 1, False)
    assert "0 selon les réservations, 1 selon les reçus" in caplog.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"given_back_at": LATER}, "1 rendus hors délai"),
        ({"status": "annulee", "cancelled_at": LATER}, "1 libérés par le service sans reçu"),
        ({"receipt": None}, "1 repris sans reçu"),
    ],
)
def test_what_receipts_do_not_tell_is_explained_and_is_no_gap(change, words):
    guardian, child = a_family_that_books(school("Centre"))
    submit(guardian, child, at=EARLIER, add=[MONDAY])
    if "receipt" in change:
        eater(school("Laden"))
    else:
        Booking.objects.update(**change)

    (row,) = check_day(day=MONDAY, at=LATER)

    assert row.agrees
    assert words in row.explanation


def test_a_check_replaces_the_one_before():
    guardian, child = a_family_that_books(school("Centre"))
    submit(guardian, child, at=EARLIER, add=[MONDAY])

    check_days(at=LATER)
    check_days(at=LATER + timedelta(days=1))

    assert KitchenCheck.objects.get().checked_at == LATER + timedelta(days=1)


def test_each_night_the_task_checks_and_agents_read_it(client, monkeypatch):
    guardian, child = a_family_that_books(school("Centre"))
    submit(guardian, child, at=EARLIER, add=[MONDAY])
    Booking.objects.all().delete()
    monkeypatch.setattr(clock, "now", lambda: LATER)

    tasks.check_kitchen()

    client.force_login(UserFactory(agent=True, role=AGENTS))
    page = client.get("/admin/reservations/kitchencheck/").content.decode()
    assert "Écart à examiner" in page
    assert "lundi 7 décembre 2026" in page
    client.force_login(UserFactory(agent=True, role=CUISINE))
    assert client.get("/admin/reservations/kitchencheck/").status_code == 403


def test_a_month_of_checks_costs_as_many_queries_as_a_day(django_assert_max_num_queries):
    guardian, child = a_family_that_books(school("Centre"))
    days = [MONDAY + timedelta(days=offset) for offset in (0, 1, 3, 4, 7, 8)]
    submit(guardian, child, at=EARLIER, add=days)

    with django_assert_max_num_queries(12):
        check_days(at=LATER)
    assert KitchenCheck.objects.filter(agrees=True).count() == len(days)
    assert date(2026, 12, 9) not in {row.day for row in KitchenCheck.objects.all()}
