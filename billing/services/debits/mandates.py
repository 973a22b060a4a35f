"""Signing a mandate on line, ending it."""

from datetime import date, datetime, timedelta

from django.db import transaction
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from accounts.models import User
from billing import emails
from billing.models import Debit, SepaMandate
from billing.rules.debits import UNUSED_MONTHS, mandate_reference
from billing.sepa.config import creditor
from castres_portal.base.errors import Refusal
from castres_portal.base.mail import queue_mails
from families.models import Family, Guardian
from families.services.rights import refuse_who_may_not

Ending = SepaMandate.Ending
UNUSED_DAYS = UNUSED_MONTHS * 30 + UNUSED_MONTHS // 2  # 36 months, to the day or nearly


def read_iban(text: str) -> IBAN:
    """Return an IBAN typed with or without spaces; raise Refusal when its key or its length is wrong."""
    try:
        return IBAN(text)
    except (SchwiftyException, ValueError) as wrong:
        raise Refusal(
            "Cet IBAN n’est pas valide : vérifiez chaque chiffre sur votre RIB. Il commence par FR et compte 27 signes."
        ) from wrong


@transaction.atomic(durable=True)
def sign_mandate(
    *, family: Family, guardian: Guardian, user: User, holder: str, iban: str, at: datetime
) -> SepaMandate:
    """Record the mandate that a guardian signs on line, and mail it to the account holders; the previous one ends.

    Signed twice for the same account, it is the first one. Raises Refusal for a wrong IBAN, or while the town takes no debit.
    """
    refuse_who_may_not(guardian, user)
    town = creditor()
    if town is None:
        raise Refusal("La Ville ne propose pas encore le prélèvement.")
    account = read_iban(iban)
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    current = SepaMandate.objects.filter(family=family, ended_at=None).first()
    if current and current.iban == str(account) and current.holder == holder.strip():
        return current
    if current:
        _end(current, Ending.REPLACED, at)
    mandate = SepaMandate.objects.create(
        family=family,
        rum=mandate_reference(family.number, SepaMandate.objects.filter(family=family).count() + 1),
        holder=holder.strip(),
        iban=str(account),
        iban_tail=str(account)[-4:],
        bic=str(account.bic or ""),
        bank=str(account.bank_name or "")[:120],
        creditor=town.name,
        creditor_id=town.creditor_id,
        guardian=guardian,
        signer=guardian.full_name,
        signed_by=user,
        signed_at=at,
    )
    queue_mails(emails.mandate_signed(mandate, reader) for reader in readers_of(family))
    return mandate


@transaction.atomic(durable=True)
def end_mandate(*, family: Family, guardian: Guardian, user: User, at: datetime) -> SepaMandate:
    """Revoke the household's mandate: what is not yet at the bank is not taken. Raises Refusal when it has none."""
    refuse_who_may_not(guardian, user)
    mandate = SepaMandate.objects.select_for_update(of=("self",)).filter(family=family, ended_at=None).first()
    if mandate is None:
        raise Refusal("Votre foyer n’a pas de mandat de prélèvement en vigueur.")
    _end(mandate, Ending.FAMILY, at)
    queue_mails(emails.mandate_ended(mandate, reader) for reader in readers_of(family))
    return mandate


def end_for_bank(mandate: SepaMandate, at: datetime) -> None:
    """End a mandate that the bank will not honour any more; part of the caller's transaction."""
    if mandate.ended_at is None:
        _end(mandate, Ending.BANK, at)


@transaction.atomic(durable=True)
def end_unused_mandates(*, at: datetime) -> int:
    """End the mandates that were not used for 36 months, as the scheme does; return how many."""
    limit = at - timedelta(days=UNUSED_DAYS)
    ended = 0
    for mandate in SepaMandate.objects.select_for_update(of=("self",)).filter(ended_at=None, signed_at__lt=limit):
        if (mandate.used_on or date.min) < limit.date():
            _end(mandate, Ending.UNUSED, at)
            ended += 1
    return ended


def readers_of(family: Family) -> list[Guardian]:
    """Return the guardians of a household who have an account and may read."""
    readers = Guardian.objects.filter(family=family, user__is_active=True).exclude(rights=Guardian.Rights.EXCLUDED)
    return list(readers.select_related("user"))


def _end(mandate: SepaMandate, why: str, at: datetime) -> None:
    mandate.ended_at, mandate.ending = at, why
    mandate.save(update_fields=["ended_at", "ending"])
    waiting = Debit.objects.filter(mandate=mandate, state=Debit.State.TOLD)
    waiting.update(state=Debit.State.DROPPED, words=f"Mandat terminé : {mandate.get_ending_display().lower()}")
