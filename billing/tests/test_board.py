"""The régisseur's dashboard: what she reads is what the rows say."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Allocation, Invoice, Payment
from billing.queries.board import board_of
from billing.rules.board import Age
from billing.tests.factories import pay
from billing.tests.payments import world
from castres_portal.base.clock import PARIS

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
BOARD = "/admin/billing/invoice/tableau-de-bord/"
Kind, Means = Payment.Kind, Payment.Means


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = settings.PORTAL_CLOCK  # so that the fixture puts it back
    world.show(datetime(2026, 11, 25, 10, 0, tzinfo=PARIS))


def at(month, day, hour=12, year=2026):
    return datetime(year, month, day, hour, tzinfo=PARIS)


def money(on, amount, *, means=Means.CASH, kind=Kind.PAYMENT, when, attempt=None):
    payment = Payment.objects.create(
        number=f"Q{Payment.objects.count() + 1:08d}",
        family=on.family,
        kind=kind,
        means=means,
        amount=Decimal(amount),
        received_at=when,
        attempt=attempt,
    )
    Allocation.objects.create(payment=payment, invoice=on, amount=Decimal(amount))
    return payment


@pytest.fixture
def martin():
    return world.household("100001", "Martin")


@pytest.fixture
def durand():
    return world.household("100002", "Durand")


def month_of(board, month):
    return next(row for row in board.billed if row.month == month)


def test_a_month_says_what_was_billed_what_is_settled_and_how_late_the_rest_is(martin, durand):
    first = world.invoice(martin, total="60.00")  # due on 30 November
    second = world.invoice(durand, "2610000002", total="40.00", due_on=date(2026, 10, 20))
    pay(first, "45.00")
    pay(second, "10.00")

    october = month_of(board_of("", today=TODAY), date(2026, 10, 1))

    assert (october.invoices, october.billed, october.settled, october.owed) == (2, 100, 55, 45)
    assert october.percent == 55
    assert dict(zip(Age, october.by_age, strict=True)) == {
        Age.NOT_DUE: 15,
        Age.MONTH: 0,
        Age.TWO_MONTHS: 30,
        Age.THREE_MONTHS: 0,
        Age.OLDER: 0,
    }


def test_what_is_owed_for_earlier_months_is_not_forgotten(martin):
    world.invoice(martin, total="60.00")
    old = world.invoice(martin, "2506000001", "30.00", date(2025, 6, 1), due_on=date(2025, 7, 31))
    pay(old, "12.00")

    board = board_of("", today=TODAY)

    assert board.before_total == 18
    assert dict(board.owed_by_age)[Age.OLDER] == 18
    assert (board.owed_total, board.late_total, board.billed_total) == (78, 18, 60)
    assert [debt.owed for debt in board.largest] == [78]
    assert board_of("2024", today=TODAY).billed_total == 30


def test_money_counts_in_the_month_it_came_less_what_left_again(martin, settings):
    invoice = world.invoice(martin, total="100.00")
    online = world.attempt(invoice)
    money(invoice, "60.00", means=Means.CARD, attempt=online, when=at(11, 19))
    money(invoice, "30.00", when=at(11, 20))
    money(invoice, "-10.00", means=Means.CASH, kind=Kind.REFUND, when=at(11, 21))
    # The last minute of October in Castres is still October, though it is 23:30 in London.
    money(invoice, "20.00", means=Means.CHEQUE, when=datetime(2026, 10, 31, 23, 59, tzinfo=PARIS))
    money(invoice, "0.50", means=Means.CHEQUE, when=datetime(2026, 11, 1, 0, 1, tzinfo=PARIS))

    board = board_of("", today=TODAY)

    assert board.means == ["Carte bancaire", "Chèque", "Espèces"]
    october, november = board.collected[-2:]
    assert october.by_means == [0, 20, 0]
    assert (november.by_means, november.total, november.online) == ([60, Decimal("0.50"), 20], Decimal("80.50"), 60)
    assert (october.online_percent, november.online_percent, board.online_percent) == (0, 75, 60)
    assert november.shares == [75, 0, 25, 0]
    assert board.collected_total == sum(payment.amount for payment in Payment.objects.all())


def test_the_time_to_pay_runs_from_the_invoice_to_the_payment_that_settles_it(martin, durand):
    first = world.invoice(martin, total="60.00")  # of 8 November
    money(first, "20.00", when=at(11, 9))
    money(first, "40.00", when=at(11, 18))
    half_paid = world.invoice(durand, "2610000002", total="40.00")
    money(half_paid, "39.99", when=at(11, 9))

    found = board_of("", today=TODAY).time_to_pay

    assert (found.invoices, found.half) == (1, 10)


def test_a_contested_payment_makes_the_invoice_owe_again_and_leaves_the_times(martin):
    invoice = world.invoice(martin, total="60.00")
    money(invoice, "60.00", when=at(11, 9))
    money(invoice, "-60.00", kind=Kind.CHARGEBACK, when=at(11, 20))

    board = board_of("", today=TODAY)

    assert (board.owed_total, board.time_to_pay, board.collected_total) == (60, None, 0)


def test_the_page_shows_the_largest_debts_with_their_links(client, martin, durand):
    world.invoice(martin, total="60.00")
    world.invoice(durand, "2610000002", total="1040.00")
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))

    text = client.get(BOARD).content.decode()

    assert text.index(f"/admin/families/family/{durand.pk}/change/") < text.index(
        f"/admin/families/family/{martin.pk}/change/"
    )
    assert "1\u00a0040,00\u00a0€" in text
    assert 'href="/admin/billing/invoice/?month=2026-10-01&amp;reglement=a-regler">Octobre 2026</a>' in text
    assert client.get("/admin/billing/invoice/?month=2026-10-01&reglement=a-regler").status_code == 200
    assert client.get(BOARD + "?periode=n-importe-quoi").status_code == 200
    empty = client.get(BOARD + "?periode=2026")
    assert 'aria-current="page">Année scolaire 2026-2027' in empty.content.decode()


def test_a_town_without_invoice_has_an_empty_board(client):
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))

    text = client.get(BOARD).content.decode()

    assert "Personne ne doit rien." in text
    assert "Rien n’a été encaissé dans cette période." in text


def test_the_board_costs_the_same_for_one_invoice_and_for_thirty(martin):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            board_of("", today=TODAY)
        return len(queries)

    pay(world.invoice(martin), "1.00")
    one = cost()
    for number in range(2, 30):
        family = world.household(f"1000{number:02d}", f"Foyer{number}")
        pay(world.invoice(family, f"26100000{number:02d}"), "1.00")

    assert Invoice.objects.count() == 29
    assert one == cost() == 7


def test_the_first_page_says_what_is_to_come_what_is_late_and_what_is_to_print(client, martin, durand):
    pay(world.invoice(martin, total="60.00"), "12.50")  # due on 30 November
    world.invoice(durand, "2609000001", total="40.00", month=date(2026, 9, 1), due_on=date(2026, 10, 31))
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))

    found = {counter.label: (counter.value, counter.url) for counter in client.get("/admin/").context["counters"]}

    invoices = "/admin/billing/invoice/"
    assert found["à encaisser ce mois-ci"] == ("47,50\u00a0€", f"{invoices}?reglement=a-regler")
    assert found["en retard de paiement"] == ("40,00\u00a0€", f"{invoices}?reglement=en-retard")
    assert found["factures d’octobre 2026 à imprimer"] == (1, "/admin/billing/printbatch/")
    late = client.get(f"{invoices}?reglement=en-retard").context["cl"].result_list
    assert [invoice.number for invoice in late] == ["2609000001"]


def test_the_first_page_of_the_cook_says_nothing_of_money(client, martin):
    world.invoice(martin, total="60.00")
    client.force_login(UserFactory(agent=True, role=roles.CUISINE))

    assert "€" not in client.get("/admin/").content.decode()
