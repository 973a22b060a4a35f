"""The nightly check of the accounts: everything is counted again, and what does not agree is kept, told and explained."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from accounts.models import User
from accounts.roles import REGISSEURS
from billing import emails
from billing.models import CoveredLine, Discrepancy, ReconciliationRun
from billing.queries import reconciliation as read
from billing.queries.instalments import (
    attempts_unlike_their_instalments,
    instalments_unlike_their_payment,
    owed_less_than_planned,
)
from billing.rules.drafts import BookedDay
from billing.rules.reconciliation import Finding, Kind, check_attempt, left_message, message_left, missing_numbers
from billing.services.runs.drafting import leave_out_absences, price_days
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, month_name, of_month, plain_day
from castres_portal.base.mail import queue_mails
from castres_portal.base.numbering import take_numbers

log = logging.getLogger(__name__)
ONE_AT_A_TIME = "controle-des-comptes"  # its counter is a lock
LINKS = ("family", "invoice", "payment", "attempt", "message")
NOTHING = Decimal("0.00")


class CannotExplain(Refusal):
    """A discrepancy without words, or one that is gone."""


def reconcile_accounts(*, at: datetime, month: date | None = None) -> ReconciliationRun:
    """Count again everything, or one month (its first day), and write what does not agree; the régisseurs are told what is new.

    Reads one state of the database, whatever happens meanwhile; changes nothing of what it checks. Safe to run twice.
    """
    run = ReconciliationRun.objects.create(month=month, started_at=at)
    with _one_state():
        counted = read.counts(month)
        findings = list(find(month, at=at))
    return _keep(run, counted, findings, at=at)


@contextmanager
def _one_state() -> Iterator[None]:
    """Show one state of the database to all the queries: a payment that arrives in between is in none of them."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(durable=True):
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@transaction.atomic(durable=True)
def _keep(
    run: ReconciliationRun, counted: dict[str, int], findings: list[Finding], *, at: datetime
) -> ReconciliationRun:
    take_numbers(ONE_AT_A_TIME, 0)
    open_rows = Discrepancy.objects.filter(gone_at=None)
    if run.month:
        open_rows = open_rows.filter(month=run.month)
    known = {(row.kind, row.key): row for row in open_rows}
    now = {(finding.kind.value, finding.key): finding for finding in findings}
    still = {key for key, finding in now.items() if key in known and _same(known[key], finding)}
    Discrepancy.objects.filter(pk__in=[row.pk for key, row in known.items() if key not in still]).update(gone_at=at)
    Discrepancy.objects.filter(pk__in=[known[key].pk for key in still]).update(last_run=run)
    new = Discrepancy.objects.bulk_create(
        [_row(run, finding, at) for key, finding in now.items() if key not in still], batch_size=500
    )
    for name, number in counted.items():
        setattr(run, name, number)
    run.found, run.new, run.finished_at = len(now), len(new), at
    run.save()
    if new:
        log.error("Contrôle des comptes\u00a0: %s écarts nouveaux, %s en tout", len(new), len(now))
        to = User.objects.filter(groups__name=REGISSEURS, is_active=True).exclude(email="").order_by("pk")
        queue_mails(emails.discrepancies_found(run, new, to=user.email) for user in to.distinct())
    return run


def _same(row: Discrepancy, finding: Finding) -> bool:
    """An explanation holds for the sums that it was written about: other ones are another discrepancy."""
    return (row.expected, row.found) == (finding.expected, finding.found)


def _row(run: ReconciliationRun, finding: Finding, at: datetime) -> Discrepancy:
    return Discrepancy(
        kind=finding.kind,
        key=finding.key,
        month=finding.month,
        words=finding.words,
        expected=finding.expected,
        found=finding.found,
        difference=finding.difference,
        first_run=run,
        last_run=run,
        found_at=at,
        **{f"{name}_id": getattr(finding, name) for name in LINKS},
    )


@transaction.atomic(durable=True)
def explain_discrepancy(*, discrepancy: int, words: str, by: User, at: datetime) -> Discrepancy:
    """Write why a discrepancy (id) is as it is; it stays until a check no longer finds it. Raises CannotExplain."""
    if not words.strip():
        raise CannotExplain("Écrivez l’explication.")
    row = Discrepancy.objects.select_for_update(of=("self",), no_key=True).get(pk=discrepancy)
    if row.gone_at:
        raise CannotExplain("Cet écart a disparu depuis\u00a0: il n’y a plus rien à expliquer.")
    row.explanation, row.explained_by, row.explained_at = words.strip(), by, at
    row.save(update_fields=["explanation", "explained_by", "explained_at"])
    return row


# --- What is found ----------------------------------------------------------------------------------------------------


def find(month: date | None, *, at: datetime) -> Iterator[Finding]:
    """Yield every proof that fails, of a month or of everything; about thirty queries, and some more for what is amiss."""
    yield from _in_invoices(month)
    yield from _in_bookings(month)
    yield from _in_allocations(month)
    yield from _at_the_bank(month, at=at)
    if month is None:
        yield from _in_daily_files()
        yield from _in_instalments()
    for numbered in read.NUMBERED:
        for series in read.series_of(numbered, month):
            if series.has_gap and (gap := missing_numbers(series, read.ranks_of(numbered, series), month=month)):
                yield gap


def _in_invoices(month: date | None) -> Iterator[Finding]:
    for line in read.lines_unlike_their_parts(month):
        parts = line.care_part + line.food_part
        yield Finding(
            kind=Kind.LINE_PARTS,
            key=f"ligne {line.pk}",
            words=f"Facture {line.invoice.number}, {line}\u00a0: la garde et le repas ne font pas le montant.",
            expected=euros(parts),
            found=euros(line.amount),
            difference=line.amount - parts,
            month=line.invoice.month,
            family=line.invoice.family_id,
            invoice=line.invoice_id,
        )
    for part in read.parts_amiss(month):
        yield _part_amiss(part)
    for invoice in read.invoices_unlike_their_lines(month):
        due = invoice.lines_sum - invoice.others_sum
        yield Finding(
            kind=Kind.INVOICE_SUM,
            key=f"facture {invoice.pk}",
            words=f"Facture {invoice.number}\u00a0: les lignes ne font pas le montant.",
            expected=euros(due),
            found=euros(invoice.total),
            difference=invoice.total - due,
            month=invoice.month,
            family=invoice.family_id,
            invoice=invoice.pk,
        )
    for line in read.lines_without_source(month):
        yield Finding(
            kind=Kind.LINE_WITHOUT_SOURCE,
            key=f"ligne {line.pk}",
            words=(
                f"Facture {line.invoice.number}, {line}\u00a0: la réservation, la présence ou le complément facturé n’est pas "
                "celui de cette ligne, ou a été annulé sans qu’un avoir soit proposé."
            ),
            expected=euros(0),
            found=euros(line.amount),
            difference=line.amount,
            month=line.invoice.month,
            family=line.invoice.family_id,
            invoice=line.invoice_id,
        )
    if month is None:
        for note in read.credit_notes_unlike_their_lines():
            yield Finding(
                kind=Kind.CREDIT_NOTE_SUM,
                key=f"avoir {note.pk}",
                words=f"{note}\u00a0: les lignes ne font pas le montant.",
                expected=euros(note.lines_sum),
                found=euros(note.total),
                difference=note.total - note.lines_sum,
                family=note.family_id,
                invoice=note.invoice_id,
            )


def _part_amiss(part: CoveredLine) -> Finding:
    asked = part.invoice_line.amount if hasattr(part, "invoice_line") else NOTHING
    return Finding(
        kind=Kind.COVERED_PART,
        key=f"part {part.pk}",
        words=(
            f"Facture {part.line.invoice.number}, {part.line}\u00a0: la part de {part.payer.name} n’est pas celle qui lui est "
            "demandée, ne lui a pas été demandée, ou dépasse avec les autres le prix du jour."
        ),
        expected=euros(part.amount),
        found=euros(asked),
        difference=asked - part.amount,
        month=part.line.invoice.month,
        family=part.payer_id,
        invoice=part.line.invoice_id,
    )


def _in_bookings(month: date | None) -> Iterator[Finding]:
    for its_month, rows in read.bookings_not_invoiced(month):
        days: dict[int, list[BookedDay]] = defaultdict(list)
        invoices: dict[int, int | None] = {}
        for row in rows:
            days[row.family].append(row.booked)
            invoices[row.family] = row.invoice
        priced = price_days(its_month, days)
        due = {each.family_id: each for each in leave_out_absences(its_month, priced)}
        for household in priced:
            kept = due.get(household.family_id)
            if kept is None and not household.reasons:
                continue  # nothing to pay: excused, or free
            missed = days[household.family_id]
            worth = kept.draft.total if kept and kept.draft else None
            invoice = invoices[household.family_id]
            yield Finding(
                kind=Kind.NOT_INVOICED,
                key=f"foyer {household.family_id}, {its_month:%Y-%m}",
                words=(
                    f"{month_name(its_month).capitalize()}\u00a0: {_said_of(missed)} sans facture, alors que les factures "
                    f"{of_month(its_month)} sont émises."
                ),
                expected=f"{_days(len(missed))} ({euros(worth)})" if worth else _days(len(missed)),
                found="Absents de la facture" if invoice else "Aucune facture",
                difference=-worth if worth else None,
                month=its_month,
                family=household.family_id,
                invoice=invoice,
            )


def _said_of(days: list[BookedDay]) -> str:
    first = days[0]
    return f"{first.activity_name}, {_days(len(days))} à partir du {plain_day(first.day)}"


def _days(number: int) -> str:
    return f"{number} jour{'s' if number > 1 else ''}"


def _in_allocations(month: date | None) -> Iterator[Finding]:
    for invoice in read.invoices_overpaid(month):
        yield Finding(
            kind=Kind.INVOICE_OVERPAID,
            key=f"facture {invoice.pk}",
            words=f"Facture {invoice.number}\u00a0: les sommes imputées dépassent son montant, ou sont négatives.",
            expected=f"De 0 à {euros(invoice.total)}",
            found=euros(invoice.held),
            difference=invoice.held - (invoice.total if invoice.held > 0 else NOTHING),
            month=invoice.month,
            family=invoice.family_id,
            invoice=invoice.pk,
        )
    for attempt in read.attempts_unlike_their_shares(month):
        yield Finding(
            kind=Kind.ATTEMPT_SHARES,
            key=f"tentative {attempt.pk}",
            words=f"{attempt.order_id}\u00a0: ce que doivent recevoir les factures ne fait pas la somme demandée.",
            expected=euros(attempt.shares_sum),
            found=euros(attempt.amount),
            difference=attempt.amount - attempt.shares_sum,
            month=attempt.invoice.month,
            family=attempt.family_id,
            attempt=attempt.pk,
        )
    if month is None:
        yield from _in_money()


def _in_money() -> Iterator[Finding]:
    said = set()
    for payment in read.payments_overused():
        said.add(payment.attempt_id)
        yield Finding(
            kind=Kind.PAYMENT_OVERUSED,
            key=f"paiement {payment.pk}",
            words=f"{payment.number}\u00a0: les factures en ont plus qu’il n’a apporté.",
            expected=f"Au plus {euros(payment.amount)}",
            found=euros(payment.used),
            difference=payment.used - payment.amount,
            family=payment.family_id,
            payment=payment.pk,
        )
    for each in read.attempts_overused():
        if each.attempt not in said:
            yield Finding(
                kind=Kind.PAYMENT_OVERUSED,
                key=f"tentative {each.attempt}",
                words=f"{each.order_id}\u00a0: de l’argent rendu est resté imputé à des factures.",
                expected=f"Au plus {euros(each.brought)}",
                found=euros(each.used),
                difference=each.used - each.brought,
                family=each.family,
                attempt=each.attempt,
            )
    for note in read.credit_notes_overused():
        given = note.total if note.is_confirmed else NOTHING
        yield Finding(
            kind=Kind.PAYMENT_OVERUSED,
            key=f"avoir {note.pk}",
            words=f"{note}\u00a0: les factures et le comptable en ont plus qu’il ne rend.",
            expected=f"Au plus {euros(given)}",
            found=euros(note.used),
            difference=note.used - given,
            family=note.family_id,
            invoice=note.invoice_id,
        )
    for debit in read.debits_unlike_their_payment():
        there = debit.payment.amount if debit.payment else NOTHING
        yield Finding(
            kind=Kind.AMOUNT if debit.payment else Kind.MONEY_MISSING,
            key=f"prélèvement {debit.pk}",
            words=f"Le prélèvement {debit.end_to_end} est dit encaissé\u00a0: le registre n’a pas cette somme.",
            expected=euros(debit.amount),
            found=euros(there),
            difference=there - debit.amount,
            family=debit.invoice.family_id,
            invoice=debit.invoice_id,
            payment=debit.payment_id,
        )
    for debit in read.returns_without_reversal():
        yield Finding(
            kind=Kind.NOT_REVERSED,
            key=f"rejet {debit.pk}",
            words=f"Le prélèvement {debit.end_to_end} est revenu\u00a0: le registre compte encore cette somme.",
            expected=euros(-debit.amount),
            found=euros(0),
            difference=debit.amount,
            family=debit.invoice.family_id,
            invoice=debit.invoice_id,
            payment=debit.payment_id,
        )
    for payment in read.payments_of_nobody():
        yield Finding(
            kind=Kind.UNPROVEN,
            key=f"paiement {payment.pk}",
            words=(
                f"{payment.number} ({payment.get_means_display()})\u00a0: ni la banque, ni le guichet, ni le comptable ne "
                "l’explique."
            ),
            expected=euros(0),
            found=euros(payment.amount),
            difference=payment.amount,
            family=payment.family_id,
            payment=payment.pk,
        )


def _at_the_bank(month: date | None, *, at: datetime) -> Iterator[Finding]:
    for facts, unreadable in read.attempts_with_their_proofs(month):
        yield from check_attempt(facts, at=at)
        for each in unreadable:
            yield _cannot_read(each)
    if month is None:
        for told in read.messages_without_attempt():
            if isinstance(told, read.Unreadable):
                yield _cannot_read(told)
            elif message_left(told, at=at):
                yield left_message(told)


def _in_instalments() -> Iterator[Finding]:
    for attempt in attempts_unlike_their_instalments():
        planned: Decimal = attempt.planned_sum  # type: ignore[attr-defined]  # annotated
        yield Finding(
            kind=Kind.INSTALMENTS,
            key=f"échéances {attempt.pk}",
            words=f"{attempt.order_id}\u00a0: les échéances ne font pas la somme demandée.",
            expected=euros(attempt.amount),
            found=euros(planned),
            difference=planned - attempt.amount,
            family=attempt.family_id,
            invoice=attempt.invoice_id,
            attempt=attempt.pk,
        )
    for invoice in owed_less_than_planned():
        coming: Decimal = invoice.planned  # type: ignore[attr-defined]  # annotated
        left: Decimal = invoice.left  # type: ignore[attr-defined]  # annotated
        yield Finding(
            kind=Kind.INSTALMENTS,
            key=f"échéancier {invoice.pk}",
            words=(
                f"{invoice.number}\u00a0: la banque va prélever plus que la facture ne doit\u00a0; arrêtez l’échéancier dans "
                "le back-office de PayZen."
            ),
            expected=f"Au plus {euros(left)}",
            found=euros(coming),
            difference=coming - left,
            family=invoice.family_id,
            invoice=invoice.pk,
        )
    for row in instalments_unlike_their_payment():
        there = row.payment.amount if row.payment else NOTHING
        yield Finding(
            kind=Kind.INSTALMENTS,
            key=f"échéance {row.pk}",
            words=f"{row}\u00a0: le paiement n’est pas celui de cette échéance.",
            expected=euros(row.amount),
            found=euros(there),
            difference=there - row.amount,
            family=row.attempt.family_id,
            attempt=row.attempt_id,
            payment=row.payment_id,
        )


def _in_daily_files() -> Iterator[Finding]:
    for file in read.daily_files_with_differences():
        yield Finding(
            kind=Kind.DAILY_FILE,
            key=f"fichier du jour {file.pk}",
            words=f"{file} ({file.name})\u00a0: {file.open_count} écart(s) avec le registre, que personne n’a réglé(s).",
            expected=euros(file.bank_sum),
            found=euros(file.ledger_sum),
            difference=file.ledger_sum - file.bank_sum,
        )


def _cannot_read(message: read.Unreadable) -> Finding:
    return Finding(
        kind=Kind.MESSAGE_LEFT,
        key=f"message {message.message}",
        words="Un message de la banque ne se lit plus\u00a0: ses champs ont été abîmés.",
        expected="Lisible",
        found="Illisible",
        attempt=message.attempt,
        message=message.message,
    )
