"""Giving the files that wait to the antivirus. A row is the work; a task only wakes; the sweep of each minute goes on."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from castres_portal.base.mail import queue_mails
from documents import antivirus
from documents.emails import supporting as emails
from documents.models import SupportingDocument
from documents.services.erasing import erase
from documents.services.supporting import Status, leave_quarantine
from families.queries.households import mail_recipients

log = logging.getLogger(__name__)
TAKEN_FOR = timedelta(minutes=2)
WORKING_SECONDS = 45
INFECTED = "Le fichier contenait un programme dangereux : il a été supprimé. Envoyez une photo ou une nouvelle copie du papier."


def scan_waiting(*, at: datetime, seconds: float = WORKING_SECONDS) -> int:
    """Scan what waits, the oldest first, for some seconds; return how many files got a verdict.

    Several workers may do it at once. When the antivirus is silent everything goes on waiting. When none is configured
    any more, what waits is let through: the town has chosen to do without.
    """
    stop_at = time.monotonic() + seconds
    done = 0
    while time.monotonic() < stop_at and (document := _take(at)):
        try:
            verdict = _ask(document)
        except antivirus.AntivirusDown as error:
            log.warning("L’antivirus ne répond pas ; les pièces restent en attente (%s)", error)
            SupportingDocument.objects.filter(pk=document.pk).update(scan_taken_until=None)
            break
        except FileNotFoundError:
            log.error("Le fichier de la pièce %s manque", document.key)
            continue
        apply_verdict(document=document, verdict=verdict, at=at)
        done += 1
    return done


def _ask(document: SupportingDocument) -> antivirus.Verdict | None:
    if not settings.CLAMAV_URL:
        return None
    with default_storage.open(document.file.name or "") as file:
        return antivirus.scan(file, url=settings.CLAMAV_URL, seconds=settings.CLAMAV_SECONDS)


@transaction.atomic(durable=True)
def _take(at: datetime) -> SupportingDocument | None:
    """Claim the oldest paper that waits and that nobody has in hand."""
    free = Q(scan_taken_until=None) | Q(scan_taken_until__lt=at)
    rows = SupportingDocument.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    document = rows.filter(free, status=Status.SCANNING).order_by("sent_at", "pk").first()
    if document:
        SupportingDocument.objects.filter(pk=document.pk).update(scan_taken_until=at + TAKEN_FOR)
    return document


@transaction.atomic(durable=True)
def apply_verdict(*, document: SupportingDocument, verdict: antivirus.Verdict | None, at: datetime) -> None:
    """Let a clean paper through to the agents; refuse an infected one, delete its file, tell the family and the agents."""
    rows = SupportingDocument.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("kind", "family", "child", "guardian").get(pk=document.pk)
    if row.status != Status.SCANNING:
        return
    row.scanned_at, row.scan_taken_until = at if verdict else None, None
    if verdict is None or not verdict.threat:
        leave_quarantine(row, at=at)
        return
    row.status, row.threat, row.words, row.reviewed_at = Status.REFUSED, verdict.threat, INFECTED, at
    erase(row, at=at)
    row.save()
    queue_mails(emails.document_infected(row, guardian) for guardian in mail_recipients(row.family))
    queue_mails([emails.agents_warned(row)])
