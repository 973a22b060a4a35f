"""What a household paid that no invoice has, and where it comes from. Pure: euros."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A payment, refund or reversal and what of it went to invoices, with its sign. Rows of one ``group`` answer each other."""

    payment: int
    group: str
    amount: Decimal
    allocated: Decimal

    @property
    def spare(self) -> Decimal:
        """What no invoice has of it; negative for a refund of what no invoice had."""
        return self.amount - self.allocated


def credit_left(rows: Iterable[MoneyRow]) -> Decimal:
    """Return what no invoice has of all these rows: the household’s credit when positive."""
    return sum((row.spare for row in rows), NOTHING)


def sources(rows: Sequence[MoneyRow]) -> list[tuple[int, Decimal]]:
    """Return the payments (rows given oldest first) that still have something, and how much of it is the household’s credit.

    Their sum is the credit, never more: what was given back is taken from its own group first, then from the oldest.
    """
    left: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        left[row.group] += row.spare
    found = []
    for row in rows:
        if (part := min(row.spare, left[row.group])) > 0:
            found.append((row.payment, part))
            left[row.group] -= part
    gone = sum((part for _, part in found), NOTHING) - max(NOTHING, credit_left(rows))
    kept = []
    for payment, part in found:
        taken = min(part, gone)
        gone -= taken
        if part > taken:
            kept.append((payment, part - taken))
    return kept
