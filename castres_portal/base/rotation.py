"""Writing encrypted values again with the present key, a bounded batch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from cryptography.fernet import InvalidToken
from django.db import models, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from castres_portal.base.encrypted import EncryptedTextField, is_current, keyring

RAW = "token_as_stored"


@dataclass
class Rotation:
    """What became of one column: values seen, written again, and the ids that no key opens."""

    column: str
    seen: int = 0
    rotated: int = 0
    lost: list[object] = field(default_factory=list)


def rotate_column(model: type[models.Model], column: EncryptedTextField, *, batch: int) -> Rotation:
    """Write every value of a column with the first key, ``batch`` rows per transaction.

    Safe to stop and to run again: what the first key opens is left alone. A row that someone changes meanwhile is left too
    (its new value has the new key).
    """
    result = Rotation(f"{model._meta.label}.{column.name}")
    rows = model._base_manager.annotate(**{RAW: Cast(column.attname, TextField())}).exclude(**{RAW: None})
    last = None
    while True:
        page = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
        found = list(page.values_list("pk", RAW)[:batch])
        if not found:
            return result
        last = found[-1][0]
        with transaction.atomic():
            for pk, token in found:
                _rotate(model, column, pk, token, result)


def _rotate(model: type[models.Model], column: EncryptedTextField, pk: object, token: str, result: Rotation) -> None:
    result.seen += 1
    if is_current(token):
        return
    try:
        fresh = keyring().rotate(token.encode()).decode()
    except InvalidToken:
        result.lost.append(pk)
        return
    same = model._base_manager.annotate(**{RAW: Cast(column.attname, TextField())}).filter(pk=pk, **{RAW: token})
    result.rotated += same.update(**{column.attname: Value(fresh, output_field=TextField())})


def first_ids(ids: list[object], count: int = 20) -> Iterator[object]:
    """Yield the first ids, for a message that stays short."""
    return islice(ids, count)
