"""Limiting what a guardian may do with her household's file, and giving it back."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Guardian, RightsChange

Rights = Guardian.Rights
READ_ONLY = (
    "Vos droits sur ce dossier sont en lecture seule : vous voyez tout, mais rien ne peut être modifié depuis votre "
    "compte."
)
EXPIRED = "Fin de la limitation, à la date prévue."


class MayOnlyRead(Refusal):
    """A guardian who may not change her household's file."""

    def __init__(self) -> None:
        super().__init__(READ_ONLY)


@transaction.atomic(durable=True)
def limit_rights(
    *, guardian: Guardian, rights: str, reason: str, until: date | None, by: User | None, at: datetime
) -> RightsChange:
    """Decide what a guardian may do (a Guardian.Rights) until a day included, or without end; keep the reason.

    Her other households, and those of the other parent, are not concerned; nobody is written to. Raises Refusal without a
    reason, for a day that is past, for a change that changes nothing, and for excluding who receives the invoices.
    """
    return change_rights(guardian=guardian, rights=rights, reason=reason, until=until, by=by, at=at)


def change_rights(
    *, guardian: Guardian, rights: str, reason: str, until: date | None, by: User | None, at: datetime
) -> RightsChange:
    """Do the work of limit_rights inside the caller's transaction (an accepted request, demonstration data)."""
    row = Guardian.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.pk)
    reason = reason.strip()
    until = None if rights == Rights.FULL else until
    if not reason:
        raise Refusal("Écrivez le motif : il est conservé avec la décision.")
    if until and until < in_paris(at).date():
        raise Refusal(f"Le {plain_day(until)} est passé : choisissez une date à venir, ou aucune.")
    if (row.rights, row.rights_until) == (rights, until):
        raise Refusal(f"{row} a déjà ces droits : rien n’a changé.")
    if rights == Rights.EXCLUDED and row.pays:
        raise Refusal(f"{row} reçoit les factures du foyer : désignez d’abord un autre responsable payeur.")
    return _write(row, rights, reason, until, by, at)


def _write(row: Guardian, rights: str, reason: str, until: date | None, by: User | None, at: datetime) -> RightsChange:
    row.rights, row.rights_until = rights, until
    row.save(update_fields=["rights", "rights_until"])
    return RightsChange.objects.create(guardian=row, rights=rights, reason=reason, until=until, by=by, at=at)


@transaction.atomic(durable=True)
def end_limits(*, at: datetime) -> int:
    """Give full rights back to the guardians whose limit has come to its end; return how many. Safe to run twice."""
    past = Guardian.objects.filter(rights_until__lt=in_paris(at).date()).exclude(rights=Rights.FULL)
    rows = list(past.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for row in rows:
        _write(row, Rights.FULL, EXPIRED, None, None, at)
    return len(rows)


def refuse_who_may_not(guardian: Guardian | None, user: User | None) -> None:
    """Raise MayOnlyRead when a guardian acts by herself on a household whose file she may not change.

    An agent who acts for her (``user`` is somebody else) is not concerned. The middleware keeps the pages, this the
    services, with the row that the request has just read.
    """
    if guardian is None or (user is not None and user.pk != guardian.user_id):
        return
    if guardian.rights != Rights.FULL:
        raise MayOnlyRead


def refuse_account(user: User | None, family_id: int) -> None:
    """Raise MayOnlyRead when this account stands in the household with limited rights (payments know no guardian)."""
    if user is not None:
        refuse_who_may_not(Guardian.objects.filter(user=user, family_id=family_id).first(), user)
