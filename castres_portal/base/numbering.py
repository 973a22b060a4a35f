"""Numbers without gap, from counter rows."""

from django.db import connection, transaction

# One statement, the same on PostgreSQL and SQLite: it makes the row or locks it, and says where the series now stands.
TAKE = """
    INSERT INTO base_counter (series, value) VALUES (%s, %s)
    ON CONFLICT (series) DO UPDATE SET value = base_counter.value + excluded.value
    RETURNING value
"""


def take_numbers(series: str, count: int = 1) -> int:
    """Take ``count`` consecutive numbers of a series and return the first (series start at 1).

    Must run inside a transaction, as late as possible: the counter row stays locked until its end, and a rollback gives the
    numbers back, so that a series has no gap.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_numbers() must run inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [series, count])
        return int(cursor.fetchone()[0]) - count + 1
