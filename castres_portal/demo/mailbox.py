"""The demonstration's mailbox: a mail « sent » is a file of a folder, that a page shows. No mail leaves the machine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage as OutgoingMail
from django.core.mail.backends.base import BaseEmailBackend

from castres_portal.base import clock

FOLDER = "courriels"
STAMP = "%Y%m%dT%H%M%S%f"
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\Z")


class MailboxBackend(BaseEmailBackend):
    """Writes each mail to a file named after the portal's clock; a reader never sees half of one."""

    def send_messages(self, email_messages: Sequence[OutgoingMail]) -> int:
        """Write the mails and return how many."""
        for message in email_messages:
            _write(message.message().as_bytes())
        return len(email_messages)


def _write(content: bytes) -> None:
    folder = mail_folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{clock.now():{STAMP}}-{uuid4().hex[:8]}"
    draft = folder / f".{name}"
    draft.write_bytes(content)
    draft.replace(folder / f"{name}.eml")


def mail_folder() -> Path:
    """Return where the mails are kept."""
    return Path(settings.DATA_DIR) / FOLDER


@dataclass(frozen=True)
class Attachment:
    """A file that a mail carries; ``rank`` counts from 0."""

    rank: int
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A mail of the mailbox."""

    name: str
    sent_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.message["Subject"] or "(sans objet)")

    @property
    def to(self) -> str:
        """To whom it went."""
        return str(self.message["To"] or "")

    @property
    def sender(self) -> str:
        """Who wrote it."""
        return str(self.message["From"] or "")

    @property
    def text(self) -> str:
        """Its plain text."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """Its HTML, or nothing."""
        return self._body("html")

    @property
    def attachments(self) -> list[Attachment]:
        """Its files."""
        return [
            Attachment(rank, part.get_filename() or f"piece-{rank + 1}", part.get_content_type(), _bytes(part))
            for rank, part in enumerate(self.message.iter_attachments())
        ]

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def mail_names() -> list[str]:
    """Return the names of the mails, the latest first."""
    return sorted((path.stem for path in mail_folder().glob("*.eml") if NAME.match(path.stem)), reverse=True)


def read_mail(name: str) -> Mail | None:
    """Return a mail, or None when there is none of that name (which may be anything)."""
    path = mail_folder() / f"{name}.eml"
    if not NAME.match(name) or not path.is_file():
        return None
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    sent_at = datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=clock.PARIS)
    return Mail(name, sent_at, message)
