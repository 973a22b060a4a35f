"""A family contests lines of an invoice."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from billing import kinds
from billing.models import CreditNote, Dispute, DisputedLine, Invoice, InvoiceLine
from billing.queries.lines import open_disputes
from billing.rules.corrections import parts_of
from billing.services.corrections.proposing import propose_credit
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Family, FamilyRequest, Guardian
from families.request_kinds import Decision
from families.services.requests import record_request


def dispute_lines(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User,
    lines: Collection[int],
    reason: str,
    words: str,
    submission: UUID,
    at: datetime,
) -> FamilyRequest:
    """Record that a household contests lines (ids) of one of its invoices; return the request, the first one if sent twice.

    Raises Refusal when a line is not hers, when they are of two invoices, or when one waits for an answer already.
    """
    try:
        return _dispute(family, guardian, user, lines, reason, words, submission, at)
    except IntegrityError:
        first = _sent_before(family, submission)
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _dispute(
    family: Family,
    guardian: Guardian | None,
    user: User,
    lines: Collection[int],
    reason: str,
    words: str,
    submission: UUID,
    at: datetime,
) -> FamilyRequest:
    if first := _sent_before(family, submission):
        return first
    rows = list(InvoiceLine.objects.filter(pk__in=lines, invoice__family=family).order_by("day", "pk"))
    if not rows or len(rows) != len(set(lines)) or len({row.invoice_id for row in rows}) != 1:
        raise Refusal("Ces lignes ne sont pas celles d’une facture de votre foyer.")
    # Two disputes of one invoice follow one another, so that no line waits for two answers.
    invoice = _locked(rows[0].invoice_id)
    held = open_disputes(invoice).filter(line__in=rows).select_related("line", "dispute__request").first()
    if held:
        raise Refusal(
            f"Le {plain_day(held.line.day)} est déjà contesté : votre demande n° {held.dispute.request.number} attend sa réponse."
        )
    request = record_request(
        kind=kinds.DISPUTE,
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=f"Facture {invoice.number} : {_summary(rows)}",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
    )
    dispute = Dispute.objects.create(
        request=request, invoice=invoice, reason=reason, words=words.strip(), submission=submission
    )
    DisputedLine.objects.bulk_create(DisputedLine(dispute=dispute, line=row) for row in rows)
    return request


def _locked(invoice: int) -> Invoice:
    return Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice)


def _sent_before(family: Family, submission: UUID) -> FamilyRequest | None:
    dispute = Dispute.objects.filter(submission=submission, request__family=family).select_related("request").first()
    return dispute.request if dispute else None


def _summary(rows: list[InvoiceLine]) -> str:
    if len(rows) == 1:
        return f"{rows[0].activity_name} du {plain_day(rows[0].day)}"
    return f"{rows[0].activity_name}, {len(rows)} jours"


def accept_dispute(request: FamilyRequest, decision: Decision) -> None:
    """Propose a credit note of what is left of the contested lines, for the régie to confirm; part of the decision's transaction.

    Raises Refusal when nothing of them is left to give back.
    """
    dispute = Dispute.objects.select_related("invoice").get(request=request)
    rows = [row.line for row in dispute.lines.select_related("line")]
    note = propose_credit(
        dispute.invoice,
        {row.pk: parts_of(row) for row in rows},
        reason=CreditNote.Reason.OTHER,
        words=f"Contestation n° {request.number} acceptée : {dispute.get_reason_display().lower()}.",
        by=decision.by,
        at=decision.at,
    )
    if note is None:
        raise Refusal("Ces lignes ont déjà été rendues : répondez à la famille en refusant la contestation.")
