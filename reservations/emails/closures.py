"""Mails of closures: what a household's days have become."""

from collections import defaultdict
from collections.abc import Sequence

from castres_portal.base.mail import Letter, queue_mails
from families.queries.households import mail_recipients_of_many
from reservations.emails.addresses import page_of
from reservations.models import ClosureNotice, ReceiptLine
from reservations.queries.closures import days_words
from reservations.queries.receipts import answers_by_child


def queue_closure_notices(notices: Sequence[ClosureNotice]) -> None:
    """Mail each household of some notices, every guardian who may be told; four queries whatever their number."""
    lines: dict[int, list[ReceiptLine]] = defaultdict(list)
    receipts = [notice.receipt_id for notice in notices]
    for line in ReceiptLine.objects.filter(receipt__in=receipts).select_related("child", "activity"):
        lines[line.receipt_id].append(line)
    guardians = defaultdict(list)
    for guardian in mail_recipients_of_many([notice.family for notice in notices]):
        guardians[guardian.family_id].append(guardian)
    letters = []
    for notice in notices:
        context = {
            "closure": notice.closure,
            "undone": notice.undone,
            "days": days_words(notice.closure),
            "request": notice.receipt.request,
            "children": answers_by_child(lines[notice.receipt_id]),
            "url": page_of(notice.receipt.request),
        }
        letters += [
            Letter("reservations/mail/closure", guardian.mail_address, {**context, "guardian": guardian})
            for guardian in guardians[notice.family_id]
        ]
    queue_mails(letters)
