"""Outgoing mail: a row first, sent by a worker, kept as a log.

A mail is three templates ``<app>/mail/<name>.subject.txt``, ``.txt`` and ``.html``. One that carries a code or a
single-use link is *secret*: agents never see its body, and the body is erased once the mail has left.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.template.loader import render_to_string
from post_office import mail as post_office
from post_office.lockfile import FileLock, FileLocked, default_lockfile
from post_office.models import PRIORITY, STATUS, Attachment, Email

from castres_portal.base import tasks
from castres_portal.base.enqueue import enqueue_after_commit
from castres_portal.base.models import MailMark

log = logging.getLogger(__name__)
ERASED = "(contenu effacé après l’envoi)"
SENDER_LOCK = 810650  # any number that no other advisory lock of this database uses


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a mail; ``mimetype`` may have parameters (``text/calendar; method=REQUEST``)."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Letter:
    """One mail to be queued: template name without extension, recipient, what the template shows, files that go with it.

    A secret letter takes no file: its body is erased once it has left, a file would stay.
    """

    template: str
    to: str
    context: dict[str, Any] = field(default_factory=dict)
    secret: bool = False
    enclosures: tuple[Enclosure, ...] = ()

    def __post_init__(self) -> None:
        if self.secret and self.enclosures:
            raise ValueError("a secret mail carries no file")


def queue_mail(
    template: str, to: str, context: dict[str, Any], *, secret: bool = False, enclosures: Iterable[Enclosure] = ()
) -> Email:
    """Write a mail to be sent after commit and wake a worker; return its row."""
    return queue_mails([Letter(template, to, context, secret, tuple(enclosures))])[0]


def queue_mails(letters: Iterable[Letter]) -> list[Email]:
    """Write many mails in two queries, in the present transaction, and wake a worker once. A file costs three more."""
    letters = list(letters)
    emails = Email.objects.bulk_create([_email(letter) for letter in letters])
    MailMark.objects.bulk_create(
        [
            MailMark(email=email, kind=letter.template, secret=letter.secret)
            for email, letter in zip(emails, letters, strict=True)
        ]
    )
    for email, letter in zip(emails, letters, strict=True):
        _enclose(email, letter.enclosures)
    if emails:
        enqueue_after_commit(tasks.send_mails)
    return emails


def _email(letter: Letter) -> Email:
    # The row is made here, not by post_office.mail.send(): that one would read a family's words as a template.
    context = {"town": settings.TOWN, "site_url": settings.SITE_URL, "demo": settings.DEMO, **letter.context}
    subject = render_to_string(f"{letter.template}.subject.txt", context)
    return Email(
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.to],
        subject=" ".join(subject.split()),
        message=render_to_string(f"{letter.template}.txt", context).strip() + "\n",
        html_message=render_to_string(f"{letter.template}.html", context),
        priority=PRIORITY.medium,
        status=STATUS.queued,
    )


def _enclose(email: Email, enclosures: Iterable[Enclosure]) -> None:
    for enclosure in enclosures:
        row = Attachment(name=enclosure.name, mimetype=enclosure.mimetype)
        row.file.save(enclosure.name, ContentFile(enclosure.content), save=True)
        row.emails.add(email)


def send_waiting(*, at: datetime) -> None:
    """Send what is queued, then erase the body of the secret mails that have left. Safe to run twice and at once."""
    with _only_sender() as mine:
        if not mine:
            return
        while post_office.get_queued().exists():
            post_office.send_queued()
        erase_sent_secrets(at=at)


def erase_sent_secrets(*, at: datetime) -> int:
    """Empty the secret mails that were sent or given up; return how many."""
    marks = MailMark.objects.filter(secret=True, erased_at=None, email__status__in=[STATUS.sent, STATUS.failed])
    ids = list(marks.values_list("pk", "email_id"))
    Email.objects.filter(pk__in=[email for _, email in ids]).update(message=ERASED, html_message="")
    return MailMark.objects.filter(pk__in=[mark for mark, _ in ids]).update(erased_at=at)


@contextmanager
def _only_sender() -> Iterator[bool]:
    """Hold the right to send: an advisory lock among all machines on PostgreSQL, a file on the one machine of SQLite."""
    if connection.vendor != "postgresql":
        try:
            with FileLock(default_lockfile):
                yield True
        except FileLocked:
            yield False
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SENDER_LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SENDER_LOCK])
