"""Whether an invoice is at the Trésor: then the régie takes no money for it."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Invoice, TreasuryHandover

HANDED_OVER = "La facture {} est transmise au Trésor public : c’est lui qui l’encaisse désormais."


def with_treasury(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotate ``at_treasury``: the invoice was handed over and not taken back."""
    standing = TreasuryHandover.objects.filter(invoice=OuterRef("pk"), withdrawn_at=None)
    return invoices.annotate(at_treasury=Exists(standing))


def owed_of(invoice: Invoice) -> Decimal:
    """Return what an invoice of ``with_paid`` still owes, to the cent: SQLite subtracts floating numbers."""
    paid: Decimal = invoice.paid  # type: ignore[attr-defined]  # annotated
    return (invoice.total - paid).quantize(Decimal("0.01"))


def is_handed_over(invoice: Invoice | int) -> bool:
    """Say whether an invoice (or its id) was handed over to the Trésor and not taken back; one query."""
    return TreasuryHandover.objects.filter(invoice=invoice, withdrawn_at=None).exists()


def handed_over_among(invoices: Collection[int]) -> list[str]:
    """Return the numbers of those of some invoices (ids) that are at the Trésor; one query."""
    standing = TreasuryHandover.objects.filter(invoice__in=invoices, withdrawn_at=None)
    return list(standing.order_by("invoice__number").values_list("invoice__number", flat=True))
