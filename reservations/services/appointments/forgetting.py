"""Forgetting old appointments: what a family said of a child to come is not kept beyond its use."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from families.models import FamilyRequest, RequestStep
from reservations.models import Appointment, AppointmentSlot

NEUTRAL = "Rendez-vous pour une place en crèche"


@transaction.atomic(durable=True)
def forget_appointments(*, at: datetime, dry_run: bool = False) -> int:
    """Delete the appointments past their time of keeping (APPOINTMENTS["kept_days"] after their hour), and return how many.

    The numbered request stays, without the child's name; past slots that nobody had go too. A ``dry_run`` only counts.
    """
    limit = at - timedelta(days=int(settings.APPOINTMENTS["kept_days"]))
    old = Appointment.objects.filter(slot__ends_at__lt=limit)
    ids = list(old.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if dry_run:
        return len(ids)
    FamilyRequest.objects.filter(appointment__in=ids).update(summary=NEUTRAL)
    RequestStep.objects.filter(request__appointment__in=ids).update(words="")
    Appointment.objects.filter(pk__in=ids).delete()
    AppointmentSlot.objects.filter(ends_at__lt=limit, appointments=None).delete()
    return len(ids)
