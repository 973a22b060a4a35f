"""Leaving an invoice alone: neither reminded of nor handed over, until an agent says otherwise."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from billing.models import Invoice, RecoveryHold
from castres_portal.base.errors import Refusal


@transaction.atomic(durable=True)
def hold(*, invoice: Invoice, cause: str, reason: str, by: User, at: datetime) -> RecoveryHold:
    """Stop asking for an invoice. Raises Refusal for an unknown cause, or when it is stopped already."""
    if cause not in RecoveryHold.Cause.values:
        raise Refusal("Choisissez pourquoi le recouvrement est suspendu.")
    try:
        with transaction.atomic():
            return RecoveryHold.objects.create(
                invoice=invoice, cause=cause, reason=reason.strip(), held_at=at, held_by=by
            )
    except IntegrityError as error:
        raise Refusal("Le recouvrement de cette facture est déjà suspendu.") from error


@transaction.atomic(durable=True)
def lift(*, invoice: Invoice, by: User, at: datetime) -> None:
    """Ask for it again. Raises Refusal when nothing stopped it."""
    if not RecoveryHold.objects.filter(invoice=invoice, lifted_at=None).update(lifted_at=at, lifted_by=by):
        raise Refusal("Le recouvrement de cette facture n’est pas suspendu.")
