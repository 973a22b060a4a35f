"""Numbers without gap, from counter rows."""

from django.db import transaction

from castres_portal.base.models import Counter


def take_numbers(series: str, count: int = 1) -> int:
    """Take ``count`` consecutive numbers of a series and return the first (series start at 1).

    Must run inside a transaction, as late as possible: the counter row stays locked until its end, and a rollback gives the
    numbers back, so that a series has no gap.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_numbers() must run inside a transaction")
    Counter.objects.bulk_create([Counter(series=series)], ignore_conflicts=True)
    counter = Counter.objects.select_for_update(of=("self",), no_key=True).get(series=series)
    first = counter.value + 1
    counter.value += count
    counter.save(update_fields=["value"])
    return first
