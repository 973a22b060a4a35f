"""Quotient bands that leave no quotient without a price and give none two."""

from collections.abc import Sequence
from itertools import pairwise

Band = tuple[int, int | None]  # from, included; below, excluded (None: no upper end)


def problem_of(bands: Sequence[Band]) -> str | None:
    """Say in French what is wrong with the bands of a tariff, or None: from 0, without gap nor overlap, the last open."""
    if not bands:
        return "Un tarif a au moins une tranche."
    ordered = sorted(bands, key=lambda band: band[0])
    if ordered[0][0] != 0:
        return f"La première tranche commence à {ordered[0][0]} : elle doit commencer à 0."
    for (_, below), (start, _) in pairwise(ordered):
        if below is None:
            return f"Une tranche sans limite haute précède celle qui commence à {start}."
        if below < start:
            return f"Aucune tranche ne couvre les quotients de {below} à {start - 1}."
        if below > start:
            return f"Deux tranches couvrent le quotient {start}."
    if ordered[-1][1] is not None:
        return f"Aucune tranche ne couvre les quotients à partir de {ordered[-1][1]} : laissez la dernière sans limite haute."
    return None
