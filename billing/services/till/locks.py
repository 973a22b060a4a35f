"""The till itself: closings and slips follow one another."""

from castres_portal.base.models import Counter

SERIES = "caisse"


def lock_till() -> Counter:
    """Lock the till: what one closing or slip takes, the next one finds taken."""
    Counter.objects.get_or_create(series=SERIES)
    return Counter.objects.select_for_update(of=("self",), no_key=True).get(series=SERIES)
