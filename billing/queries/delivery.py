"""How households receive their invoices, and which ones are still to be printed."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from billing.models import DeliveryChoice, Invoice, InvoicePdf, PrintBatch, PrintedInvoice
from families.models import Family, Guardian


def choice_of(family: Family) -> DeliveryChoice | None:
    """Return what a household chose last, or None; one query."""
    return DeliveryChoice.objects.filter(family=family).select_related("guardian").first()


def is_reachable(family: str) -> Q:
    """Return whether a file (the path to its id) has an account holder, or an organisation a contact with an address."""
    theirs = Guardian.objects.filter(family=OuterRef(family)).exclude(rights=Guardian.Rights.EXCLUDED)
    contact = Guardian.objects.filter(family=OuterRef(family), family__paying_body__isnull=False, pays=True)
    return Q(Exists(theirs.filter(user__is_active=True))) | Q(Exists(contact.exclude(email="")))


def unreachable_bodies(families: Iterable[int]) -> list[str]:
    """Return the names of the organisations, among some files (ids), that nobody can write a mail to; one query."""
    bodies = Family.objects.filter(~is_reachable("pk"), pk__in=list(families), paying_body__isnull=False)
    return list(bodies.order_by("name").values_list("name", flat=True))


def papers_to_announce() -> QuerySet[InvoicePdf]:
    """Return the papers that are made and not announced: of an organisation that nobody can write to, none; nor what was posted.

    An address that is typed later announces what waits, until a batch holds it: it leaves by mail or by post, never by neither.
    """
    posted = Exists(PrintedInvoice.objects.filter(invoice=OuterRef("invoice")))
    waiting = InvoicePdf.objects.filter(announced_at=None, made_at__isnull=False)
    return waiting.filter(
        Q(invoice__family__paying_body=None) | (is_reachable("invoice__family") & ~Q(posted)),
    )


def invoices_to_post(month: date) -> QuerySet[Invoice]:
    """Return the invoices of a month of households that did not choose to read them on line, and that no batch holds.

    An organisation that was written to, or is about to be, receives its own by mail (services.papers).
    """
    latest = DeliveryChoice.objects.filter(family=OuterRef("family")).order_by("-chosen_at", "-pk")
    invoices = Invoice.objects.filter(month=month).annotate(online=Subquery(latest.values("online")[:1]))
    by_mail = Q(pdf__announced_at__isnull=False) | is_reachable("family")
    return invoices.exclude(Q(family__paying_body__isnull=False) & by_mail).filter(
        Q(online=None) | Q(online=False), ~Exists(PrintedInvoice.objects.filter(invoice=OuterRef("pk")))
    )


def papers_missing(batch: PrintBatch) -> int:
    """Return how many invoices of a batch have no PDF yet."""
    return InvoicePdf.objects.filter(invoice__printed__batch=batch, made_at=None).count()
