"""Opening a household's file."""

from castres_portal.base.numbering import take_numbers


def next_family_numbers(count: int = 1) -> list[str]:
    """Take the numbers of new files, « F000123 »; inside the transaction that creates them."""
    first = take_numbers("familles", count)
    return [f"F{number:06d}" for number in range(first, first + count)]
