"""Adults' meals and picnics: typed by the cook, a row each time, so that who and when stay."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from reservations.models import ActivitySite, KitchenExtra

MOST = 500
What = tuple[int, str]


@transaction.atomic(durable=True)
def enter_extras(*, day: date, quantities: Mapping[What, int], by: User, at: datetime) -> list[KitchenExtra]:
    """Write what is to be served besides, by site (id) and kind; return the rows made: only what differs from what holds.

    The sites' rows are locked in id order, so that two cooks who save at once leave one figure each after the other. Raises
    Refusal for a site that does not exist or a number out of bounds.
    """
    sites = ActivitySite.objects.select_for_update(of=("self",), no_key=True)
    known = {site.pk for site in sites.filter(pk__in={site for site, _ in quantities}).order_by("pk")}
    if {site for site, _ in quantities} - known:
        raise Refusal("Un des lieux n’existe plus : rechargez la page.")
    if any(not 0 <= number <= MOST for number in quantities.values()):
        raise Refusal(f"Entre 0 et {MOST} repas par lieu.")
    standing = {
        (row.site_id, row.kind): row.quantity
        for row in KitchenExtra.objects.filter(day=day, site__in=known).order_by("pk")
    }
    return KitchenExtra.objects.bulk_create(
        KitchenExtra(site_id=site, kind=kind, day=day, quantity=number, entered_at=at, entered_by=by)
        for (site, kind), number in changed(quantities, standing)
    )


def changed(typed: Mapping[What, int], standing: Mapping[What, int]) -> list[tuple[What, int]]:
    """Return what was typed that differs from what holds, in order."""
    return [(what, number) for what, number in sorted(typed.items()) if standing.get(what, 0) != number]
