"""The demonstration town is the same for all who fill it on the same day (test_agenda.py: another seed, another town)."""

from datetime import date

import pytest
from django.db import transaction

from billing.models import Invoice, Payment
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.town import fill_town
from families.models import Child, FamilyRequest, Guardian
from reservations.models import Booking

DAY = date(2027, 1, 20)


@pytest.mark.django_db
def test_same_arguments_give_the_same_town(settings, tmp_path):
    settings.DATA_DIR, settings.PORTAL_CLOCK = tmp_path, f"{DAY}T00:05"

    def snapshot():
        trial = transaction.atomic()
        trial._from_testcase = True  # services may be outermost inside
        with trial:
            fill_town(families=8, today=DAY, seed=81, progress=Progress(quiet=True), months=4)
            seen = [
                list(Guardian.objects.order_by("pk").values_list("last_name", "first_name", "family__number", "phone")),
                list(Child.objects.order_by("pk").values_list("first_name", "birth_date", "school__uai", "level")),
                list(FamilyRequest.objects.order_by("number").values_list("number", "received_at", "summary")),
                list(Booking.objects.order_by("child__first_name", "child_id", "day").values_list("day", "status")),
                list(Invoice.objects.order_by("number").values_list("number", "payer_name", "total")),
                list(Payment.objects.order_by("number").values_list("number", "amount", "received_at")),
            ]
            transaction.set_rollback(True)
        return seen

    first = snapshot()
    assert all(first)
    assert snapshot() == first
