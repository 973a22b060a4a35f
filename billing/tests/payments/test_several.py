"""Several invoices in one payment: what is asked, where the money goes, what comes back, and two payments that cross."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from post_office.models import Email

from billing.models import Allocation, Anomaly, Invoice, Payment, PaymentAttempt
from billing.services.payments import PaymentInProgress, PaymentRefused, start_payment
from castres_portal.base.tests.races import at_once, expect_both, meeting_after

from . import world
from .test_pages import words

pytestmark = pytest.mark.django_db
SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def bills(martins, noon):
    """September and October of the Martins, 20 € and 30 €, given out of order; both can be paid."""
    october = world.invoice(martins, "2610000001", "30.00")
    september = world.invoice(martins, "2609000001", "20.00", month=SEPTEMBER)
    return september, october


@pytest.fixture
def both(bills):
    return world.click_all(*bills).attempt


def parts(attempt):
    rows = Allocation.objects.filter(payment__attempt=attempt).order_by("pk")
    return [(row.invoice.number, row.amount) for row in rows]


def counter(invoice, amount):
    """Money brought to the counter meanwhile, or called off there."""
    payment = Payment.objects.create(
        number=f"G{Payment.objects.count()}", family=invoice.family, kind="paiement" if amount > 0 else "annulation",
        means="especes", amount=amount, received_at=world.CLICKED_AT,
    )  # fmt: skip
    Allocation.objects.create(payment=payment, invoice=invoice, amount=amount)


# --- What is asked ----------------------------------------------------------------------------------------------------


def test_one_form_asks_for_all_and_is_named_after_the_oldest(bills):
    started = world.click_all(*reversed(bills))

    assert started.form.fields["vads_amount"] == "5000"
    assert started.form.fields["vads_order_id"] == "2609000001-1"
    assert started.form.fields["vads_order_info"] == "Factures 2609000001 et 2610000001"
    shares = started.attempt.shares.order_by("invoice__number").values_list("invoice__number", "amount")
    assert list(shares) == [("2609000001", Decimal(20)), ("2610000001", Decimal(30))]


def test_references_never_meet_whatever_is_paid_together(bills, both):
    september, october = bills
    later = world.CLICKED_AT + timedelta(minutes=13)
    orders = [
        world.click_all(*some, at=later, confirmed=True).attempt.order_id for some in ([october], [september], bills)
    ]
    assert orders == ["2610000001-2", "2609000001-2", "2609000001-3"]


def test_one_invoice_that_cannot_be_paid_stops_the_whole_and_is_named(bills):
    counter(bills[1], 30)
    with pytest.raises(PaymentRefused, match="Facture 2610000001\u00a0: Cette facture est déjà réglée"):
        world.click_all(*bills)
    assert not PaymentAttempt.objects.exists()


def test_one_invoice_of_another_family_hides_all(bills, durands):
    theirs = world.invoice(durands, "2610000009")
    with pytest.raises(Invoice.DoesNotExist):
        start_payment(
            invoice_ids=[bills[0].pk, theirs.pk],
            family=bills[0].family,
            user=world.parent(bills[0].family),
            at=world.CLICKED_AT,
        )
    assert not PaymentAttempt.objects.exists()


def test_a_payment_of_one_of_them_in_progress_is_warned_of(bills):
    world.click(bills[1])
    with pytest.raises(PaymentInProgress):
        world.click_all(*bills)


# --- Where the money goes ---------------------------------------------------------------------------------------------


def test_each_invoice_takes_its_share_and_the_receipt_names_them_all(both, bills):
    assert world.deliver(world.word(both)).content == b"OK-applied"

    assert parts(both) == [("2609000001", Decimal(20)), ("2610000001", Decimal(30))]
    assert [world.owed(bill) for bill in bills] == [0, 0]
    mail = Email.objects.get()
    for written in (mail.message, mail.html_message):
        assert "2609000001 (septembre 2026)" in written
        assert "30,00\u00a0€" in written
    assert not Anomaly.objects.exists()


@pytest.mark.parametrize("which, kept", [(0, "20,00"), (1, "30,00")])
def test_the_share_of_an_invoice_settled_meanwhile_is_credit_and_the_other_is_paid(both, bills, which, kept):
    counter(bills[which], bills[which].total)

    world.deliver(world.word(both))

    assert [world.owed(bill) for bill in bills] == [0, 0]
    assert parts(both) == [(bills[1 - which].number, bills[1 - which].total)]
    anomaly = Anomaly.objects.get()
    assert (anomaly.kind, anomaly.invoice) == (Anomaly.Kind.OVERPAID, None)
    assert f"{kept}\u00a0€ à rembourser" in anomaly.message
    assert "les factures 2609000001 et 2610000001 devaient" in anomaly.message


def test_no_invoice_takes_more_than_its_share_even_if_it_owes_more_again(martins, noon):
    october = world.invoice(martins, total="30.00")
    september = world.invoice(martins, "2609000001", "20.00", month=SEPTEMBER)
    counter(september, 5)
    attempt = world.click_all(september, october).attempt  # 15 € and 30 €
    counter(september, -5)  # the cheque bounced: September owes 20 € again
    counter(october, 10)

    world.deliver(world.word(attempt))

    assert parts(attempt) == [("2609000001", Decimal(15)), ("2610000001", Decimal(20))]
    assert (world.owed(september), world.owed(october)) == (5, 0)


def test_a_refund_empties_the_latest_invoice_first(both, bills):
    world.deliver(world.word(both, "CAPTURED"))
    world.deliver(world.refund(both, 3500))

    assert [world.owed(bill) for bill in bills] == [5, 30]
    said = Anomaly.objects.get().message
    assert "La facture 2610000001 doit de nouveau 30,00" in said
    assert "La facture 2609000001 doit de nouveau 5,00" in said


def test_a_payment_called_off_days_later_gives_every_share_back(both, bills):
    world.deliver(world.word(both, "CAPTURED"))
    for _ in range(3):
        world.deliver(world.word(both, "CAPTURE_FAILED", url_check_src="BATCH"))

    assert [world.owed(bill) for bill in bills] == [20, 30]
    assert world.ledger() == 0


def test_two_payments_that_cross_pay_each_invoice_once(both, bills, martins):
    other = world.click(bills[1], user=world.parent(martins, 1), confirmed=True).attempt
    world.deliver(world.word(other, trans_uuid="b" * 32))
    world.deliver(world.word(both))

    assert [world.owed(bill) for bill in bills] == [0, 0]
    assert world.ledger() == Decimal(80)
    assert Anomaly.objects.get().kind == Anomaly.Kind.OVERPAID


# --- Two payments at the same instant ---------------------------------------------------------------------------------


@pytest.fixture
def two_crossing(both, bills, martins, monkeypatch):
    """One message pays September and October, the other October alone; both read what is owed before either writes."""
    from billing.services.payments import ledger

    other = world.click(bills[1], user=world.parent(martins, 1), confirmed=True).attempt
    monkeypatch.setattr(ledger, "owed_each", meeting_after(ledger.owed_each))
    bodies = [world.signed_body(world.word(each, trans_uuid=key * 32)) for each, key in [(both, "a"), (other, "b")]]
    return [lambda body=body: world.deliver_body(body).content for body in bodies]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [False, True])
def test_an_invoice_in_two_payments_at_once_is_paid_once_under_the_lock(two_crossing, bills, monkeypatch, locked):
    from billing.services.payments import ledger

    if not locked:
        expect_both(monkeypatch)
        monkeypatch.setattr(ledger, "lock_invoices", lambda ids: list(Invoice.objects.filter(pk__in=ids)))
    assert at_once(*two_crossing) == [b"OK-applied", b"OK-applied"]
    assert world.owed(bills[1]) == (0 if locked else -30)
    assert world.ledger() == Decimal(80)


# --- The pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def claire(client, martins):
    client.force_login(world.parent(martins))
    return client


def test_the_list_offers_to_tick_what_can_be_paid_and_to_pay_all(claire, bills, martins):
    world.invoice(
        martins, "2608000001", "10.00", month=date(2026, 8, 1), closes_at=world.CLICKED_AT - timedelta(days=1)
    )
    page = claire.get("/factures/").content.decode()

    assert page.count('type="checkbox" name="facture"') == 2
    assert "Tout régler\u00a0: 50,00\u00a0€" in page


def test_with_one_invoice_to_pay_there_is_nothing_to_tick(claire, martins, noon):
    world.invoice(martins)
    assert 'name="facture"' not in claire.get("/factures/").content.decode()


@pytest.mark.parametrize("query", ["?facture=2610000001&facture=2609000001", "?tout=1"])
def test_what_was_ticked_is_added_up_before_it_is_paid(claire, bills, query):
    page = words(claire.get(f"/factures/payer/{query}"))
    assert "Un seul paiement pour 2 factures" in page
    assert "Payer 50,00 €" in page
    assert not PaymentAttempt.objects.exists()

    leaving = claire.post("/factures/payer/", {"facture": ["2610000001", "2609000001"]}).content.decode()
    assert 'name="vads_amount" value="5000"' in leaving


def test_an_invoice_paid_meanwhile_is_left_out_in_words(claire, bills):
    counter(bills[0], 20)
    page = words(claire.get("/factures/payer/?facture=2610000001&facture=2609000001"))
    assert "2609000001 (septembre 2026) n’est pas comprise : elle est déjà réglée" in page
    assert "Payer 30,00 €" in page


def test_nothing_ticked_is_said_and_another_family_s_invoice_is_not_found(claire, bills, durands):
    world.invoice(durands, "2610000009")
    assert "Cochez au moins une facture" in words(claire.get("/factures/payer/", follow=True))
    assert claire.get("/factures/payer/?facture=2610000009&facture=2610000001").status_code == 404
    assert claire.post("/factures/payer/", {"facture": ["2610000009"]}).status_code == 404


def test_a_second_payment_of_several_is_warned_of_and_keeps_what_was_ticked(claire, bills):
    asked = {"facture": [bill.number for bill in bills]}
    claire.post("/factures/payer/", asked)
    warning = claire.post("/factures/payer/", asked).content.decode()
    assert "Vous risquez de payer deux fois" in warning
    assert warning.count('name="facture"') == 2

    claire.post("/factures/payer/", {**asked, "confirme": "1"})
    assert PaymentAttempt.objects.count() == 2


def test_the_way_back_names_each_invoice(claire, both):
    world.deliver(world.word(both, "REFUSED"))
    response = claire.get(f"/paiement/retour/{both.reference}/")
    page = words(response)
    assert "Les factures ne sont pas réglées" in page
    assert "2609000001 (septembre 2026) : 20,00 €" in page
    assert response.content.decode().count('name="facture"') == 2


def test_thirty_invoices_cost_no_more_queries_than_two(claire, bills, martins, django_assert_max_num_queries):
    claire.get("/")
    for number in range(28):
        world.invoice(martins, f"25{number:08d}", "1.00", month=date(2020 + number // 12, number % 12 + 1, 1))
    with django_assert_max_num_queries(12):
        assert "Payer 78,00" in words(claire.get("/factures/payer/?tout=1"))
    attempt = world.click_all(*Invoice.objects.filter(family=martins)).attempt
    with django_assert_max_num_queries(40):
        world.deliver(world.word(attempt))
    assert Allocation.objects.count() == 30
