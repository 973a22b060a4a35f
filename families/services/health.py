"""Telling of a child’s health, and reading what was told.

Allergies, diet, doctor and the like apply at once: a child is safer when what her parent knows is known today. A PAI waits for
an agent (``services.health_plans``). Locks: the child's sheet, or the household's contacts; a stale form is never obeyed.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import of_name
from families.emails.health import queue_sheet_changed
from families.models import Child, Guardian, HealthAuthorisation, HealthChange, HealthRecord
from families.queries.health import AgentSheet, sheet_for_agent
from families.queries.households import mail_recipients_of_child
from families.rules import health as rules
from families.rules.health import Answers, Conflict, HealthSheet
from families.services.access_log import record_reading
from families.services.rights import refuse_who_may_not


class SheetMoved(Refusal):
    """Someone else changed the sheet after the form was shown. Nothing is lost: ``sheet`` holds what to show again."""

    def __init__(self, sheet: HealthSheet, version: int, conflicts: list[Conflict], taken: list[str], by: str) -> None:
        super().__init__(
            f"La fiche a changé pendant que vous la remplissiez{f' ({by})' if by else ''}. Rien de ce que vous avez saisi n’est "
            "perdu : vérifiez, puis enregistrez de nouveau."
        )
        self.sheet = sheet
        self.version = version
        self.conflicts = conflicts
        self.taken = taken


@transaction.atomic(durable=True)
def change_sheet(*, child: Child, guardian: Guardian, sheet: HealthSheet, version: int, at: datetime) -> HealthRecord:
    """Write what a guardian tells of a child, and tell every guardian that the sheet changed (never what).

    ``version`` is the one that her form showed. Saving also confirms the sheet. The same answers again (a double click)
    change nothing. Raises SheetMoved when someone else changed the sheet meanwhile.
    """
    refuse_who_may_not(guardian, None)
    record = _locked_record(child)
    stored = rules.from_stored(record.content)
    if changed := rules.differences(stored, sheet):
        if record.version != version:
            _refuse_stale(record, stored, sheet, version)
        _write(record, stored, sheet, changed, guardian, at)
        queue_sheet_changed(child, mail_recipients_of_child(child), by=guardian, at=at)
    _confirm(record, guardian, at)
    return record


@transaction.atomic(durable=True)
def confirm_sheet(*, child: Child, guardian: Guardian, version: int, at: datetime) -> HealthRecord:
    """Keep that a guardian read the sheet and that nothing has changed; raises Refusal when it changed as she read."""
    refuse_who_may_not(guardian, None)
    record = _locked_record(child)
    if record.version != version:
        raise Refusal("La fiche a changé pendant que vous la lisiez : relisez-la, puis confirmez.")
    _confirm(record, guardian, at)
    return record


def _locked_record(child: Child) -> HealthRecord:
    HealthRecord.objects.get_or_create(child=child)
    return HealthRecord.objects.select_for_update(of=("self",), no_key=True).get(child=child)


def _refuse_stale(record: HealthRecord, stored: HealthSheet, typed: HealthSheet, version: int) -> None:
    since = list(record.changes.filter(version__gt=version).select_related("guardian").order_by("-version"))
    base = rules.before_changes(stored, [change.before for change in since])
    met = rules.merge(base, stored, typed)
    author = since[0].guardian.full_name if since and since[0].guardian else ""
    raise SheetMoved(met.sheet, record.version, met.conflicts, met.taken, author)


def _write(
    record: HealthRecord, before: HealthSheet, after: HealthSheet, names: list[str], guardian: Guardian, at: datetime
) -> None:
    old, new = rules.to_stored(before), rules.to_stored(after)
    record.content = new
    record.version += 1
    record.changed_at, record.changed_by = at, guardian
    record.save(update_fields=["content", "version", "changed_at", "changed_by"])
    HealthChange.objects.create(
        record=record,
        version=record.version,
        guardian=guardian,
        at=at,
        before={name: old[name] for name in names},
        after={name: new[name] for name in names},
    )


def _confirm(record: HealthRecord, guardian: Guardian, at: datetime) -> None:
    record.confirmed_at, record.confirmed_by = at, guardian
    record.save(update_fields=["confirmed_at", "confirmed_by"])


@transaction.atomic(durable=True)
def answer_authorisations(*, child: Child, guardian: Guardian, answers: Answers, at: datetime) -> HealthAuthorisation:
    """Keep what one guardian authorises, in place of what she answered before; every guardian is told that it changed."""
    refuse_who_may_not(guardian, None)
    content: dict[str, Any] = rules.answers_to_stored(answers)
    Child.objects.select_for_update(of=("self",), no_key=True).get(pk=child.pk)
    row = HealthAuthorisation.objects.filter(child=child, guardian=guardian).first()
    if row is not None and row.answers == content:
        return row
    row, _ = HealthAuthorisation.objects.update_or_create(
        child=child, guardian=guardian, defaults={"answers": content, "answered_at": at}
    )
    queue_sheet_changed(child, mail_recipients_of_child(child), by=guardian, at=at)
    return row


@transaction.atomic(durable=True)
def open_sheet(*, child: Child, by: User, at: datetime) -> AgentSheet:
    """Give an agent a child's whole sheet; the trace is written first, in the same transaction: no trace, no sheet."""
    record_reading(by=by, subject=f"Fiche sanitaire {of_name(child.first_name)}", child=child, at=at)
    return sheet_for_agent(child, today=at.date())
