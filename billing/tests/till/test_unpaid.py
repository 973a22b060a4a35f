"""Unpaid invoices: reminded of kindly and once, handed over from 15 €, never a child less at the canteen."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from post_office.models import Email

from billing.models import (
    Anomaly,
    Invoice,
    Payment,
    PaymentReminder,
    TreasuryBatch,
    TreasuryHandover,
)
from billing.queries.payments import refusal_now
from billing.queries.till import movements
from billing.queries.treasury import unpaid_rows
from billing.rules.unpaid import UnpaidPolicy, UnpaidState, due_rank, refusal_to_hand_over
from billing.services.till import TillRefused
from billing.services.unpaid import (
    NotHandedOver,
    hand_over,
    hold,
    lift,
    mark_sent,
    plan_reminders,
    record_treasury_payment,
    send_reminders,
    withdraw,
)
from billing.tests.factories import pay
from billing.treasury_files import FORMATS
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal

from .world import owed_by, regisseur, take

pytestmark = pytest.mark.django_db

DUE = date(2026, 10, 31)  # September's invoice
POLICY = UnpaidPolicy(reminder_days=(8, 30), treasury_days=60, treasury_least=Decimal("15.00"))


def on(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def remind(day: date) -> int:
    plan_reminders(at=on(day), today=day)
    return send_reminders(at=on(day))


def letters():
    return Email.objects.filter(mark__kind="billing/mail/payment_reminder").order_by("pk")


@pytest.fixture
def small(settings):
    """Invoices of a few euros go to the Trésor too, for a test of twelve meals."""
    settings.UNPAID = {**settings.UNPAID, "treasury_least": Decimal("5.00")}


@pytest.mark.parametrize(
    "today, rank",
    [(DUE, 0), (DUE + timedelta(7), 0), (DUE + timedelta(8), 1), (DUE + timedelta(29), 1), (DUE + timedelta(30), 2)],
)
def test_the_rank_of_a_reminder_by_its_day(today, rank):
    assert due_rank(DUE, today=today, days=POLICY.reminder_days) == rank


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, None),
        ({"owed": Decimal("15.00")}, None),
        ({"owed": Decimal("14.99")}, "moins de 15,00\u00a0€"),
        ({"owed": Decimal("0.00")}, "réglée"),
        ({"due_on": date(2026, 11, 2)}, "échue depuis moins de 60 jours"),
        ({"held": True}, "recouvrement suspendu"),
        ({"disputed": True}, "contestée"),
        ({"anomalies": 1}, "anomalie à régler"),
        ({"being_paid": True}, "paiement en cours"),
        ({"reminders": 0}, "jamais relancée"),
        ({"handed_over": True}, "déjà transmise"),
    ],
)
def test_what_goes_to_the_tresor(changes, said):
    facts = {"owed": Decimal("40.00"), "due_on": DUE, "reminders": 2, **changes}
    assert refusal_to_hand_over(UnpaidState(**facts), today=DUE + timedelta(60), policy=POLICY) == said


# --- Reminders ----------------------------------------------------------------------------------------------------------


def test_a_household_is_reminded_once_a_rank_and_kindly(september):
    assert remind(DUE + timedelta(7)) == 0
    assert remind(DUE + timedelta(8)) == 1
    assert remind(DUE + timedelta(8)) == remind(DUE + timedelta(9)) == 0
    assert remind(DUE + timedelta(30)) == 1

    text = letters().first().message
    assert f"facture {september.number} (septembre 2026)\u00a0: 6,00\u00a0€" in text
    assert "Vos enfants gardent leur place à la cantine" in text
    assert "Si vous venez de payer, merci" in text
    for threat in ("exclu", "poursuite", "huissier", "Trésor", "sanction", "Léa"):
        assert threat not in text
    assert list(PaymentReminder.objects.order_by("rank").values_list("rank", "mails", "owed")) == [(1, 1, 6), (2, 1, 6)]


def test_one_mail_for_a_household_that_owes_two_months(september, october):
    assert remind(date(2026, 12, 10)) == 1

    subject = letters().get().subject.replace("\u00a0", " ")
    assert subject == "2 factures restent à régler : 18,00 €".replace("\u00a0", " ")
    # September's first day to be reminded was missed: the latest rank alone is written.
    assert sorted(PaymentReminder.objects.values_list("invoice__number", "rank")) == [
        (september.number, 2),
        (october.number, 1),
    ]


def test_what_is_paid_between_the_row_and_the_mail_is_asked_no_more(september):
    day = DUE + timedelta(8)
    plan_reminders(at=on(day), today=day)
    take(september)

    assert send_reminders(at=on(day)) == 0
    assert PaymentReminder.objects.get().outcome == "Sans objet"
    assert remind(DUE + timedelta(30)) == 0


def test_an_invoice_left_alone_is_not_reminded_of_until_it_is_taken_up_again(september):
    hold(invoice=september, cause="echeancier", reason="Trois fois 2 €", by=regisseur(), at=on(DUE))
    with pytest.raises(Refusal, match="déjà suspendu"):
        hold(invoice=september, cause="autre", reason="", by=regisseur(), at=on(DUE))
    assert remind(DUE + timedelta(8)) == 0
    lift(invoice=september, by=regisseur(), at=on(DUE))
    with pytest.raises(Refusal, match="n’est pas suspendu"):
        lift(invoice=september, by=regisseur(), at=on(DUE))

    assert remind(DUE + timedelta(9)) == 1


def test_a_payer_without_account_is_written_to_and_one_without_address_is_listed(september, martins):
    martins.guardians.update(user=None, email="papier@example.org")
    assert remind(DUE + timedelta(8)) == 1
    assert letters().get().to == ["papier@example.org"]

    martins.guardians.update(email="")
    assert remind(DUE + timedelta(30)) == 0
    assert PaymentReminder.objects.get(rank=2).outcome == "Sans adresse\u00a0: à envoyer par courrier"


def test_planning_costs_the_same_whatever_the_number(september, october, django_assert_max_num_queries):
    day = date(2026, 12, 10)
    with django_assert_max_num_queries(8):
        plan_reminders(at=on(day), today=day)
    with django_assert_max_num_queries(12):
        send_reminders(at=on(day))


# --- The Trésor ---------------------------------------------------------------------------------------------------------

LATE = date(2027, 1, 15)


@pytest.fixture
def late(september, small):
    """September is unpaid since the end of October, and was reminded of."""
    remind(DUE + timedelta(30))
    return september


def send_to_tresor(invoice, day=LATE):
    return hand_over(invoices=[invoice.pk], by=regisseur(), at=on(day), today=day)


def test_a_batch_closes_the_invoice_to_the_regie_s_money(late, client):
    assert [row.refusal for row in unpaid_rows(at=on(LATE), today=LATE) if row.invoice == late] == [None]
    batch = send_to_tresor(late)

    assert batch.number == "T2027-0001"
    assert batch.handovers.get().amount == 6
    words = f"La facture {late.number} est transmise au Trésor public"
    assert refusal_now(late, at=on(date(2026, 10, 20))).startswith(words)  # even inside its window
    with pytest.raises(TillRefused, match=words):
        take(late, at=on(LATE))
    with pytest.raises(NotHandedOver, match="déjà transmise"):
        send_to_tresor(late)
    client.force_login(late.family.guardians.get().user)
    page = client.get(reverse("billing:invoice", args=[late.number])).content.decode()
    assert "Transmise au Trésor" in page
    assert "Payer ma facture" not in page
    assert "Vos enfants gardent leur place" in page


def test_nothing_goes_when_one_of_them_may_not(late, october):
    with pytest.raises(NotHandedOver, match=f"Rien n’est transmis.*{october.number}\u00a0: échue depuis moins de"):
        hand_over(invoices=[late.pk, october.pk], by=regisseur(), at=on(LATE), today=LATE)
    assert not TreasuryBatch.objects.exists()
    take(late)
    with pytest.raises(NotHandedOver, match="1 facture réglée ou inconnue"):
        send_to_tresor(late)
    with pytest.raises(NotHandedOver, match="au moins une"):
        hand_over(invoices=[], by=regisseur(), at=on(LATE), today=LATE)


def test_it_is_taken_back_before_the_batch_leaves(late):
    handover = send_to_tresor(late).handovers.get()
    with pytest.raises(NotHandedOver, match="Indiquez pourquoi"):
        withdraw(handover=handover, reason=" ", by=regisseur(), at=on(LATE))
    withdraw(handover=handover, reason="La famille a payé au guichet ce matin", by=regisseur(), at=on(LATE))

    with pytest.raises(NotHandedOver, match="déjà retirée"):
        withdraw(handover=handover, reason="encore", by=regisseur(), at=on(LATE))
    assert take(late, at=on(LATE)).is_new
    with pytest.raises(NotHandedOver, match="vide"):
        mark_sent(batch=handover.batch, by=regisseur(), at=on(LATE))


def test_once_sent_it_is_settled_by_what_the_comptable_collected(late):
    handover = send_to_tresor(late).handovers.get()
    with pytest.raises(NotHandedOver, match="n’est pas chez le comptable"):
        record_treasury_payment(handover=handover, amount=Decimal("6.00"), by=regisseur(), at=on(LATE))
    mark_sent(batch=handover.batch, by=regisseur(), at=on(LATE))
    with pytest.raises(NotHandedOver, match="est envoyé"):
        withdraw(handover=handover, reason="trop tard", by=regisseur(), at=on(LATE))
    with pytest.raises(NotHandedOver, match="ne doit plus que 6,00"):
        record_treasury_payment(handover=handover, amount=Decimal("6.01"), by=regisseur(), at=on(LATE))

    payment = record_treasury_payment(handover=handover, amount=Decimal("4.00"), by=regisseur(), at=on(LATE))
    assert (owed_by(late), payment.means) == (2, "tresor")
    assert not movements().exists()  # never the régie's money
    record_treasury_payment(handover=handover, amount=Decimal("2.00"), by=regisseur(), at=on(LATE))
    assert owed_by(late) == 0


def test_the_file_has_what_a_titre_needs_and_not_what_was_taken_back(late, october):
    remind(LATE)
    later = LATE + timedelta(days=60)
    batch = hand_over(invoices=[late.pk, october.pk], by=regisseur(), at=on(later), today=later)
    withdraw(handover=batch.handovers.get(invoice=october), reason="Contestée", by=regisseur(), at=on(later))

    lines = FORMATS["csv"].write(batch).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert late.payer_name in lines[1]
    assert f";{late.number};septembre 2026;" in lines[1]
    assert ";6,00;6,00;" in lines[1]


def test_money_of_the_bank_that_arrives_all_the_same_is_kept_and_told(late):
    from billing.services.payments import applying
    from billing.tests.payments import world

    world.show(on(date(2026, 10, 20)))
    attempt = world.attempt(late, at=on(date(2026, 10, 20)))
    attempt.__class__.objects.update(status="abandon")
    send_to_tresor(late)
    message, _ = world.store_notification(
        world.verify(world.parse_notification(world.signed_body(world.word(attempt)), world.FORM_TYPE),
                     world.payzen_config()), at=on(LATE))  # fmt: skip
    applying.apply_message(message.pk, at=on(LATE))

    assert owed_by(late) == 0
    words = Anomaly.objects.filter(kind=Anomaly.Kind.LATE_PAYMENT).values_list("message", flat=True)
    assert any("transmise au Trésor public" in text and late.number in text for text in words)


def test_the_database_keeps_one_handover_and_its_reason(late):
    handover = send_to_tresor(late).handovers.get()
    for wrong in (
        {"batch": handover.batch, "invoice": late, "amount": 6},
        {"batch": handover.batch, "invoice": late, "amount": 6, "withdrawn_at": on(LATE)},
        {"batch": handover.batch, "invoice": late, "amount": 0, "withdrawn_at": on(LATE), "reason": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            TreasuryHandover.objects.create(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentReminder.objects.create(invoice=late, rank=2, planned_at=on(LATE))


# --- Never a block on the canteen -----------------------------------------------------------------------------------------


def test_a_household_with_old_unpaid_and_handed_over_invoices_still_books(late, october, martins):
    from reservations.models import Booking
    from reservations.rules.changes import DayChanges
    from reservations.services.booking import book_days

    send_to_tresor(late)
    enrolment = martins.enrolments.get()
    guardian = martins.guardians.get()
    day = date(2026, 12, 14)
    book_days(
        family=martins,
        guardian=guardian,
        user=guardian.user,
        changes={(enrolment.child_id, enrolment.activity.slug): DayChanges(additions=frozenset([day]))},
        submission=uuid4(),
        at=on(date(2026, 12, 1)),
    )
    assert Booking.objects.filter(family=martins, day=day, status=Booking.Status.ACTIVE).exists()


def test_a_paid_invoice_is_not_in_the_list(late):
    pay(late)
    assert unpaid_rows(at=on(LATE), today=LATE, only=[late.pk]) == []
    assert Invoice.objects.filter(pk=late.pk).exists()
    assert Payment.objects.count() == 1
