"""An issued invoice never changes, whoever asks: the model, a query, or the database's own console."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.tests.factories import UserFactory
from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.services.corrections import confirm_credit_note, propose_price_error
from billing.tests.factories import NOON, TariffFactory, book, household, invoice_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice():
    TariffFactory()
    family = household()
    book(family)
    return invoice_of(family)


def test_the_model_refuses(invoice):
    invoice.total = 1

    with pytest.raises(Invoice.Frozen, match="ne change plus"):
        invoice.save()
    with pytest.raises(Invoice.Frozen, match="ne se supprime pas"):
        invoice.delete()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.objects.update(total=1),
        lambda: InvoiceLine.objects.update(amount=0, care_part=0, food_part=0),
        lambda: InvoiceLine.objects.bulk_update([_changed_line()], ["band"]),
        lambda: _sql("UPDATE billing_invoice SET note = 'x'"),
        lambda: _sql("UPDATE billing_invoiceline SET band = 'x'"),
    ],
    ids=["queryset", "lines", "bulk_update", "sql", "sql on lines"],
)
def test_the_database_refuses_a_change(invoice, change):
    with pytest.raises(DatabaseError, match="une facture émise ne change plus"), transaction.atomic():
        change()

    invoice.refresh_from_db()
    assert (invoice.total, invoice.note) == (12, "")


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["billing_invoiceline", "billing_invoice"])
def test_postgresql_refuses_a_deletion(invoice, table):
    with pytest.raises(DatabaseError, match="une facture émise ne change plus"), transaction.atomic():
        _sql(f"DELETE FROM {table}")

    assert invoice.lines.count() == 4


def test_a_confirmed_credit_note_is_frozen_and_a_proposed_one_is_not(invoice):
    agent, lines = UserFactory(agent=True), list(invoice.lines.all())
    note = propose_price_error(
        invoice=invoice, lines=[lines[0].pk], per_line=None, reason="prix", words="x", by=agent, at=NOON
    )
    CreditNote.objects.update(words="relu")
    confirm_credit_note(note=note, by=agent, at=NOON)
    deeds = [
        lambda: CreditNote.objects.update(total=1),
        lambda: CreditNoteLine.objects.update(amount=1, care_part=1, food_part=0),
        lambda: CreditNoteLine.objects.create(note=note, line=lines[1], care_part=1, food_part=0, amount=1),
    ]
    for deed in deeds:
        with pytest.raises(DatabaseError, match="un avoir confirmé ne change plus"), transaction.atomic():
            deed()


def _changed_line():
    line = InvoiceLine.objects.first()
    line.band = "x"
    return line


def _sql(text):
    with connection.cursor() as cursor:
        cursor.execute(text)
