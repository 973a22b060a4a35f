"""Mails of the waiting list: the receipt, the place that is offered, the end of a wait. They say ranks, never other families."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from castres_portal.base.mail import Letter, queue_mail, queue_mails
from families.models import Guardian
from reservations.emails.addresses import address_of, page_of
from reservations.models import Activity, BookingReceipt, ReceiptLine, WaitingEntry
from reservations.queries.receipts import answers_by_child
from reservations.rules.formulas import formula_label


def queue_waiting_receipt(
    receipt: BookingReceipt,
    lines: Sequence[ReceiptLine],
    activity: Activity,
    guardian: Guardian | None,
    user: User | None,
) -> None:
    """Mail which days are waited for, and at which rank; inside the transaction that wrote them."""
    to = address_of(guardian, user)
    if not to:
        return
    context = {
        "guardian": guardian,
        "request": receipt.request,
        "activity": activity,
        "children": answers_by_child(lines),
        "waits": any(line.outcome == ReceiptLine.Outcome.WAITING for line in lines),
        "url": page_of(receipt.request),
    }
    queue_mail("reservations/mail/waiting_receipt", to, context)


def queue_offer(entry: WaitingEntry) -> None:
    """Tell each guardian who may accept it that a place is offered, and until when; inside the transaction that wrote it."""
    url = settings.SITE_URL + reverse("reservations:waiting_entry", args=[entry.pk])
    _queue_to_household("reservations/mail/waiting_offer", entry, url=url)


def queue_wait_ended(entry: WaitingEntry) -> None:
    """Tell who asked that an offer has expired or was declined, that the day has passed, or why an agent took the entry off."""
    url = settings.SITE_URL + reverse("reservations:waiting")
    _queue_to_household("reservations/mail/waiting_ended", entry, url=url)


def _queue_to_household(template: str, entry: WaitingEntry, **context: Any) -> None:
    shared = {"entry": entry, "formula": formula_label(entry.formula), **context}
    queue_mails(
        Letter(template, address, {"guardian": guardian, **shared}) for guardian, address in _who_may_answer(entry)
    )


def _who_may_answer(entry: WaitingEntry) -> Iterator[tuple[Guardian, str]]:
    """Yield the guardians of the household with full rights, once an address: an offer runs for hours, either may answer."""
    told = set()
    rows = Guardian.objects.filter(family=entry.family_id, rights=Guardian.Rights.FULL).select_related("user")
    for guardian in rows.order_by("pk"):
        address = guardian.mail_address
        if address and address not in told:
            told.add(address)
            yield guardian, address
