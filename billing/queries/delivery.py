"""How households receive their invoices, and which ones are still to be printed."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from billing.models import DeliveryChoice, Invoice, InvoicePdf, PrintBatch, PrintedInvoice
from families.models import Family, Guardian


def choice_of(family: Family) -> DeliveryChoice | None:
    """Return what a household chose last, or None; one query."""
    return DeliveryChoice.objects.filter(family=family).select_related("guardian").first()


def invoices_to_post(month: date) -> QuerySet[Invoice]:
    """Return the invoices of a month of households that did not choose to read them on line, and that no batch holds.

    An organisation that has an electronic address receives its own there (services.papers).
    """
    latest = DeliveryChoice.objects.filter(family=OuterRef("family")).order_by("-chosen_at", "-pk")
    invoices = Invoice.objects.filter(month=month).annotate(online=Subquery(latest.values("online")[:1]))
    by_mail = Guardian.objects.filter(family=OuterRef("family"), family__paying_body__isnull=False, pays=True)
    return invoices.exclude(Exists(by_mail.exclude(email=""))).filter(
        Q(online=None) | Q(online=False), ~Exists(PrintedInvoice.objects.filter(invoice=OuterRef("pk")))
    )


def papers_missing(batch: PrintBatch) -> int:
    """Return how many invoices of a batch have no PDF yet."""
    return InvoicePdf.objects.filter(invoice__printed__batch=batch, made_at=None).count()
