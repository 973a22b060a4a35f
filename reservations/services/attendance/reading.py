"""Showing allergies and PAI on a sheet: the trace first, then what is shown."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from castres_portal.base.french import of_name
from families.models import Child
from families.queries.alerts import Alert, alerts_of
from families.services.access_log import record_readings
from reservations.models import ActivitySite, SheetReading


@transaction.atomic(durable=True)
def read_alerts(*, user: User, site: ActivitySite, children: Collection[Child], at: datetime) -> dict[int, Alert]:
    """Return the allergies and PAI of a sheet's children who have any, by child (id).

    Each of these children's families is told who read them: once a day for a person and a sheet, however often the page is
    opened. Two pages opened at once write one trace, since the row that says « already told » is unique.
    """
    alerts = alerts_of([child.pk for child in children], today=at.date())
    told = {child.pk: child for child in children if child.pk in alerts}
    if not told:
        return {}
    batch, mine = uuid4(), {"site": site, "reader": user, "read_on": at.date()}
    already = set(SheetReading.objects.filter(child__in=told, **mine).values_list("child_id", flat=True))
    new = sorted(told.keys() - already)
    if new:
        SheetReading.objects.bulk_create(
            [SheetReading(child=told[child], batch=batch, **mine) for child in new], ignore_conflicts=True
        )
        ours = SheetReading.objects.filter(batch=batch, **mine).values_list("child_id", flat=True)
        record_readings(
            by=user,
            subjects={
                told[
                    child
                ]: f"Allergies et PAI {of_name(told[child].first_name)}, feuille de pointage ({site.activity.name})"
                for child in sorted(ours)
            },
            at=at,
        )
    return alerts
