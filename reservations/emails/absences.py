"""The mail that acknowledges an absence: each day and what becomes of it, never the reason."""

from collections.abc import Sequence

from accounts.models import User
from castres_portal.base.mail import queue_mail
from families.models import Guardian
from reservations.emails.addresses import address_of, page_of
from reservations.models import Absence, AbsenceDay
from reservations.queries.absences import answers_of, proof_text


def queue_absence_receipt(
    absence: Absence, days: Sequence[AbsenceDay], guardian: Guardian | None, user: User | None
) -> None:
    """Mail the receipt of an absence to whoever announced it; inside the transaction that wrote it."""
    to = address_of(guardian, user)
    if not to:
        return
    context = {
        "guardian": guardian,
        "absence": absence,
        "request": absence.request,
        "answers": answers_of(days),
        "proof_text": proof_text(absence),
        "url": page_of(absence.request),
    }
    queue_mail("reservations/mail/absence", to, context)
