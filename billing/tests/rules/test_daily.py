"""One transaction at the bank and one payment in the ledger: what is said of both."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import DailyLine
from billing.payzen.journal import JournalLine
from billing.rules.daily import Entry, compare

V = DailyLine.Verdict
DAY = date(2026, 11, 19)
AT = datetime(2026, 11, 19, 11, 6, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 20, 0, 55, tzinfo=UTC)
PAID = JournalLine(3, "a" * 32, "a" * 32, "000123", "2610000001-1", "DEBIT", "CAPTURED", 6398, DAY)
KNOWN = Entry(
    payment=1,
    number="P2026-000001",
    operation="DEBIT",
    uuid="a" * 32,
    order_id="2610000001-1",
    trans_id="000123",
    amount=Decimal("63.98"),
    at=AT,
    attempt=7,
)
GIVEN_BACK = replace(KNOWN, operation="CREDIT", amount=Decimal("-63.98"))
CALLED_OFF = replace(KNOWN, called_off_at=WRITTEN + timedelta(hours=9), called_off_by="P2026-000002")
CONTESTED = replace(KNOWN, taken_back=Decimal("-63.98"), taken_back_by="P2026-000003")


def judged(lines, entries, covered=(DAY,)):
    return compare(lines, entries, covered=covered, written_at=WRITTEN)


@pytest.mark.parametrize(
    "line, entry, verdict, bank, ledger",
    [
        (PAID, KNOWN, V.SAME, "63.98", "63.98"),
        (replace(PAID, status="AUTHORISED"), KNOWN, V.SAME, "63.98", "63.98"),
        (replace(PAID, operation="CREDIT"), GIVEN_BACK, V.SAME, "-63.98", "-63.98"),
        (PAID, None, V.BANK_ONLY, "63.98", "0"),
        (replace(PAID, operation="CREDIT"), None, V.BANK_ONLY, "-63.98", "0"),
        (None, KNOWN, V.LEDGER_ONLY, "0", "63.98"),
        (replace(PAID, cents=6399), KNOWN, V.AMOUNT, "63.99", "63.98"),
        (replace(PAID, day=DAY - timedelta(days=1)), KNOWN, V.DAY, "63.98", "63.98"),
        (PAID, CONTESTED, V.CHARGED_BACK, "63.98", "63.98"),
        # The bank called it off: after its own file, or before it.
        (PAID, CALLED_OFF, V.CALLED_OFF, "63.98", "0"),
        (PAID, replace(CALLED_OFF, called_off_at=AT), V.CALLED_OFF_HERE, "63.98", "0"),
        (replace(PAID, status="CAPTURE_FAILED"), CALLED_OFF, V.CALLED_OFF, "0", "0"),
        (replace(PAID, status="CAPTURE_FAILED"), KNOWN, V.NOT_CALLED_OFF, "0", "63.98"),
        (replace(PAID, status="CANCELLED"), CONTESTED, V.CHARGED_BACK, "0", "63.98"),
        (replace(PAID, status="AUTHORISED_TO_VALIDATE"), None, V.WAITING, "0", "0"),
        (replace(PAID, status="AUTHORISED_TO_VALIDATE"), KNOWN, V.NOT_CALLED_OFF, "0", "63.98"),
        (replace(PAID, status="REFUSED"), None, V.NO_MONEY, "0", "0"),
        (replace(PAID, operation="VERIFICATION", status="ACCEPTED"), None, V.NO_MONEY, "0", "0"),
        (replace(PAID, status="PRESQUE"), None, V.UNREADABLE, "0", "0"),
        (replace(PAID, status="PARTIALLY_AUTHORISED"), None, V.UNREADABLE, "0", "0"),
    ],
)
def test_one_transaction(line, entry, verdict, bank, ledger):
    [each] = judged([line] if line else [], [entry] if entry else [])
    assert (each.verdict, each.bank, each.ledger) == (verdict, Decimal(bank), Decimal(ledger))
    assert bool(each.words) is (verdict not in (V.SAME, V.NO_MONEY))


def test_two_cards_under_one_order_without_identifiers():
    """The refused card comes first in the file; the payment is the accepted one's."""
    refused = replace(PAID, number=3, key="x", uuid="", status="REFUSED")
    accepted = replace(PAID, number=4, key="x#2", uuid="")
    assert [each.verdict for each in judged([refused, accepted], [KNOWN])] == [V.NO_MONEY, V.SAME]


def test_another_transaction_of_the_same_order_is_not_taken_for_it():
    other = replace(PAID, key="b" * 32, uuid="b" * 32)
    assert [each.verdict for each in judged([other], [KNOWN])] == [V.BANK_ONLY, V.LEDGER_ONLY]


def test_a_payment_between_the_two_midnights_waits_for_both_files():
    """00:30 in Paris on the 20th is 23:30 on the 19th in UTC: nobody knows in which file it will be."""
    late = replace(KNOWN, at=datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
    assert judged([], [late]) == []
    [each] = judged([], [late], covered=(DAY, DAY + timedelta(days=1)))
    assert each.verdict == V.LEDGER_ONLY
    assert [each.verdict for each in judged([PAID], [late])] == [V.SAME]
