"""The régie's dashboard under measure: twelve months of 2,500 invoices, most of them paid."""

import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Allocation, BillingRun, Invoice, Payment, PaymentWindow
from billing.queries.board import board_of
from billing.rules.board import MONTHS, add_months
from castres_portal.base import clock
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import median
from families.models import Family, Guardian

HOUSEHOLDS = 2500
TRIES = 11
BATCH = 2000
MEANS = (Payment.Means.CARD, Payment.Means.DEBIT, Payment.Means.CHEQUE, Payment.Means.CASH)


def measure(folder: Path) -> list[Row]:
    """Write a year of money, then read it as the régisseur does."""
    today = clock.today()
    families = _families()
    last = add_months(today.replace(day=1), -1)
    for place in range(MONTHS):
        _month(add_months(last, -place), families)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        board = board_of("", today=today)
        times.append((time.perf_counter() - start) * 1000)
    with CaptureQueriesContext(connection) as queries:
        board_of("", today=today)
    said = f"tableau de bord de la régie, {board.invoices} factures"
    return [
        Row(f"{said} : médiane", median(times), 200, "ms"),
        Row(f"{said} : requêtes SQL", len(queries), 7),
    ]


def _families() -> list[Family]:
    families = Family.objects.bulk_create(
        Family(number=f"B{place:07d}", name=f"Mesure {place}", street="1 rue de la Mesure", postcode="81100")
        for place in range(HOUSEHOLDS)
    )
    Guardian.objects.bulk_create(
        Guardian(family=family, title=Guardian.Title.MRS, first_name="Anne", last_name=family.name, pays=True)
        for family in families
    )
    return families


def _month(month: date, families: list[Family]) -> None:
    """Issue a month to each household; nine in ten pay it, some days after."""
    run, _ = BillingRun.objects.get_or_create(
        month=month, defaults={"started_at": clock.midnight(add_months(month, 1))}
    )
    issued_on = add_months(month, 1) + timedelta(days=7)
    at = clock.midnight(issued_on)
    payers = {row.family_id: row for row in Guardian.objects.filter(family__in=families)}
    invoices = Invoice.objects.bulk_create(
        [
            Invoice(
                number=f"M{month:%y%m}{place:05d}",
                run=run,
                family=family,
                payer=payers[family.pk],
                month=month,
                issued_on=issued_on,
                issued_at=at,
                payer_name="Mme Anne MESURE",
                payer_address="1 rue de la Mesure\n81100 Castres",
                regie="Régie (mesure)",
                total=Decimal(20 + place % 97),
            )
            for place, family in enumerate(families)
        ],
        batch_size=BATCH,
    )
    PaymentWindow.objects.bulk_create(
        [
            PaymentWindow(
                invoice=row, opens_at=at, closes_at=at + timedelta(days=22), due_on=issued_on + timedelta(days=22)
            )
            for row in invoices
        ],
        batch_size=BATCH,
    )
    paid = [(place, row) for place, row in enumerate(invoices) if place % 10]
    payments = Payment.objects.bulk_create(
        [
            Payment(
                number=f"M{month:%y%m}{place:07d}",
                family_id=row.family_id,
                kind=Payment.Kind.PAYMENT,
                means=MEANS[place % len(MEANS)],
                amount=row.total,
                received_at=at + timedelta(days=1 + place % 20, hours=9),
            )
            for place, row in paid
        ],
        batch_size=BATCH,
    )
    Allocation.objects.bulk_create(
        [
            Allocation(payment=payment, invoice=row, amount=row.total)
            for payment, (_, row) in zip(payments, paid, strict=True)
        ],
        batch_size=BATCH,
    )
