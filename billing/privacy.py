"""What billing declares about personal data: a household's invoices and payments, which the law keeps for ten years."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import IO

from django.db.models import Q

from billing.models import Coverage, Invoice, Payment
from billing.queries.corrections import credit_notes_of
from billing.queries.invoices import with_paid
from billing.rules.drafts import initials
from billing.services.papers import paper_of
from castres_portal.base import retention
from castres_portal.base.french import euros, month_name
from castres_portal.base.retention import LEGAL_DUTY, Category
from families import data_export, erasure
from families.data_export import ExportFile, Row, Section, by_whom
from families.erasure import Part, Scope
from families.models import Guardian

CHUNK = 100
TEN_YEARS = (
    "la loi oblige la Ville à garder dix ans les factures, les paiements et ce qui les justifie (pièces comptables)"
)


def invoice_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's invoices; the payer's name and the paper only when they are hers."""
    rows = Invoice.objects.filter(family=guardian.family).prefetch_related("lines", "allocations").order_by("number")
    for row in rows.iterator(CHUNK):
        hers = row.payer_id == guardian.pk
        yield {
            "numéro": row.number,
            "période": month_name(row.month),
            "facture du": row.issued_on,
            "montant": row.total,
            "pris en charge par d’autres": row.covered,
            "réglé": sum((allocation.amount for allocation in row.allocations.all()), start=row.total * 0),
            "payeur": row.payer_name if hers else by_whom(guardian=guardian, author=row.payer_id),
            "pdf": f"facture-{row.number}.pdf" if hers else "au nom de l’autre responsable : non joint",
            "lignes": [
                {
                    "jour": line.day,
                    "enfant": line.child_name,
                    "prestation": line.activity_name,
                    "quotient": line.quotient,
                    "tranche": line.band,
                    "montant": line.amount,
                }
                for line in row.lines.all()
            ],
        }


def invoice_files(guardian: Guardian, at: datetime) -> Iterator[ExportFile]:
    """Yield the papers of the invoices that bear her name, made now when they were not yet."""
    rows = Invoice.objects.filter(family=guardian.family, payer=guardian).order_by("number")
    for row in rows.iterator(CHUNK):
        yield ExportFile(f"facture-{row.number}.pdf", partial(_paper, row, at))


def _paper(invoice: Invoice, at: datetime) -> IO[bytes]:
    return BytesIO(paper_of(invoice, at=at))


def payment_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's payments; who held the card is not known to the town."""
    for row in Payment.objects.filter(family=guardian.family).order_by("received_at", "pk").iterator(CHUNK):
        yield {
            "quittance": row.number,
            "nature": row.get_kind_display(),
            "moyen": row.get_means_display(),
            "montant": row.amount,
            "enregistré le": row.received_at,
        }


def credit_note_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the household's confirmed credit notes, with what is given back of each day."""
    for note in credit_notes_of(guardian.family).prefetch_related("lines__line"):
        yield {
            "numéro": note.number,
            "facture": note.invoice.number,
            "motif": note.reason_shown,
            "explication": note.words,
            "montant": note.total,
            "fait le": note.decided_at,
            "lignes": [
                {"jour": row.line.day, "enfant": row.line.child_name, "montant": row.amount} for row in note.lines.all()
            ],
        }


def coverage_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield who else pays, or paid, the household's days, and what it pays itself for a child of another household."""
    rows = Coverage.objects.filter(Q(family=guardian.family) | Q(payer=guardian.family))
    for row in rows.select_related("payer__paying_body", "child", "activity").order_by("starts_on", "pk"):
        mine = row.family_id == guardian.family_id
        body = getattr(row.payer, "paying_body", None)
        named = mine or body is None or body.names_children  # as on its invoices
        yield {
            "enfant": row.child.full_name if named else initials(row.child.full_name),
            "payeur": (str(body) if body else "un autre dossier") if mine else "ce foyer",
            "prestation": row.activity.name if row.activity else "toutes",
            "part (%)": row.percent,
            "plafond par mois": row.ceiling,
            "du": row.starts_on,
            "au": row.ends_on,
            "décision": row.decision,
            "décision du": row.decided_on,
        }


def still_owed(scope: Scope, today: date) -> str:
    """Say that a household that owes something cannot be forgotten yet: the town must be able to ask for it."""
    if not scope.whole_household:
        return ""
    for invoice in with_paid(Invoice.objects.filter(family=scope.family)).order_by("number"):
        owed: Decimal = invoice.owed  # type: ignore[attr-defined]  # annotated by with_paid()
        if owed > 0:
            return f"La facture {invoice.number} n’est pas réglée ({euros(owed)}) : l’adresse du foyer est nécessaire."
    paid = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), payer=scope.family).order_by("pk")
    for coverage in paid:
        if not coverage.never_counted:
            return (
                f"Ce dossier paie une part des jours de {coverage.child}\u00a0: arrêtez d’abord cette prise en charge."
            )
    return ""


def billed_since(since: datetime) -> Iterable[int]:
    """Return the households that had an invoice or a payment since an instant, or paid a part for another."""
    invoiced = Invoice.objects.filter(issued_at__gte=since).values_list("family_id", flat=True)
    paid = Payment.objects.filter(received_at__gte=since).values_list("family_id", flat=True)
    pays = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=since.date())).values_list("payer_id", flat=True)
    return {*invoiced, *paid, *pays}


def accounts_past_time(at: datetime, dry_run: bool) -> int:
    """Count the invoices whose ten years are over. The portal deletes none: the departmental archives give their visa first."""
    return Invoice.objects.filter(issued_at__lt=retention.limit("factures", at)).count()


def declare() -> None:
    """Fill the registries."""
    retention.register(
        Category(
            slug="factures",
            label="Factures, paiements, inscriptions et réservations facturées",
            data="payeur, adresse, jours facturés, prises en charge, montants, paiements (jamais le numéro de carte)",
            purpose="facturer, encaisser, justifier les comptes",
            basis=LEGAL_DUTY,
            starts="après l’émission de la facture",
            then="signalées à l’archiviste, qui autorise leur élimination",
            source="conservation des pièces comptables ; code du patrimoine, article L212-2",
            applied_by="billing.privacy.accounts_past_time",
            kept_by_law=TEN_YEARS,
            position=60,
        )
    )
    data_export.register(
        Section("factures", "Les factures", invoice_rows, invoice_files, position=80),
        Section("prises-en-charge", "Les prises en charge", coverage_rows, position=80),
        Section("avoirs", "Les avoirs", credit_note_rows, position=80),
        Section("paiements", "Les paiements", payment_rows, position=81),
    )
    erasure.register(Part("billing", obstacle=still_owed, active_since=billed_since))
