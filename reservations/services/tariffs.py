"""Tariffs that priced issued invoices stay as they were voted: they are frozen, and another begins after them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction

from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from reservations.models import Tariff, TariffBand, TariffRule

ONE_DAY = timedelta(days=1)


class CannotVersion(Refusal):
    """A tariff that cannot begin then."""


def freeze_tariffs(*, tariffs: Collection[int], at: datetime) -> None:
    """Freeze the tariffs (ids) that have just priced issued invoices; part of the transaction that issues them."""
    Tariff.objects.filter(pk__in=tariffs, frozen_at=None).update(frozen_at=at)


@transaction.atomic(durable=True)
def new_version(*, tariff: Tariff, starts_on: date, number: str, voted_on: date) -> Tariff:
    """End a tariff the day before ``starts_on`` and copy it, bands and rules, into one that another vote decided from that day.

    The copy takes over the end of the first, and is free to be changed until it prices an invoice. Raises CannotVersion for a day
    that is not inside the first one's period, or is its first.
    """
    before = Tariff.objects.select_for_update(of=("self",), no_key=True).get(pk=tariff.pk)
    if not before.covers(starts_on) or starts_on == before.starts_on:
        until = f" et jusqu’au {plain_day(before.ends_on)}" if before.ends_on else ""
        raise CannotVersion(
            f"Le nouveau tarif commence pendant celui-ci\u00a0: après le {plain_day(before.starts_on)}{until}."
        )
    bands, rules = list(before.bands.all()), list(before.rules.all())
    ends_on, before.ends_on = before.ends_on, starts_on - ONE_DAY
    before.save(update_fields=["ends_on"])
    after = Tariff.objects.create(
        activity_id=before.activity_id,
        starts_on=starts_on,
        ends_on=ends_on,
        number=number,
        voted_on=voted_on,
        ranks_by=before.ranks_by,
        is_demo=before.is_demo,
    )
    for row in (*bands, *rules):
        row.pk, row.tariff = None, after
        row._state.adding = True
    TariffBand.objects.bulk_create(bands)
    TariffRule.objects.bulk_create(rules)
    return after
