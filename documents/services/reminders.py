"""Telling the families whose papers end soon: each threshold once, a skipped night caught up."""

from collections import defaultdict
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from castres_portal.base.clock import in_paris
from castres_portal.base.mail import Letter, queue_mails
from documents.emails import supporting as emails
from documents.models import DocumentReminder, SupportingDocument
from documents.rules.supporting import first_reminder_day, reminders_due
from documents.services.supporting import Status
from families.models import Family
from families.queries.households import mail_recipients

BATCH = 200


def remind_families(*, at: datetime) -> int:
    """Send the reminders due on a day; return how many papers were told. Safe to run twice and at once."""
    told, after = 0, 0
    while True:
        families = _families_to_tell(in_paris(at).date(), after)
        if not families:
            return told
        for family in families:
            told += remind_family(family_id=family, at=at)
        after = families[-1]


def _families_to_tell(today: date, after: int) -> list[int]:
    rows = _ending(today).filter(family_id__gt=after).order_by("family_id")
    return list(rows.values_list("family_id", flat=True).distinct()[:BATCH])


def _ending(today: date) -> QuerySet[SupportingDocument]:
    last = first_reminder_day(today, settings.DOCUMENTS["reminder_days"])
    return SupportingDocument.objects.filter(
        status=Status.ACCEPTED, erased_at=None, valid_until__gte=today, valid_until__lte=last
    )


@transaction.atomic(durable=True)
def remind_family(*, family_id: int, at: datetime) -> int:
    """Tell one household of its papers that end soon, in one mail; return how many. The rows say that it was told."""
    today = in_paris(at).date()
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family_id)
    documents = list(
        _ending(today).filter(family=family).select_related("kind", "child", "guardian").prefetch_related("reminders")
    )
    replaced = _replacements(family, documents)
    rows: list[DocumentReminder] = []
    told = []
    for document in documents:
        known = [reminder.days_before for reminder in document.reminders.all()]
        assert document.valid_until is not None
        due = reminders_due(document.valid_until, today, settings.DOCUMENTS["reminder_days"], known)
        if due and document.pk not in replaced:
            told.append(document)
            rows += [DocumentReminder(document=document, days_before=days, told_at=at) for days in due]
    DocumentReminder.objects.bulk_create(rows)
    letters: list[Letter] = []
    if told:
        told.sort(key=lambda document: document.valid_until or today)
        letters = [emails.document_ends_soon(told, guardian, today) for guardian in mail_recipients(family)]
    queue_mails(letters)
    return len(told)


def _replacements(family: Family, documents: list[SupportingDocument]) -> set[int]:
    """Return the papers that a later one, sent or accepted, already replaces."""
    latest: dict[tuple[int, int | None, int | None], list[SupportingDocument]] = defaultdict(list)
    kinds = {document.kind_id for document in documents}
    rows = SupportingDocument.objects.filter(family=family, kind__in=kinds, erased_at=None)
    for row in rows.exclude(status=Status.REFUSED):
        latest[row.kind_id, row.child_id, row.guardian_id].append(row)
    return {
        document.pk
        for document in documents
        for other in latest[document.kind_id, document.child_id, document.guardian_id]
        if other.pk != document.pk
        and (other.status != Status.ACCEPTED or (other.valid_until or date.max) > (document.valid_until or date.max))
    }
