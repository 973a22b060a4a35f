"""What an audit lets the town say of the portal's accessibility.

Source: loi 2005-102, article 47 and décret 2019-768; RGAA 4.1.2 (106 criteria): the rate is that of the criteria met among
those that apply; 100 % is total, 50 % or more partial, less is none. A rate without an audit is worth nothing, and a
statement lives three years.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

CRITERIA = 106
LIFE_YEARS = 3


class Conformity(StrEnum):
    """The three words of the law."""

    NONE = "non conforme"
    PARTIAL = "partiellement conforme"
    TOTAL = "totalement conforme"


@dataclass(frozen=True)
class Audit:
    """What the rule reads of an audit."""

    audited_on: date
    met: int
    applicable: int


def rate(audit: Audit) -> Decimal:
    """Return the share of criteria met, in percent, cut (never rounded up) to one decimal: 105 of 106 is not 100 %."""
    return (Decimal(100 * audit.met) / audit.applicable).quantize(Decimal("0.1"), ROUND_DOWN)


def expires_on(audit: Audit) -> date:
    """Return the first day on which an audit no longer counts: three years later (1 March for a 29 February)."""
    year = audit.audited_on.year + LIFE_YEARS
    try:
        return audit.audited_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def conformity(audit: Audit | None, today: date) -> Conformity:
    """Say how far the portal conforms on a day, from its last audit; None means that there was none."""
    if audit is None or today >= expires_on(audit) or today < audit.audited_on:
        return Conformity.NONE
    if audit.met == audit.applicable:
        return Conformity.TOTAL
    return Conformity.PARTIAL if 2 * audit.met >= audit.applicable else Conformity.NONE
