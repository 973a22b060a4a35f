"""A percentage as people write it. Pure."""

from decimal import Decimal


def percent_text(percent: Decimal) -> str:
    """« 50 % », « 33,33 % »."""
    short = f"{percent:.2f}".rstrip("0").rstrip(".")
    return f"{short.replace('.', ',')}\u00a0%"
