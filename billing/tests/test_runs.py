"""A month's invoices: each household once, priced by the quotient of each day, numbered without gap."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Anomaly, BillingChunk, BillingRun, Invoice, InvoicePdf, PaymentWindow
from billing.services import runs
from billing.services.runs import chunks, issuing, starting
from billing.tests.factories import (
    ISSUED_AT,
    OCTOBER,
    WEEK,
    TariffFactory,
    book,
    evening_care,
    household,
    households_at_the_canteen,
    invoice_of,
    issue,
)
from castres_portal.base.clock import PARIS
from families.models import Child
from families.tests.factories import CustodyFactory, QuotientRecordFactory
from reservations.models import Activity, Booking, Tariff

pytestmark = pytest.mark.django_db


def vote_again():
    """End the tariff that has priced other households: it stays as it is, and another begins."""
    tariff = Tariff.objects.get()
    Tariff.objects.update(ends_on=date(2026, 9, 30))
    TariffFactory(activity=tariff.activity, starts_on=OCTOBER)


def numbers():
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


# --- What an invoice says ---------------------------------------------------------------------------------------------


def test_a_household_receives_one_invoice_of_all_its_children_and_services():
    TariffFactory()
    family = household(quotient=850)
    book(family, "Léa", WEEK)
    book(family, Child.objects.get(), WEEK[:2], evening_care())
    book(family, "Tom", WEEK[:1])

    invoice = invoice_of(family)

    assert invoice.number == "2610000001"
    assert invoice.total == Decimal("17.20")  # 4 × 3,00 + 2 × 1,10 + 1 × 3,00
    assert invoice.payer_name == "Madame Claire MARTIN"
    assert invoice.payer_address == "12 rue des Tanneurs\n81100 Castres"
    assert (invoice.issued_on, invoice.month) == (date(2026, 11, 8), OCTOBER)
    assert invoice.window.opens_at == datetime(2026, 11, 8, 9, 30, tzinfo=PARIS)
    assert invoice.window.closes_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=PARIS)
    assert invoice.window.due_on == date(2026, 11, 30)
    assert invoice.pdf.made_at is None
    assert invoice.note == ""


def test_a_line_copies_what_it_was_priced_by():
    TariffFactory()
    invoice = invoice_of(book(household(quotient=850), "Léa", WEEK[:1])[0].family)

    line = invoice.lines.get()

    assert (line.child_name, line.activity_name, line.day) == ("Léa MARTIN", "Restauration scolaire", WEEK[0])
    assert (line.quotient, line.band, line.rule) == (850, "B", "quotient")
    assert (line.care_part, line.food_part, line.amount) == (Decimal("0.90"), Decimal("2.10"), Decimal("3.00"))
    assert line.deliberation.startswith("délibération")


def test_each_day_is_priced_by_the_quotient_that_holds_on_it():
    TariffFactory()
    family = household(quotient=None)
    QuotientRecordFactory(family=family, value=300, starts_on=date(2026, 1, 1), ends_on=date(2026, 10, 6))
    QuotientRecordFactory(family=family, value=1200, starts_on=date(2026, 10, 8))
    book(family, "Léa", [date(2026, 10, 6), date(2026, 10, 7), date(2026, 10, 8)])

    invoice = invoice_of(family)

    found = invoice.lines.order_by("day").values_list("quotient", "band", "rule", "amount")
    assert list(found) == [
        (300, "A", "quotient", Decimal("1.00")),
        (None, "C", "maximum", Decimal("4.50")),
        (1200, "C", "quotient", Decimal("4.50")),
    ]
    assert "tranche la plus élevée est appliquée à une réservation" in invoice.note


def test_separated_parents_each_receive_the_days_that_each_booked():
    TariffFactory()
    petit, bernard = household("Petit", quotient=300), household("Bernard", quotient=1000)
    zoe = book(petit, "Zoé", WEEK[:3])[0].child
    CustodyFactory(child=zoe, family=bernard, even_weeks=True, starts_on=date(2026, 9, 1))
    book(bernard, zoe, [date(2026, 10, 12), date(2026, 10, 13)])

    issue()

    assert Invoice.objects.get(family=petit).total == Decimal("3.00")
    assert Invoice.objects.get(family=bernard).total == Decimal("9.00")


# --- Who receives one, and who does not -------------------------------------------------------------------------------


def test_a_family_with_nothing_to_pay_receives_none():
    TariffFactory(bands=[("A", 0, 500, "0", "0"), ("B", 500, None, "1", "2")])
    nobody, free, cancelled, another_month = (household(quotient=quotient) for quotient in (850, 300, 850, 850))
    book(free, "Léa", WEEK)
    book(cancelled, "Tom", WEEK)
    Booking.objects.filter(family=cancelled).update(status=Booking.Status.CANCELLED, cancelled_at=ISSUED_AT)
    book(another_month, "Zoé", [date(2026, 9, 28), date(2026, 11, 2)])

    run = issue()

    assert not Invoice.objects.exists()
    assert not Anomaly.objects.exists()
    assert (run.households, run.finished_at) == (1, ISSUED_AT)
    assert not nobody.invoices.exists()


@pytest.mark.parametrize(
    "break_it, kind, mend_it",
    [
        (
            lambda family: Tariff.objects.update(starts_on=date(2026, 10, 6)),
            Anomaly.Kind.NO_TARIFF,
            lambda family: TariffFactory(activity=Activity.objects.get(), ends_on=date(2026, 10, 5)),
        ),
        (
            lambda family: Tariff.objects.get().bands.filter(label="B").update(quotient_from=860),
            Anomaly.Kind.QUOTIENT_GAP,
            lambda family: vote_again(),
        ),
        (
            lambda family: family.guardians.update(pays=False),
            Anomaly.Kind.NO_PAYER,
            lambda family: family.guardians.update(pays=True),
        ),
    ],
    ids=["no tariff on one day", "quotient in a hole", "nobody pays"],
)
def test_what_cannot_be_priced_is_held_back_by_name_and_invoiced_by_a_later_run(break_it, kind, mend_it):
    TariffFactory()
    family = household(quotient=850)
    book(family, "Léa", WEEK)
    other = household(quotient=900)
    book(other, "Tom", [date(2026, 10, 12)])
    break_it(family)

    issue()

    assert list(Invoice.objects.values_list("family", flat=True)) == [other.pk]
    [anomaly] = Anomaly.objects.all()
    assert (anomaly.kind, anomaly.family, anomaly.settled_at) == (kind, family, None)

    issue(at=ISSUED_AT + timedelta(hours=1))
    assert Anomaly.objects.filter(settled_at=None).count() == 1, "said again by this run, once"

    mend_it(family)
    issue(at=ISSUED_AT + timedelta(days=1))

    assert Invoice.objects.get(family=family).number == "2610000002"
    assert not Anomaly.objects.filter(settled_at=None).exists()


# --- The run ----------------------------------------------------------------------------------------------------------


def test_a_month_that_is_not_over_is_refused_in_french():
    with pytest.raises(runs.CannotInvoice) as refusal:
        runs.start_run(month=OCTOBER, by=None, at=datetime(2026, 10, 31, 23, 59, tzinfo=PARIS))

    assert refusal.value.message.startswith("Le mois d’octobre 2026 n’est pas terminé")
    assert not BillingRun.objects.exists()


def test_run_twice_it_invoices_what_is_missing_and_nothing_else():
    TariffFactory()
    first = households_at_the_canteen(3)
    issue()
    before = list(Invoice.objects.values_list("pk", "number"))
    late = household()
    book(late, "Léa")

    second_run = issue(at=ISSUED_AT + timedelta(hours=2))
    issue(at=ISSUED_AT + timedelta(hours=3))

    assert numbers() == ["2610000001", "2610000002", "2610000003", "2610000004"]
    assert list(Invoice.objects.filter(family__in=first).values_list("pk", "number")) == before
    assert second_run.households == 1


def test_each_month_has_its_own_numbers():
    TariffFactory()
    family = household()
    book(family, "Léa", [date(2026, 9, 28), date(2026, 10, 5)])

    issue(OCTOBER)
    issue(date(2026, 9, 1))

    assert numbers() == ["2609000001", "2610000001"]


def test_a_second_person_joins_the_run_that_is_under_way():
    TariffFactory()
    households_at_the_canteen(2)

    first = runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT)
    second = runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT)

    assert first == second
    assert BillingChunk.objects.count() == 1


@pytest.fixture
def three_chunks(monkeypatch):
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 2)
    TariffFactory()
    households_at_the_canteen(5)
    return runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT, wake_workers=False)


def test_the_run_is_finished_with_its_last_chunk(three_chunks):
    waiting = runs.waiting_chunks(three_chunks)
    assert [BillingChunk.objects.get(pk=pk).households for pk in waiting] == [2, 2, 1]

    for chunk_id in waiting:
        three_chunks.refresh_from_db()
        assert three_chunks.finished_at is None
        runs.run_chunk(chunk_id, at=ISSUED_AT)

    three_chunks.refresh_from_db()
    assert three_chunks.finished_at == ISSUED_AT
    assert [(chunk.invoices, chunk.amount) for chunk in three_chunks.chunks.all()] == [
        (2, Decimal("24.00")),
        (2, Decimal("24.00")),
        (1, Decimal("12.00")),
    ]


def test_a_chunk_done_is_not_done_again(three_chunks):
    chunk_id = runs.waiting_chunks(three_chunks)[0]

    assert runs.run_chunk(chunk_id, at=ISSUED_AT).invoices == 2
    assert runs.run_chunk(chunk_id, at=ISSUED_AT) is None
    assert numbers() == ["2610000001", "2610000002"]


@pytest.mark.parametrize("step", ["lines", "windows", "closing"])
def test_cut_in_the_middle_of_a_chunk_it_leaves_nothing_and_no_gap(three_chunks, step):
    broken = {
        "lines": patch.object(issuing, "insert_rows", side_effect=ZeroDivisionError),
        "windows": patch.object(issuing, "_windows", side_effect=ZeroDivisionError),
        "closing": patch.object(chunks, "_close_if_done", side_effect=ZeroDivisionError),
    }[step]
    first, second, third = runs.waiting_chunks(three_chunks)
    runs.run_chunk(first, at=ISSUED_AT)
    with broken, pytest.raises(ZeroDivisionError):
        runs.run_chunk(second, at=ISSUED_AT)

    assert len(numbers()) == 2
    assert PaymentWindow.objects.count() == InvoicePdf.objects.count() == 2

    runs.resume_runs(at=ISSUED_AT)

    assert numbers() == [f"26100000{rank:02d}" for rank in range(1, 6)]
    assert Invoice.objects.values("family").distinct().count() == 5
    three_chunks.refresh_from_db()
    assert three_chunks.finished_at


def test_a_chunk_that_fails_stops_no_other(three_chunks, caplog):
    real, bad = chunks.households_of, runs.waiting_chunks(three_chunks)[0]

    def households(chunk):
        if chunk.pk == bad:
            raise ZeroDivisionError
        return real(chunk)

    with patch.object(chunks, "households_of", households):
        runs.resume_runs(at=ISSUED_AT)

    assert runs.waiting_chunks(three_chunks) == [bad]
    assert numbers() == ["2610000001", "2610000002", "2610000003"]
    assert f"Le lot {bad}" in caplog.text


def test_workers_are_woken_for_each_chunk_and_a_broker_that_is_down_changes_nothing(
    monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 2)
    TariffFactory()
    households_at_the_canteen(3)

    no_broker = patch("billing.tasks.run_chunk.apply_async", side_effect=OSError("personne"))
    with no_broker as sent, django_capture_on_commit_callbacks(execute=True):
        run = runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT)

    assert [call.args[0] for call in sent.call_args_list] == [(pk,) for pk in runs.waiting_chunks(run)]


def test_a_chunk_costs_the_same_number_of_queries_whatever_its_households():
    TariffFactory()
    counts = []
    for month, families in ((date(2026, 9, 1), 1), (date(2026, 10, 1), 12)):
        for family in [household() for _ in range(families)]:
            book(family, "Léa", [month + timedelta(days=day) for day in (6, 7, 8)])
        run = runs.start_run(month=month, by=None, at=ISSUED_AT, wake_workers=False)
        [chunk_id] = runs.waiting_chunks(run)
        with CaptureQueriesContext(connection) as queries:
            runs.run_chunk(chunk_id, at=ISSUED_AT)
        counts.append(len(queries))

    assert counts[0] == counts[1] < 30
    assert Invoice.objects.count() == 13
