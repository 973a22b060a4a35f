"""What an audit lets the town say: the rate of RGAA, its three words, and three years."""

from datetime import date
from decimal import Decimal

import pytest

from castres_portal.rules.accessibility import Audit, conformity, expires_on, rate

DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    "met, applicable, word, percent",
    [
        (50, 50, "totalement conforme", "100.0"),
        (105, 106, "partiellement conforme", "99.0"),
        (49, 50, "partiellement conforme", "98.0"),
        (25, 50, "partiellement conforme", "50.0"),
        (24, 49, "non conforme", "48.9"),
        (52, 106, "non conforme", "49.0"),
        (53, 106, "partiellement conforme", "50.0"),
        (0, 40, "non conforme", "0.0"),
    ],
)
def test_the_word_follows_the_rate(met, applicable, word, percent):
    audit = Audit(DAY, met, applicable)
    assert conformity(audit, DAY) == word
    assert rate(audit) == Decimal(percent)


def test_without_an_audit_nothing_conforms():
    assert conformity(None, DAY) == "non conforme"


@pytest.mark.parametrize(
    "audited, last_day, after",
    [
        (date(2026, 3, 10), date(2029, 3, 9), date(2029, 3, 10)),
        (date(2028, 2, 29), date(2031, 2, 28), date(2031, 3, 1)),
    ],
)
def test_an_audit_counts_for_three_years(audited, last_day, after):
    audit = Audit(audited, 50, 50)
    assert conformity(audit, last_day) == "totalement conforme"
    assert conformity(audit, after) == "non conforme"
    assert expires_on(audit) == after


def test_an_audit_dated_tomorrow_says_nothing_today():
    assert conformity(Audit(date(2026, 3, 11), 50, 50), DAY) == "non conforme"
