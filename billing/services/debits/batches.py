"""A collection: told to the families, put in the bank's file, found on the account."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import User
from billing import emails
from billing.models import Allocation, Debit, DebitBatch, Invoice, Payment, SepaMandate
from billing.queries.instalments import planned_each, without_schedule
from billing.queries.invoices import unpaid, with_paid
from billing.queries.payments import owed_each
from billing.rules.debits import earliest_collection, end_to_end, is_bank_day
from billing.rules.payments import part_for_invoice
from billing.sepa.config import creditor
from billing.sepa.pain008 import Line, debit_file
from billing.services.payments.locks import lock_invoices
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, plain_day
from castres_portal.base.mail import queue_mails
from castres_portal.base.numbering import take_numbers
from families.models import Guardian

State = Debit.State


# --- Telling the families ---------------------------------------------------------------------------------------------


def announce_debits(*, collect_on: date, by: User | None, at: datetime) -> DebitBatch:
    """Prepare the debits of a day, one for each unpaid invoice of a household with a mandate, and tell each household.

    Raises Refusal for a day too near (14 days' notice) or on which banks do not exchange, or when there is nothing to take.
    """
    earliest = earliest_collection(in_paris(at).date())
    if creditor() is None:
        raise Refusal("Le prélèvement n’est pas configuré : il manque l’identifiant de créancier (ICS).")
    if collect_on < earliest:
        raise Refusal(
            f"Les familles sont prévenues 14 jours avant : le premier jour possible est le {long_day(earliest)}."
        )
    if not is_bank_day(collect_on):
        raise Refusal(f"Les banques n’échangent pas le {long_day(collect_on)} : choisissez un autre jour.")
    try:
        return _announce(collect_on, by, at)
    except IntegrityError as taken:
        raise Refusal("Une autre remise vient d’être préparée avec ces factures. Elle est dans la liste.") from taken


def invoices_to_debit() -> list[Invoice]:
    """Return the unpaid invoices of households with a mandate in force, that no debit is under way for; one query."""
    mandates = SepaMandate.objects.filter(family=OuterRef("family"), ended_at=None)
    live = Debit.objects.filter(invoice=OuterRef("pk"), state__in=Debit.LIVE)
    rows = without_schedule(unpaid(with_paid(Invoice.objects.filter(Exists(mandates), ~Exists(live)))))
    return list(rows.order_by("number"))


@transaction.atomic(durable=True)
def _announce(collect_on: date, by: User | None, at: datetime) -> DebitBatch:
    invoices = invoices_to_debit()
    if not invoices:
        raise Refusal("Aucune facture à prélever : aucun foyer avec un mandat ne doit quelque chose.")
    mandates = {row.family_id: row for row in SepaMandate.objects.filter(ended_at=None).defer("iban")}
    tried = _times_tried(invoices)
    taken = Q(state__in=(State.SENT, State.COLLECTED)) | Q(payment__isnull=False)
    used = set(Debit.objects.filter(taken, mandate__in=mandates.values()).values_list("mandate", flat=True))
    batch = DebitBatch.objects.create(collect_on=collect_on, announced_at=at, announced_by=by)
    debits = []
    for invoice in invoices:
        mandate = mandates[invoice.family_id]
        debits.append(
            Debit(
                batch=batch,
                mandate=mandate,
                invoice=invoice,
                end_to_end=end_to_end(invoice.number, tried.get(invoice.pk, 0) + 1),
                amount=invoice.owed,  # type: ignore[attr-defined]  # annotated
                first_use=mandate.pk not in used,
            )
        )
        used.add(mandate.pk)
    Debit.objects.bulk_create(debits)
    _tell(debits)
    return batch


def _times_tried(invoices: Iterable[Invoice]) -> dict[int, int]:
    rows = Debit.objects.filter(invoice__in=list(invoices)).order_by().values_list("invoice")
    return dict(rows.annotate(count=Count("pk")))


def _tell(debits: list[Debit]) -> None:
    readers: dict[int, list[Guardian]] = {}
    rows = Guardian.objects.filter(family__in=[debit.invoice.family_id for debit in debits], user__is_active=True)
    for guardian in rows.exclude(rights=Guardian.Rights.EXCLUDED).select_related("user"):
        readers.setdefault(guardian.family_id, []).append(guardian)
    queue_mails(
        emails.debit_announced(debit, guardian)
        for debit in debits
        for guardian in readers.get(debit.invoice.family_id, [])
    )


# --- The bank's file --------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def make_file(*, batch: int, at: datetime) -> DebitBatch:
    """Put a batch (id) in one file for the bank; made once, it is the same file ever after.

    What was paid since is left out, what was paid in part is taken in part: never more than was told. Raises Refusal once the
    day of collection is past, or when nothing is left to take.
    """
    row = _locked_batch(batch)
    if row.sent_at:
        return row
    town = creditor()
    if town is None:
        raise Refusal("Le prélèvement n’est pas configuré : il manque l’identifiant de créancier (ICS).")
    if row.collect_on <= in_paris(at).date():
        raise Refusal(f"Le {plain_day(row.collect_on)} est passé : annoncez une autre date aux familles.")
    debits = _still_to_take(row)
    if not debits:
        raise Refusal("Il n’y a plus rien à prélever : tout a été réglé ou révoqué depuis l’annonce.")
    content = debit_file((_line(debit) for debit in debits), creditor=town, collect_on=row.collect_on)
    year = in_paris(at).year
    row.message_id = f"PRLV-{year}-{take_numbers(f'prelevements-{year}'):04d}"
    row.file.name = default_storage.save(f"prelevements/{uuid4().hex}.xml", ContentFile(content))
    row.sent_at = at
    row.save(update_fields=["message_id", "file", "sent_at"])
    return row


def _still_to_take(batch: DebitBatch) -> list[Debit]:
    debits = list(
        batch.debits.select_for_update(of=("self",))
        .filter(state=State.TOLD)
        .select_related("mandate", "invoice")
        .order_by("pk")
    )
    lock_invoices([debit.invoice_id for debit in debits])
    invoices = [debit.invoice_id for debit in debits]
    owed, planned = owed_each(invoices), planned_each(invoices)
    kept = []
    for debit in debits:
        left = owed[debit.invoice_id] - planned.get(debit.invoice_id, Decimal(0))
        if left <= 0 < owed[debit.invoice_id]:
            debit.state, debit.words = State.DROPPED, "Facture payée par carte en plusieurs fois"
        elif left <= 0:
            debit.state, debit.words = State.DROPPED, "Facture réglée entre-temps"
        else:
            debit.state, debit.amount = State.SENT, min(debit.amount, left)
            kept.append(debit)
    Debit.objects.bulk_update(debits, ["state", "words", "amount"])
    SepaMandate.objects.filter(pk__in=[debit.mandate_id for debit in kept]).update(used_on=batch.collect_on)
    return kept


def _line(debit: Debit) -> Line:
    mandate = debit.mandate
    return Line(
        end_to_end=debit.end_to_end,
        holder=mandate.holder,
        iban=mandate.iban,
        bic=mandate.bic,
        amount=debit.amount,
        first_use=debit.first_use,
        rum=mandate.rum,
        signed_on=in_paris(mandate.signed_at).date(),
        label=f"Facture {debit.invoice.number} Espace Famille",
    )


# --- The money on the account -----------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def confirm_batch(*, batch: int, by: User, at: datetime) -> int:
    """Record the money of a batch (id) that the régisseur found on the account; return how many debits were paid.

    Done twice, it is done once. What an invoice no longer owes is the household's credit. Raises Refusal before the day.
    """
    row = _locked_batch(batch)
    if row.confirmed_at:
        return 0
    if row.sent_at is None:
        raise Refusal("Le fichier de cette remise n’a pas été préparé : rien n’a pu être prélevé.")
    if row.collect_on > in_paris(at).date():
        raise Refusal(f"Le prélèvement a lieu le {long_day(row.collect_on)} : constatez-le ce jour-là ou après.")
    debits = _sent_debits(row)
    lock_invoices([debit.invoice_id for debit in debits])
    owed = owed_each([debit.invoice_id for debit in debits])
    year = in_paris(at).year
    first = take_numbers(f"quittances-{year}", len(debits)) if debits else 0
    payments = Payment.objects.bulk_create(
        Payment(
            number=f"P{year}-{first + rank:06d}",
            family_id=debit.invoice.family_id,
            kind=Payment.Kind.PAYMENT,
            means=Payment.Means.DEBIT,
            amount=debit.amount,
            received_at=at,
            captured_at=at,
        )
        for rank, debit in enumerate(debits)
    )
    parts = []
    for debit, payment in zip(debits, payments, strict=True):
        debit.state, debit.payment = State.COLLECTED, payment
        if part := part_for_invoice(debit.amount, owed[debit.invoice_id]):
            parts.append(Allocation(payment=payment, invoice_id=debit.invoice_id, amount=part))
    Allocation.objects.bulk_create(parts)
    Debit.objects.bulk_update(debits, ["state", "payment"])
    row.confirmed_at, row.confirmed_by = at, by
    row.save(update_fields=["confirmed_at", "confirmed_by"])
    return len(debits)


def _locked_batch(batch: int) -> DebitBatch:
    return DebitBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch)


def _sent_debits(batch: DebitBatch) -> list[Debit]:
    rows = batch.debits.select_for_update(of=("self",), no_key=True).filter(state=State.SENT)
    return list(rows.select_related("invoice").order_by("pk"))
