"""Mails of the holidays: the wishes received, and what the allocation gave."""

from collections.abc import Iterable, Sequence

from accounts.models import User
from castres_portal.base.mail import Letter, queue_mail, queue_mails
from families.models import FamilyRequest, Guardian
from families.queries.households import mail_recipients_of_many
from reservations.emails.addresses import address_of, page_of
from reservations.models import HolidayPeriod, WishList
from reservations.queries.allocation import ChildAnswer
from reservations.queries.planning import span_of
from reservations.queries.wishes import children_of_list, results_of
from reservations.rules.holidays import weeks_of


def queue_wishes_receipt(row: WishList, guardian: Guardian | None, user: User | None) -> None:
    """Mail the acknowledgement of a wish list; inside the transaction that wrote it."""
    to = address_of(guardian, user)
    if not to:
        return
    span = span_of(row.period)
    context = {
        "guardian": guardian,
        "request": row.request,
        "period": row.period,
        "together": row.together,
        "results": results_of(children_of_list(row), span, weeks_of(span, row.period.activity.weekdays)),
        "url": page_of(row.request),
    }
    queue_mail("reservations/mail/wishes", to, context)


def queue_allocations(answered: Iterable[tuple[FamilyRequest, Sequence[ChildAnswer]]], period: HolidayPeriod) -> None:
    """Mail every household what its wishes gave; inside the transaction that wrote it. A handful of queries for all of them."""
    pairs = list(answered)
    reachable: dict[int, list[Guardian]] = {}
    for guardian in mail_recipients_of_many([children[0].row.wish_list.family for _, children in pairs]):
        reachable.setdefault(guardian.family_id, []).append(guardian)
    labels = {week.monday: week.label for week in weeks_of(span_of(period), period.activity.weekdays)}
    letters = []
    for request, children in pairs:
        said = [
            (
                child.row.child,
                child.points,
                [(labels[a.wish.monday], a.outcome, a.reason) for a in child.answers if a.wish.monday in labels],
            )
            for child in children
        ]
        for guardian in reachable.get(children[0].row.wish_list.family_id, []):
            context = {
                "guardian": guardian,
                "request": request,
                "period": period,
                "children": said,
                "url": page_of(request),
            }
            letters.append(Letter("reservations/mail/allocation", guardian.mail_address, context))
    queue_mails(letters)
