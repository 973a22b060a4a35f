"""Credit notes and supplements as pages and services read them; amounts in euros."""

from copy import copy
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import Allocation, CreditNote, CreditNoteRefund, InvoiceLine
from families.models import Family

ZERO = Value(Decimal("0.00"), output_field=DecimalField(max_digits=9, decimal_places=2))


def with_spare(notes: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
    """Annotate ``spare``: what no invoice has of a credit note and the comptable did not pay back; of a confirmed one."""
    used = Allocation.objects.filter(credit_note=OuterRef("pk")).order_by().values("credit_note")
    back = CreditNoteRefund.objects.filter(note=OuterRef("pk")).order_by().values("note")
    spent = Coalesce(Subquery(used.annotate(sum=Sum("amount")).values("sum")), ZERO)
    paid_back = Coalesce(Subquery(back.annotate(sum=Sum("amount")).values("sum")), ZERO)
    return notes.annotate(spare=F("total") - spent - paid_back)


def spare_of(note: CreditNote) -> Decimal:
    """Return what is left of one credit note; one query."""
    return with_spare(CreditNote.objects.filter(pk=note.pk)).values_list(F("spare"), flat=True).get()


def credit_notes_of(family: Family) -> QuerySet[CreditNote]:
    """Return a household's confirmed credit notes with what is left of them, the latest first."""
    confirmed = CreditNote.objects.filter(family=family, status=CreditNote.Status.CONFIRMED)
    return with_spare(confirmed).select_related("invoice").order_by("-decided_at", "-pk")


def refunds_due() -> QuerySet[CreditNote]:
    """Return the confirmed credit notes of which something is left, the oldest first."""
    confirmed = CreditNote.objects.filter(status=CreditNote.Status.CONFIRMED)
    left = with_spare(confirmed).filter(Q(spare__gt=0))
    return left.select_related("family", "invoice__payer").order_by("decided_at", "pk")


def decided_with(note: CreditNote) -> list[CreditNote]:
    """Return the credit notes of those who paid the same days, decided with this one; one query."""
    first = note.together_id or note.pk
    rows = CreditNote.objects.filter(Q(pk=first) | Q(together=first)).exclude(pk=note.pk)
    return list(rows.select_related("family", "invoice").order_by("pk"))


def credited_lines(note: CreditNote) -> list[InvoiceLine]:
    """Return the lines of a credit note as an invoice's are read, with what is given back of each; one query."""
    found = []
    for credit in note.lines.select_related("line"):
        line = copy(credit.line)
        line.care_part, line.food_part, line.amount = credit.care_part, credit.food_part, credit.amount
        found.append(line)
    return found


def uses_of(note: CreditNote) -> list[Allocation]:
    """Return the invoices that a credit note went on, in order; one query."""
    return list(note.allocations.select_related("invoice").order_by("invoice__month", "pk"))
