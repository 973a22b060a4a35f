"""The mail that reminds of usual days. Its link books them: it is secret, and its body is erased once it has left."""

from collections.abc import Sequence
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from castres_portal.base.clock import in_paris
from castres_portal.base.mail import Letter
from families.models import Guardian
from reservations.models import DayReminder, RemindedDay
from reservations.queries.reminders import reminder_key, stop_key
from reservations.rules.deadlines import last_moment


def reminder_letter(reminder: DayReminder, days: Sequence[RemindedDay], guardian: Guardian) -> Letter:
    """Return the mail to a guardian of the household: which usual days are not booked, until when, one link."""
    groups = [
        {"child": rows[0].child, "activity": rows[0].activity, "days": rows}
        for rows in (list(of_slot) for _, of_slot in groupby(days, key=lambda row: (row.child_id, row.activity_id)))
    ]
    until = min((row.until for row in days), default=reminder.deadline)
    site = settings.SITE_URL
    context = {
        "guardian": guardian,
        "groups": groups,
        "count": len(days),
        "until": _said(until),
        "url": site + reverse("reservations:reminder", args=[reminder_key(reminder, guardian)]),
        "stop_url": site + reverse("reservations:stop_reminders", args=[stop_key(guardian)]),
    }
    assert guardian.user is not None  # only who has a space is written to
    return Letter("reservations/mail/usual_days", guardian.user.email, context, secret=True)


def _said(until: object) -> str:
    instant = in_paris(until)  # type: ignore[arg-type]
    return last_moment(instant, instant.time() if instant.hour or instant.minute else None)
