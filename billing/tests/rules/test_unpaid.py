"""What becomes of an invoice that nobody pays."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from billing.rules.unpaid import UnpaidPolicy, UnpaidState, due_rank, refusal_to_hand_over
from castres_portal.base.tests.reading import read

POLICY = UnpaidPolicy(reminder_days=(7, 21), treasury_days=45, treasury_least=D("15.00"))
DUE = date(2026, 10, 1)
READY = UnpaidState(owed=D("42.00"), due_on=DUE, reminders=2)
LATER = date(2026, 11, 25)


@pytest.mark.parametrize(
    "today, rank",
    [(date(2026, 10, 7), 0), (date(2026, 10, 8), 1), (date(2026, 10, 21), 1), (date(2026, 10, 22), 2), (LATER, 2)],
)
def test_which_reminder_has_come(today, rank):
    assert due_rank(DUE, today=today, days=POLICY.reminder_days) == rank


@pytest.mark.parametrize(
    "changes, today, why",
    [
        ({}, LATER, None),
        ({"handed_over": True, "owed": D(0)}, LATER, "déjà transmise"),
        ({"owed": D("0.00")}, LATER, "réglée"),
        ({"owed": D("0.01")}, LATER, "moins de 15,00 €"),
        ({"owed": D("14.99")}, LATER, "moins de 15,00 €"),
        ({"owed": D("15.00")}, LATER, None),
        ({}, date(2026, 11, 14), "échue depuis moins de 45 jours"),
        ({}, date(2026, 11, 15), None),
        ({"held": True}, LATER, "recouvrement suspendu"),
        ({"disputed": True}, LATER, "contestée"),
        ({"anomalies": 1}, LATER, "anomalie à régler"),
        ({"being_paid": True}, LATER, "paiement en cours"),
        ({"reminders": 0}, LATER, "jamais relancée"),
        ({"reminders": 1}, LATER, None),
    ],
)
def test_what_goes_to_the_tresor(changes, today, why):
    assert read(refusal_to_hand_over(replace(READY, **changes), today=today, policy=POLICY)) == why
