"""What an agent is shown of a household before its invoice is issued."""

from datetime import date
from decimal import Decimal as D

import pytest

from billing.models import Anomaly, PreviewFinding
from billing.rules.drafts import BookedDay, DraftLine, Reason
from billing.rules.previews import Limits, carried, findings_of, gone
from castres_portal.base.tests.reading import read
from reservations.pricing import Price, PricedDay, Rule

Kind = PreviewFinding.Kind
LIMITS = Limits(abnormal=D("500.00"), gap=D("30.00"), gap_percent=50)


def days(count, rule=Rule.QUOTIENT):
    price = PricedDay(Price(D("3.00"), D("1.00"), D("4.00"), "B", rule), 850, "délibération")
    return [
        DraftLine(BookedDay(n, 1, "Léa MARTIN", 1, "Cantine", date(2026, 10, n)), price) for n in range(1, count + 1)
    ]


def found(total, before=None, lines=(), reasons=(), known=True):
    told = findings_of(
        lines=list(lines),
        reasons=list(reasons),
        total=D(total),
        before=None if before is None else D(before),
        known=known,
        limits=LIMITS,
    )
    return [(finding.kind, read(finding.message)) for finding in told]


@pytest.mark.parametrize(
    "total, before, findings",
    [
        ("60.00", None, []),
        ("60.00", "60.00", []),
        ("499.99", "480.00", []),
        ("500.00", "480.00", [(Kind.ABNORMAL, "500,00 € : le seuil est de 500,00 €.")]),
        # Both bounds count, and are reached at the very euro.
        ("90.00", "60.00", [(Kind.CHANGED, "60,00 € le mois précédent, 90,00 € : +30,00 €.")]),
        ("89.99", "60.00", []),
        ("30.00", "60.00", [(Kind.CHANGED, "60,00 € le mois précédent, 30,00 € : −30,00 €.")]),
        ("30.01", "60.00", []),
        ("90.00", "60.01", []),
        ("240.00", "200.00", []),
        ("298.01", "200.00", []),
        ("299.90", "200.00", []),
        ("300.00", "200.00", [(Kind.CHANGED, "200,00 € le mois précédent, 300,00 € : +100,00 €.")]),
        ("40.00", "0.00", [(Kind.CHANGED, "0,00 € le mois précédent, 40,00 € : +40,00 €.")]),
    ],
)
def test_an_amount_is_looked_at_when_it_is_large_or_changed_much(total, before, findings):
    assert found(total, before) == findings


@pytest.mark.parametrize("count, said", [(1, "1 jour"), (3, "3 jours")])
def test_days_at_the_highest_band_are_counted(count, said):
    lines = [*days(count, Rule.HIGHEST), *days(2)]
    assert found("60.00", lines=lines) == [(Kind.NO_QUOTIENT, f"Tranche la plus élevée pour {said}.")]


@pytest.mark.parametrize(
    "total, known, findings",
    [
        ("60.00", False, [(Kind.NEW, "Première facture : 60,00 €.")]),
        ("0.50", False, [(Kind.NEW, "Première facture : 0,50 €.")]),
        ("0.00", False, []),
        ("60.00", True, []),
    ],
)
def test_a_first_invoice_is_said_once_there_is_something_to_pay(total, known, findings):
    assert found(total, known=known) == findings


def test_a_household_held_back_is_only_said_to_be_so():
    reason = Reason(Anomaly.Kind.NO_TARIFF, "Cantine : aucun tarif.")
    findings = found("900.00", "10.00", lines=days(2, Rule.HIGHEST), reasons=[reason], known=False)
    assert findings == [(Kind(Anomaly.Kind.NO_TARIFF), "Cantine : aucun tarif.")]


def test_a_small_month_and_a_household_that_left():
    assert carried(D("4.20")) == (Kind.CARRIED, "4,20\u00a0€ iront sur la prochaine facture.")
    assert gone(D("61.00")) == (Kind.GONE, "61,00\u00a0€ le mois précédent, rien ce mois-ci.")
