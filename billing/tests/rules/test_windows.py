"""When an invoice can be paid, and where it stands (guide of Espace Citoyens)."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from billing.rules.windows import InvoiceState, WindowPolicy, invoice_state, window_for
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
