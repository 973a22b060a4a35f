"""Inserting rows in bulk: through the ORM, or by plain INSERT for those that are counted in hundreds of thousands."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from django.db import connection, models

BATCH = 2000
PLAIN_BATCH = 400


def write(model: Any, rows: list[Any]) -> list[Any]:
    """Insert rows in bulk and return them with their keys."""
    created: list[Any] = model.objects.bulk_create(rows, batch_size=BATCH)
    return created


def write_plain(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert tuples of values that the database takes as they are (see ``stored_day`` and ``stored_instant``).

    ``names`` are columns; the others must have a default in the database or accept NULL. Five times as fast as the ORM,
    whose time goes to preparing each value.
    """
    source = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(source, PLAIN_BATCH)):
            cursor.execute(_statement(model, tuple(names), len(batch)), list(chain.from_iterable(batch)))


@lru_cache(maxsize=16)
def _statement(model: type[models.Model], names: tuple[str, ...], count: int) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in names)
    one = f"({', '.join(['%s'] * len(names))})"
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([one] * count)}"


@lru_cache(maxsize=8192)
def stored_day(day: date) -> Any:
    """Return a day as this database's driver takes it."""
    return connection.ops.adapt_datefield_value(day)


@lru_cache(maxsize=8192)
def stored_instant(instant: datetime) -> Any:
    """Return an aware instant as this database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(instant)
