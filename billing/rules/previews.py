"""What an agent must look at in a preview, from the figures of one household. Pure; amounts in euros."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from billing.models import PreviewFinding
from billing.rules.drafts import DraftLine, Reason
from castres_portal.base.french import euros
from reservations.pricing import Rule

Kind = PreviewFinding.Kind


@dataclass(frozen=True, slots=True)
class Limits:
    """From where an amount is looked at: so many euros; a difference of so many euros and so many hundredths (settings)."""

    abnormal: Decimal
    gap: Decimal
    gap_percent: int


class Finding(NamedTuple):
    """One thing to look at, and why."""

    kind: PreviewFinding.Kind
    message: str


def findings_of(
    *,
    lines: list[DraftLine],
    reasons: list[Reason],
    total: Decimal,
    before: Decimal | None,
    known: bool,
    limits: Limits,
) -> Iterator[Finding]:
    """Yield what is to be looked at in a household's invoice to be; ``before`` is that of the month before, None without.

    ``known`` says whether the household was ever invoiced. One that is held back is only said to be so.
    """
    if reasons:
        yield from (Finding(Kind(reason.kind), reason.message) for reason in reasons)
        return
    if total >= limits.abnormal:
        yield Finding(Kind.ABNORMAL, f"{euros(total)} : le seuil est de {euros(limits.abnormal)}.")
    if before is not None and is_wide(total, before, limits):
        sign = "+" if total > before else ""
        yield Finding(
            Kind.CHANGED, f"{euros(before)} le mois précédent, {euros(total)} : {sign}{euros(total - before)}."
        )
    days = sum(1 for line in lines if line.priced.price.rule == Rule.HIGHEST)
    if days:
        yield Finding(Kind.NO_QUOTIENT, f"Tranche la plus élevée pour {days} {'jour' if days == 1 else 'jours'}.")
    if not known and total > 0:
        yield Finding(Kind.NEW, f"Première facture : {euros(total)}.")


def is_wide(total: Decimal, before: Decimal, limits: Limits) -> bool:
    """Say whether two months differ by more than what a month's length explains."""
    gap = abs(total - before)
    return gap >= limits.gap and gap * 100 >= limits.gap_percent * before


def carried(total: Decimal) -> Finding:
    """A household whose month is too small to be invoiced by itself."""
    return Finding(Kind.CARRIED, f"{euros(total)} iront sur la prochaine facture.")


def gone(before: Decimal) -> Finding:
    """A household that was invoiced the month before, and has nothing this month."""
    return Finding(Kind.GONE, f"{euros(before)} le mois précédent, rien ce mois-ci.")
