"""When an invoice can be paid, and where it stands (guide of Espace Citoyens)."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from billing.rules.windows import InvoiceState, WindowPolicy, closing_of, invoice_state, settled_label, window_for
from castres_portal.base.clock import PARIS

POLICY = WindowPolicy(opens_day=8, opens_at=time(9, 30), closes_at=time(23, 59))
OCTOBER = date(2026, 10, 1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    "month, issued, opens, closes",
    [
        # By cron on the 8th at 06:00: the guide's own window.
        ("2026-10-01", "2026-11-08T06:00", "2026-11-08T09:30", "2026-11-30T23:59:59"),
        # Early: it still opens on the 8th.
        ("2026-10-01", "2026-11-01T00:05", "2026-11-08T09:30", "2026-11-30T23:59:59"),
        # Later in the month: at once.
        ("2026-10-01", "2026-11-20T15:00", "2026-11-20T15:00", "2026-11-30T23:59:59"),
        ("2026-10-01", "2026-11-30T23:58", "2026-11-30T23:58", "2026-11-30T23:59:59"),
        # In a later month: until the end of that one.
        ("2026-10-01", "2026-12-03T10:00", "2026-12-03T10:00", "2026-12-31T23:59:59"),
        ("2026-10-01", "2027-02-03T10:00", "2027-02-03T10:00", "2027-02-28T23:59:59"),
        # December is paid in January; the clocks change between opening and closing in March.
        ("2026-12-01", "2027-01-08T06:00", "2027-01-08T09:30", "2027-01-31T23:59:59"),
        ("2027-02-01", "2027-03-08T06:00", "2027-03-08T09:30", "2027-03-31T23:59:59"),
        ("2028-01-01", "2028-02-08T06:00", "2028-02-08T09:30", "2028-02-29T23:59:59"),
    ],
)
def test_the_window_of_an_invoice(month, issued, opens, closes):
    window = window_for(date.fromisoformat(month), issued_at=at(issued), policy=POLICY)

    assert (window.opens_at, window.closes_at, window.due_on) == (at(opens), at(closes), at(closes).date())


@pytest.mark.parametrize(
    "paid, now, state",
    [
        ("0", "2026-11-08T09:29:59", InvoiceState.NOT_YET_OPEN),
        ("0", "2026-11-08T09:30", InvoiceState.DUE),
        ("0", "2026-11-30T23:59:59", InvoiceState.DUE),
        ("0", "2026-12-01T00:00", InvoiceState.CLOSED),
        ("0.01", "2026-11-19T12:06", InvoiceState.PARTLY),
        ("20", "2026-11-19T12:06", InvoiceState.PARTLY),
        ("20", "2026-12-01T00:00", InvoiceState.CLOSED),
        ("63.98", "2026-11-08T00:00", InvoiceState.PAID),
        ("63.98", "2026-12-31T00:00", InvoiceState.PAID),
        ("70", "2026-11-19T12:06", InvoiceState.PAID),
        ("-5", "2026-11-19T12:06", InvoiceState.DUE),
    ],
)
def test_where_an_invoice_stands(paid, now, state):
    window = window_for(OCTOBER, issued_at=at("2026-11-08T06:00"), policy=POLICY)

    found = invoice_state(
        total=Decimal("63.98"),
        paid=Decimal(paid),
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        at=at(now),
    )

    assert found == state


@pytest.mark.parametrize(
    "paid, treasury, state",
    [("0", True, InvoiceState.AT_TREASURY), ("0", False, InvoiceState.CLOSED), ("63.98", True, InvoiceState.PAID)],
)
def test_what_the_tresor_collects_is_no_longer_paid_here(paid, treasury, state):
    window = window_for(OCTOBER, issued_at=at("2026-11-08T06:00"), policy=POLICY)
    found = invoice_state(
        total=Decimal("63.98"),
        paid=Decimal(paid),
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        at=at("2027-01-20T10:00"),
        at_treasury=treasury,
    )
    assert found == state


@pytest.mark.parametrize(
    "paid, treasury, label",
    [
        ("0", False, "Non réglée"),
        ("0.01", False, "Réglée en partie"),
        ("63.97", False, "Réglée en partie"),
        ("63.98", False, "Réglée"),
        ("70", False, "Réglée"),
        ("20", True, "Transmise au Trésor"),
        ("63.98", True, "Réglée"),
    ],
)
def test_how_far_an_invoice_is_paid(paid, treasury, label):
    assert settled_label(total=Decimal("63.98"), paid=Decimal(paid), at_treasury=treasury) == label


def test_payment_closes_at_the_last_second_of_its_last_minute():
    assert closing_of(date(2026, 12, 15), policy=POLICY) == at("2026-12-15T23:59:59")


def test_an_invoice_that_nobody_handed_over_is_simply_not_paid():
    assert settled_label(total=Decimal("63.98"), paid=Decimal(0)) == "Non réglée"
