"""Orders: frozen once at the deadline, never touched again, followed by differences that say when and why."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts.roles import AGENTS, CUISINE
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from families.models import HealthRecord
from families.tests.factories import FamilyFactory
from reservations import tasks
from reservations.models import Booking, Closure, KitchenChange, KitchenExtra, KitchenOrder, KitchenOrderLine
from reservations.queries.kitchen.day import kitchen_day
from reservations.services import kitchen
from reservations.services.kitchen.forgetting import forget_orders
from reservations.tests.factories import (
    BookingFactory,
    ClosedPeriod,
    SchoolYearFactory,
    a_child_on_wednesdays,
)
from reservations.tests.kitchen import (
    AFTER,
    DEADLINE,
    EARLIER,
    LATER,
    MONDAY,
    TODAY,
    a_family_that_books,
    canteen,
    eater,
    school,
    submit,
    tell,
)

pytestmark = pytest.mark.django_db


def freeze(at=AFTER):
    return kitchen.freeze_order(activity=canteen(), day=MONDAY, at=at)


def follow(order, at=LATER):
    return kitchen.follow_order(order=order.pk, at=at)


def lines(order):
    return sorted(order.lines.values_list("site__school__name", "group", "diet", "meals"))


def told(order):
    return [(row.delta, row.diet, row.cause) for row in order.changes.all()]


class TestFreezing:
    def test_the_order_keeps_the_meals_of_each_place_age_and_diet(self):
        centre, laden = school("Centre"), school("Laden")
        eater(centre)
        eater(centre)
        eater(centre, told={"diet": ["sans_porc"]})
        eater(laden, level="PS")

        order = freeze()

        assert lines(order) == [
            ("Centre", "elementaire", "", 2),
            ("Centre", "elementaire", "sans_porc", 1),
            ("Laden", "maternelle", "", 1),
        ]
        assert (order.due_at, order.frozen_at) == (DEADLINE, AFTER)

    def test_before_the_deadline_it_is_refused_with_the_instant(self):
        eater(school("Centre"))

        with pytest.raises(Refusal, match="01/12/2026 à 00:00"):
            freeze(at=DEADLINE - timedelta(seconds=1))

        assert freeze(at=DEADLINE).lines.count() == 1

    def test_the_later_of_the_two_deadlines_counts(self):
        eater(school("Centre"))
        activity = canteen()
        activity.cancel_days = 2
        activity.save()

        with pytest.raises(Refusal):
            kitchen.freeze_order(activity=activity, day=MONDAY, at=AFTER)

    def test_frozen_again_it_is_the_same_order(self):
        place = school("Centre")
        eater(place)
        first = freeze()
        eater(place)

        assert freeze(at=LATER) == first
        assert lines(first) == [("Centre", "elementaire", "", 1)]

    def test_two_orders_of_a_day_cannot_stand(self):
        eater(school("Centre"))
        order = freeze()

        with pytest.raises(IntegrityError), transaction.atomic():
            KitchenOrder.objects.create(
                activity=order.activity, day=MONDAY, due_at=AFTER, frozen_at=AFTER, followed_at=AFTER
            )

    @pytest.mark.parametrize(
        "row",
        [
            lambda order, site: KitchenOrderLine(order=order, site=site, group="maternelle", diet="", meals=0),
            lambda order, site: KitchenChange(
                order=order, site=site, group="maternelle", delta=0, cause="autre", happened_at=AFTER
            ),
            lambda order, site: KitchenExtra(
                site=site, day=MONDAY, kind="agents", quantity=501, entered_at=AFTER, entered_by=UserFactory()
            ),
        ],
    )
    def test_rows_that_say_nothing_or_too_much_cannot_stand(self, row):
        booking = eater(school("Centre"))
        made = row(freeze(), booking.site)

        with pytest.raises(IntegrityError), transaction.atomic():
            made.save()

    def test_a_run_that_is_killed_leaves_nothing_and_the_next_does_it_all(self, monkeypatch):
        from reservations.services.kitchen import freezing

        eater(school("Centre"))
        with monkeypatch.context() as patch:
            patch.setattr(freezing, "_write", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt), transaction.atomic():
                freezing.freeze_order.__wrapped__(activity=canteen(), day=MONDAY, at=AFTER)
        assert KitchenOrder.objects.count() == 0

        assert lines(freeze()) == [("Centre", "elementaire", "", 1)]


class TestSweep:
    @pytest.fixture(autouse=True)
    def year(self):
        SchoolYearFactory()

    def test_the_sweep_freezes_what_is_due_and_nothing_else(self):
        eater(school("Centre"))

        made = kitchen.freeze_due_orders(at=AFTER)

        days = {order.day for order in made}
        assert MONDAY in days
        assert max(days) == MONDAY
        assert min(days) == AFTER.date()
        # No canteen on Wednesday nor at the week-end.
        assert {day.weekday() for day in days} == {0, 1, 3, 4}
        assert kitchen.freeze_due_orders(at=AFTER) == []

    def test_a_submit_of_the_last_second_has_time_to_be_written(self):
        eater(school("Centre"))

        assert MONDAY not in {order.day for order in kitchen.freeze_due_orders(at=DEADLINE + timedelta(seconds=119))}
        assert MONDAY in {order.day for order in kitchen.freeze_due_orders(at=DEADLINE + timedelta(seconds=120))}

    def test_the_holidays_have_no_order(self):
        eater(school("Centre"))
        assert ClosedPeriod.objects.filter(label__contains="Noël").exists()

        made = kitchen.freeze_due_orders(at=datetime(2026, 12, 20, 12, 0, tzinfo=PARIS))

        assert made == []

    def test_an_order_of_nothing_stands_so_that_a_late_booking_is_a_difference(self):
        place = school("Centre")
        canteen()
        kitchen.freeze_due_orders(at=AFTER)
        eater(place, booked_at=LATER)

        kitchen.follow_orders(at=LATER + timedelta(minutes=1))

        order = KitchenOrder.objects.get(day=MONDAY)
        assert lines(order) == []
        assert told(order) == [(1, "", "tardive")]

    def test_wednesdays_have_their_own_deadline(self):
        child, enrolment = a_child_on_wednesdays(FamilyFactory())
        activity = enrolment.activity
        activity.cancel_days = 1
        activity.save()
        BookingFactory(enrolment=enrolment, day=date(2026, 12, 9), formula="journee-repas")
        due = datetime(2026, 12, 9, 0, 0, tzinfo=PARIS)

        assert not kitchen.freeze_due_orders(at=due - timedelta(hours=1)) or not KitchenOrder.objects.filter(
            activity=activity, day=date(2026, 12, 9)
        )
        kitchen.freeze_due_orders(at=due + timedelta(minutes=2))

        assert KitchenOrder.objects.get(activity=activity, day=date(2026, 12, 9)).lines.get().meals == 1

    def test_the_task_freezes_and_follows(self, monkeypatch):
        place = school("Centre")
        eater(place)
        monkeypatch.setattr(clock, "now", lambda: AFTER)
        tasks.keep_kitchen_orders()
        eater(place, booked_at=LATER)
        monkeypatch.setattr(clock, "now", lambda: LATER + timedelta(minutes=1))
        tasks.keep_kitchen_orders()

        order = KitchenOrder.objects.get(day=MONDAY)
        assert lines(order) == [("Centre", "elementaire", "", 1)]
        assert told(order) == [(1, "", "tardive")]


class TestMail:
    def test_the_kitchen_is_told_once_with_figures_and_no_diet(self):
        cook = UserFactory(agent=True, role=CUISINE)
        UserFactory(agent=True, role=AGENTS)
        place = school("Centre")
        eater(place, told={"diet": ["sans_porc"]})
        eater(place, plan={"basket_meal": True})

        order = freeze()
        freeze(at=LATER)

        mail = Email.objects.get()
        assert mail.to == [cook.email]
        assert mail.subject == "Commande du lundi 7 décembre 2026 : 2 repas"
        assert "École primaire Centre\u00a0: 2" in mail.message
        assert "/admin/reservations/kitchenorder/jour/?jour=2026-12-07" in mail.message
        for word in ("porc", "Trousse", "sans "):
            assert word not in mail.message + mail.html_message
        assert order.sent_at == AFTER

    def test_the_addresses_of_the_setting_come_first(self, settings):
        settings.KITCHEN = {**settings.KITCHEN, "mails": ["chef@example.org", "second@example.org"]}
        UserFactory(agent=True, role=CUISINE)
        eater(school("Centre"))

        freeze()

        assert sorted(mail.to[0] for mail in Email.objects.all()) == ["chef@example.org", "second@example.org"]

    def test_with_nobody_to_tell_the_page_does_not_pretend(self):
        eater(school("Centre"))

        assert freeze().sent_at is None
        assert Email.objects.count() == 0


class TestDifferences:
    def test_each_change_is_told_with_its_sign_its_instant_and_its_cause(self):
        place = school("Centre")
        closed, given, cancelled = (eater(place) for _ in range(3))
        order = freeze()
        agent = UserFactory(agent=True, role=AGENTS)
        closure = Closure.objects.create(
            kind="greve", label="Grève", starts_on=MONDAY, ends_on=MONDAY, decided_at=LATER, decided_by=agent
        )
        Booking.objects.filter(pk=closed.pk).update(status="annulee", cancelled_at=LATER, closure=closure)
        Booking.objects.filter(pk=given.pk).update(given_back_at=LATER + timedelta(minutes=1))
        Booking.objects.filter(pk=cancelled.pk).update(status="annulee", cancelled_at=LATER + timedelta(minutes=2))
        eater(place, booked_at=LATER + timedelta(minutes=3), late_reason="Urgence")

        follow(order, LATER + timedelta(minutes=10))

        assert [(row.delta, row.cause, row.happened_at) for row in order.changes.all()] == [
            (-1, "fermeture", LATER),
            (-1, "rendu", LATER + timedelta(minutes=1)),
            (-1, "annulation", LATER + timedelta(minutes=2)),
            (1, "tardive", LATER + timedelta(minutes=3)),
        ]
        assert lines(order) == [("Centre", "elementaire", "", 3)]

    def test_a_change_of_diet_moves_a_meal_from_one_column_to_another(self):
        booking = eater(school("Centre"))
        order = freeze()
        tell(booking.child, {"diet": ["vegetarien"]})

        follow(order)

        assert sorted(told(order)) == [(-1, "", "regime"), (1, "vegetarien", "regime")]

    def test_followed_twice_it_is_told_once(self):
        place = school("Centre")
        order = freeze_with(place)
        eater(place, booked_at=LATER)

        follow(order, LATER + timedelta(minutes=1))
        follow(order, LATER + timedelta(minutes=2))
        follow(order, LATER + timedelta(minutes=1))

        assert told(order) == [(1, "", "tardive")]

    def test_two_bookings_of_the_same_minute_seen_by_two_looks_are_two(self):
        place = school("Centre")
        order = freeze_with(place)
        eater(place, booked_at=LATER)
        follow(order, LATER + timedelta(seconds=20))
        eater(place, booked_at=LATER)

        follow(order, LATER + timedelta(seconds=40))

        assert told(order) == [(1, "", "tardive"), (1, "", "tardive")]

    def test_a_booking_written_just_after_a_look_keeps_its_own_instant(self):
        place = school("Centre")
        order = freeze_with(place)
        eater(place, booked_at=LATER)
        follow(order, LATER + timedelta(seconds=20))
        late = LATER + timedelta(seconds=19)
        eater(place, booked_at=late)

        follow(order, LATER + timedelta(seconds=80))

        assert [row.happened_at for row in order.changes.all()] == [LATER, late]

    def test_taken_and_given_up_between_two_looks_nothing_is_told(self):
        place = school("Centre")
        order = freeze_with(place)
        eater(place, booked_at=LATER, status="annulee", cancelled_at=LATER + timedelta(minutes=1))

        assert follow(order, LATER + timedelta(minutes=5)) == []

    def test_taken_by_mistake_and_given_up_within_the_minute_both_are_told(self):
        place = school("Centre")
        order = freeze_with(place)
        booking = eater(place, booked_at=LATER)
        follow(order, LATER + timedelta(seconds=20))
        Booking.objects.filter(pk=booking.pk).update(status="annulee", cancelled_at=LATER + timedelta(seconds=50))

        follow(order, LATER + timedelta(seconds=80))

        assert told(order) == [(1, "", "tardive"), (-1, "", "annulation")]

    def test_a_wednesday_that_loses_its_meal_is_a_meal_less(self):
        _, enrolment = a_child_on_wednesdays(FamilyFactory())
        day = date(2026, 12, 9)
        booking = BookingFactory(enrolment=enrolment, day=day, formula="journee-repas", booked_at=EARLIER)
        order = kitchen.freeze_order(activity=enrolment.activity, day=day, at=datetime(2026, 12, 9, 6, tzinfo=PARIS))
        at = datetime(2026, 12, 9, 7, tzinfo=PARIS)
        Booking.objects.filter(pk=booking.pk).update(status="annulee", cancelled_at=at)
        BookingFactory(enrolment=enrolment, day=day, formula="matin", booked_at=at)

        kitchen.follow_order(order=order.pk, at=at + timedelta(minutes=1))

        assert told(order) == [(-1, "", "annulation")]

    def test_the_page_shows_the_frozen_figure_and_the_difference_apart(self):
        place = school("Centre")
        order = freeze_with(place, meals=3)
        eater(place, booked_at=LATER)
        follow(order, LATER + timedelta(minutes=1))
        eater(place, booked_at=LATER + timedelta(minutes=2), told={"diet": ["sans_porc"]})

        (service,) = kitchen_day(MONDAY, today=TODAY).services

        assert [(figure.ordered, figure.signed, figure.now) for figure in service.total.figures] == [
            (3, "+1", 4),
            (0, "+1", 1),
        ]
        # The second one is not written down yet: the page tells it all the same.
        assert [(change.signed, change.cause, change.at is None) for change in service.changes] == [
            ("+1", "Réservation après la commande", False),
            ("+1", "À l’instant", True),
        ]
        assert service.to_deliver == 5

    def test_whatever_happens_order_and_differences_add_up_to_what_is_booked(self):
        place, other = school("Centre"), school("Laden")
        bookings = [eater(place, told={"diet": ["sans_porc"]} if number % 2 else None) for number in range(6)]
        order = freeze()
        site = canteen().sites.get(school=other)
        Booking.objects.filter(pk=bookings[0].pk).update(site=site)
        HealthRecord.objects.filter(child=bookings[1].child).delete()
        Booking.objects.filter(pk=bookings[2].pk).update(given_back_at=LATER)
        eater(other, booked_at=LATER, plan={"basket_meal": True})
        type(bookings[3].child).objects.filter(pk=bookings[3].child_id).update(level="PS")

        follow(order, LATER + timedelta(minutes=1))

        (service,) = kitchen_day(MONDAY, today=TODAY).services
        assert service.children.now == 6
        assert not [change for change in service.changes if change.at is None]
        now = Counter()
        for place_row in service.places:
            for row in place_row.rows:
                for column, figure in zip(service.columns, row.figures, strict=True):
                    now[place_row.site.school.name, row.label, column.key] += figure.now
        assert {key: number for key, number in now.items() if number} == {
            ("Centre", "Élémentaire", ""): 2,
            ("Centre", "Élémentaire", "sans_porc"): 1,
            ("Centre", "Maternelle", "sans_porc"): 1,
            ("Laden", "Élémentaire", ""): 1,
            ("Laden", "Élémentaire", "panier"): 1,
        }

    def test_an_agent_s_late_booking_by_the_same_service_is_a_difference(self):
        place = school("Centre")
        guardian, child = a_family_that_books(place)
        order = freeze_with(place)
        agent = UserFactory(agent=True, role=AGENTS)

        submit(guardian, child, at=LATER, add=[MONDAY], by=agent, reason="Maman hospitalisée")
        follow(order, LATER + timedelta(minutes=1))

        assert told(order) == [(1, "", "tardive")]
        assert order.changes.get().happened_at == LATER


def freeze_with(place, meals=1):
    for _ in range(meals):
        eater(place)
    return freeze()


def test_orders_past_their_time_are_forgotten():
    order = freeze_with(school("Centre"))
    at = datetime(2027, 12, 8, 4, 10, tzinfo=PARIS)

    assert forget_orders(at - timedelta(days=2), False) == 0
    assert forget_orders(at, True) == 1
    assert KitchenOrder.objects.filter(pk=order.pk).exists()
    assert forget_orders(at, False) == 1
    assert not KitchenOrder.objects.exists()
