"""What the nightly check says of an attempt, its messages and its money: in examples, without a database."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest

from billing.models import Discrepancy, Payment, PaymentAttempt, PayzenMessage
from billing.payzen.transactions import Outcome
from billing.rules.reconciliation import (
    AttemptFacts,
    Finding,
    Row,
    Series,
    Told,
    amounts_differ,
    check_attempt,
    left_message,
    message_left,
    missing_numbers,
)
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.reading import read

Kind, Money, Status, Fate = Discrepancy.Kind, Payment.Kind, PaymentAttempt.Status, PayzenMessage.Outcome
NIGHT = datetime(2026, 11, 25, 3, 0, tzinfo=PARIS)
LACKING = "le message est dit appliqué, et le registre n’a pas ce paiement."
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
OCTOBER = date(2026, 10, 1)

SAID = Told(
    message=31,
    uuid="a" * 32,
    operation="DEBIT",
    outcome=Outcome.PAID,
    cents=6398,
    fate=Fate.APPLIED,
    explanation="",
    received_at=NIGHT - DAY,
)
REFUSED = replace(SAID, message=32, outcome=Outcome.FAILED)
PAYMENT = Row(payment=7, number="P2611000007", kind=Money.PAYMENT, uuid="a" * 32, amount=D("63.98"), is_recorded=False)
REVERSAL = replace(PAYMENT, payment=8, number="P2611000008", kind=Money.REVERSAL, amount=D("-63.98"))
CHARGEBACK = replace(
    PAYMENT, payment=9, number="P2611000009", kind=Money.CHARGEBACK, amount=D("-63.98"), is_recorded=True
)
GIVEN_BACK = replace(SAID, message=33, uuid="b" * 32, operation="CREDIT", cents=2000)
REFUND = replace(PAYMENT, payment=10, number="P2611000010", kind=Money.REFUND, uuid="b" * 32, amount=D("-20.00"))


def findings(*, told=(), rows=(), status=Status.PAID):
    facts = AttemptFacts(
        attempt=5,
        order_id="F2610000001-1",
        status=status,
        family=2,
        invoice=3,
        month=OCTOBER,
        told=list(told),
        rows=list(rows),
    )
    return list(check_attempt(facts, at=NIGHT))


def said(found):
    return [(one.kind, one.key, read(one.words), read(one.expected), read(one.found), one.difference) for one in found]


def unproven(row, why):
    amount = f"{row.amount:.2f} €".replace(".", ",").replace("-", "−")
    words = f"{row.number} (F2610000001-1) : {why}."
    return (Kind.UNPROVEN, f"paiement {row.payment}", words, "0,00 €", amount, row.amount)


NOT_REVERSED = (
    Kind.NOT_REVERSED,
    "paiement 7",
    "La banque a annulé P2611000007 (F2610000001-1), le registre le compte encore.",
    "0,00 €",
    "63,98 €",
    D("63.98"),
)


@pytest.mark.parametrize(
    "told, rows, status",
    [
        ([], [], Status.STARTED),
        ([], [], Status.ABANDONED),  # the bank was asked until nothing more could come
        ([SAID], [PAYMENT], Status.PAID),
        ([SAID, replace(SAID, fate=Fate.REPEATED)], [PAYMENT], Status.PAID),
        ([SAID, REFUSED], [PAYMENT, REVERSAL], Status.REFUSED),
        ([replace(REFUSED, fate=Fate.NOTED)], [], Status.REFUSED),
        ([SAID, GIVEN_BACK], [PAYMENT, REFUND], Status.PAID),
        ([SAID], [PAYMENT, CHARGEBACK], Status.PAID),
        # An agent noted the unpaid direct debit: the bank's failure needs no reversal besides.
        ([SAID, REFUSED], [PAYMENT, CHARGEBACK], Status.PAID),
        # A first card refused, a second one accepted.
        ([replace(REFUSED, uuid="c" * 32), SAID], [PAYMENT], Status.PAID),
        # An agent's own row explains itself.
        ([], [replace(PAYMENT, uuid="", is_recorded=True)], Status.PAID),
        # A failure announced and not yet applied says nothing yet.
        ([SAID, replace(REFUSED, fate=Fate.STORED, received_at=NIGHT)], [PAYMENT], Status.PAID),
        # A message set aside for a person, and the one that was applied.
        ([replace(SAID, cents=1, fate=Fate.FLAGGED, explanation="vu"), SAID], [PAYMENT], Status.PAID),
        ([SAID, replace(SAID, cents=1, fate=Fate.FLAGGED, explanation="vu")], [PAYMENT], Status.PAID),
        ([SAID, replace(REFUSED, fate=Fate.FLAGGED, explanation="vu")], [PAYMENT], Status.PAID),
    ],
)
def test_a_history_that_agrees_has_nothing_to_examine(told, rows, status):
    assert said(findings(told=told, rows=rows, status=status)) == []


@pytest.mark.parametrize(
    "told, rows, status, expected",
    [
        (
            [],
            [replace(PAYMENT, uuid="")],
            Status.PAID,
            [unproven(PAYMENT, "aucune transaction de la banque ni écriture d’un agent ne l’explique")],
        ),
        ([], [PAYMENT], Status.PAID, [unproven(PAYMENT, "aucun message de la banque ne l’annonce")]),
        # A debit does not prove a refund, nor a refusal a payment.
        (
            [SAID, replace(SAID, uuid="b" * 32, cents=2000)],
            [PAYMENT, REFUND],
            Status.PAID,
            [unproven(REFUND, "aucun message de la banque ne l’annonce")],
        ),
        (
            [SAID],
            [REVERSAL],
            Status.PENDING,
            [
                unproven(REVERSAL, "il n’y a rien à annuler"),
                (
                    Kind.MONEY_MISSING,
                    f"transaction {'a' * 32}",
                    f"La banque annonce 63,98 € pour F2610000001-1, {LACKING}",
                    "63,98 €",
                    "0,00 €",
                    D("-63.98"),
                ),
            ],
        ),
        (
            [SAID],
            [PAYMENT, replace(CHARGEBACK, is_recorded=False)],
            Status.PAID,
            [unproven(CHARGEBACK, "aucun impayé n’a été noté par un agent")],
        ),
        (
            [SAID],
            [PAYMENT, REVERSAL],
            Status.PENDING,
            [unproven(REVERSAL, "aucun message de la banque n’annonce cet échec")],
        ),
        (
            [SAID],
            [replace(PAYMENT, amount=D("63.00"))],
            Status.PAID,
            [
                (
                    Kind.AMOUNT,
                    "paiement 7",
                    "Le registre et la banque donnent deux montants à P2611000007 (F2610000001-1).",
                    "63,98 €",
                    "63,00 €",
                    D("-0.98"),
                )
            ],
        ),
        (
            [SAID, REFUSED],
            [PAYMENT, replace(REVERSAL, amount=D("-60.00"))],
            Status.REFUSED,
            [
                (
                    Kind.AMOUNT,
                    "paiement 8",
                    "Le registre et la banque donnent deux montants à P2611000008 (F2610000001-1).",
                    "−63,98 €",
                    "−60,00 €",
                    D("3.98"),
                )
            ],
        ),
        (
            [SAID, replace(GIVEN_BACK, cents=2500)],
            [PAYMENT, REFUND],
            Status.PAID,
            [
                (
                    Kind.AMOUNT,
                    "paiement 10",
                    "Le registre et la banque donnent deux montants à P2611000010 (F2610000001-1).",
                    "−25,00 €",
                    "−20,00 €",
                    D("5.00"),
                )
            ],
        ),
        # The last amount that was applied counts.
        (
            [replace(SAID, cents=1000), SAID],
            [replace(PAYMENT, amount=D("10.00"))],
            Status.PAID,
            [
                (
                    Kind.AMOUNT,
                    "paiement 7",
                    "Le registre et la banque donnent deux montants à P2611000007 (F2610000001-1).",
                    "63,98 €",
                    "10,00 €",
                    D("-53.98"),
                )
            ],
        ),
        (
            [SAID, GIVEN_BACK],
            [PAYMENT],
            Status.PAID,
            [
                (
                    Kind.MONEY_MISSING,
                    f"transaction {'b' * 32}",
                    f"La banque annonce −20,00 € pour F2610000001-1, {LACKING}",
                    "−20,00 €",
                    "0,00 €",
                    D("20.00"),
                )
            ],
        ),
        (
            [replace(SAID, fate=Fate.REPEATED)],
            [],
            Status.PENDING,
            [
                (
                    Kind.MONEY_MISSING,
                    f"transaction {'a' * 32}",
                    f"La banque annonce 63,98 € pour F2610000001-1, {LACKING}",
                    "63,98 €",
                    "0,00 €",
                    D("-63.98"),
                )
            ],
        ),
    ],
)  # fmt: skip
def test_money_that_the_bank_does_not_prove_is_named(told, rows, status, expected):
    assert said(findings(told=told, rows=rows, status=status)) == expected


def test_a_cancellation_that_the_ledger_forgot_is_named():
    late = replace(REFUSED, received_at=NIGHT)
    found = findings(told=[SAID, late], rows=[PAYMENT])
    assert said(found)[0] == NOT_REVERSED
    assert said(findings(told=[SAID, replace(late, fate=Fate.NOTED)], rows=[PAYMENT]))[0] == NOT_REVERSED


@pytest.mark.parametrize(
    "told, rows, status, expected, found",
    [
        ([SAID], [PAYMENT], Status.PENDING, Status.PAID, Status.PENDING),
        ([], [], Status.PENDING, Status.STARTED, Status.PENDING),
        ([replace(REFUSED, fate=Fate.NOTED)], [], Status.ABANDONED, Status.REFUSED, Status.ABANDONED),
        ([SAID, REFUSED], [PAYMENT, REVERSAL], Status.PAID, Status.REFUSED, Status.PAID),
        # The refund of an attempt says nothing of its own state.
        ([SAID, GIVEN_BACK], [PAYMENT, REFUND], Status.REFUSED, Status.PAID, Status.REFUSED),
        # The reversal of another transaction leaves this one credited.
        (
            [SAID, replace(SAID, uuid="c" * 32), replace(REFUSED, uuid="c" * 32)],
            [PAYMENT, replace(PAYMENT, uuid="c" * 32), replace(REVERSAL, uuid="c" * 32)],
            Status.REFUSED,
            Status.PAID,
            Status.REFUSED,
        ),
    ],
)
def test_a_state_that_is_not_what_the_bank_said_is_named(told, rows, status, expected, found):
    [one] = findings(told=told, rows=rows, status=status)
    assert said([one]) == [
        (
            Kind.ATTEMPT_STATUS,
            "tentative 5",
            "F2610000001-1 : l’état de la tentative n’est pas ce que la banque a dit.",
            read(expected.label),
            read(found.label),
            None,
        )
    ]
    assert (one.month, one.family, one.invoice, one.attempt) == (OCTOBER, 2, 3, 5)


def test_a_finding_leads_to_what_it_is_about():
    [one] = findings(rows=[PAYMENT])
    assert (one.month, one.family, one.attempt, one.payment, one.invoice) == (OCTOBER, 2, 5, 7, None)
    [one] = findings(told=[SAID], rows=[replace(PAYMENT, amount=D(1))])
    assert (one.month, one.family, one.attempt, one.payment) == (OCTOBER, 2, 5, 7)
    [one] = findings(told=[SAID], status=Status.PENDING)
    assert (one.month, one.family, one.attempt, one.payment, one.message) == (OCTOBER, 2, 5, None, 31)
    [one, _] = findings(told=[SAID, REFUSED], rows=[PAYMENT], status=Status.STARTED)
    assert (one.month, one.family, one.attempt, one.payment) == (OCTOBER, 2, 5, 7)


STORED = replace(SAID, fate=Fate.STORED)


@pytest.mark.parametrize(
    "told, left",
    [
        (SAID, False),
        (replace(SAID, fate=Fate.REPEATED), False),
        # Stored: an hour to be applied, three days once somebody or something explained it.
        (replace(STORED, received_at=NIGHT - HOUR), False),
        (replace(STORED, received_at=NIGHT - HOUR - SECOND), True),
        (replace(STORED, received_at=NIGHT - 3 * DAY, explanation="attend son paiement"), False),
        (replace(STORED, received_at=NIGHT - 3 * DAY - SECOND, explanation="attend son paiement"), True),
        # Noted as without effect: only money has to be explained.
        (replace(SAID, fate=Fate.NOTED), True),
        (replace(SAID, fate=Fate.NOTED, explanation="déjà réglée"), False),
        (replace(SAID, fate=Fate.NOTED, outcome=Outcome.FAILED), False),
        (replace(SAID, fate=Fate.FLAGGED), True),
        (replace(SAID, fate=Fate.FLAGGED, outcome=Outcome.FAILED), True),
        (replace(SAID, fate=Fate.FLAGGED, explanation="vu par le régisseur"), False),
    ],
)
def test_a_message_is_applied_or_explained(told, left):
    assert message_left(told, at=NIGHT) is left


def test_a_message_left_behind_is_said_with_its_attempt_or_without():
    flagged = replace(SAID, fate=Fate.FLAGGED, uuid="")
    [one] = findings(told=[flagged], status=Status.PENDING)
    assert said([one]) == [
        (
            Kind.MESSAGE_LEFT,
            "message 31",
            "Un message de la banque pour F2610000001-1 (63,98 €) n’est ni appliqué ni expliqué.",
            "Appliqué, ou expliqué",
            "À examiner par le régisseur",
            None,
        )
    ]
    assert (one.month, one.family, one.attempt, one.message) == (OCTOBER, 2, 5, 31)
    alone = left_message(flagged)
    assert read(alone.words) == "Un message de la banque sans tentative connue (63,98 €) n’est ni appliqué ni expliqué."
    assert (alone.month, alone.family, alone.attempt, alone.message) == (None, None, None, 31)


# --- Numbers ----------------------------------------------------------------------------------------------------------


def series(count, last, counter):
    return Series("Factures", "2610", 6, count, last, counter)


@pytest.mark.parametrize(
    "ranks, counter, words, expected, found",
    [
        ([1, 3], 3, "il manque le numéro 2610000002", "3 numéros à la suite", "2 numéros"),
        ([1], 3, "il manque les numéros 2610000002 et 2610000003", "3 numéros à la suite", "1 numéro"),
        ([2], 2, "il manque le numéro 2610000001", "2 numéros à la suite", "1 numéro"),
        (
            [7],
            7,
            "il manque les numéros 2610000001, 2610000002, 2610000003, 2610000004, 2610000005 et 1 autre",
            "7 numéros à la suite",
            "1 numéro",
        ),
        (
            [8],
            8,
            "il manque les numéros 2610000001, 2610000002, 2610000003, 2610000004, 2610000005 et 2 autres",
            "8 numéros à la suite",
            "1 numéro",
        ),
        (
            [6],
            6,
            "il manque les numéros 2610000001, 2610000002, 2610000003, 2610000004 et 2610000005",
            "6 numéros à la suite",
            "1 numéro",
        ),
    ],
)
def test_the_numbers_that_are_missing_are_named(ranks, counter, words, expected, found):
    one = missing_numbers(series(len(ranks), max(ranks), counter), ranks, month=OCTOBER)
    assert (one.kind, one.key, one.month) == (Kind.NUMBER_MISSING, "série 2610", OCTOBER)
    assert read(one.words) == f"Factures, série 2610 : {words}."
    assert (one.expected, one.found) == (expected, found)


def test_a_number_that_no_counter_gave_is_named():
    one = missing_numbers(series(3, 3, 2), [1, 2, 3])
    assert read(one.words) == "Factures, série 2610 : le compteur n’a pas donné le numéro 2610000003."
    assert (one.expected, one.found, one.month) == ("3 numéros à la suite", "3 numéros", None)


@pytest.mark.parametrize(
    "count, last, counter, gap, ranks",
    [
        (3, 3, 3, False, [1, 2, 3]),
        (0, 0, 0, False, []),
        (3, 3, 0, False, [1, 2, 3]),  # a series from before the counters
        (2, 3, 3, True, [1, 3]),
        (2, 2, 3, True, [1, 2]),
        (3, 3, 2, True, [1, 2, 3]),
        (2, 2, 1, True, [1, 2]),
    ],
)
def test_a_series_has_a_gap_or_has_none(count, last, counter, gap, ranks):
    assert series(count, last, counter).has_gap is gap
    assert (missing_numbers(series(count, last, counter), ranks) is not None) is gap


@pytest.mark.parametrize(
    "expected, found, differ",
    [("10.00", "10.00", False), ("10.00", "10.0049", False), ("10.00", "10.005", True), ("10.00", "9.99", True)],
)
def test_a_difference_is_of_a_cent_or_more(expected, found, differ):
    assert amounts_differ(D(expected), D(found)) is differ


def test_a_finding_has_links_to_nothing_until_it_is_given_some():
    bare = Finding(kind=Kind.AMOUNT, key="x", words="", expected="", found="")
    assert (bare.difference, bare.month, bare.family, bare.invoice, bare.payment) == (None,) * 5
