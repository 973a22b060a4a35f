"""The trace that reading leaves: who opened what, when; the family reads it in « Qui a consulté le dossier »."""

from collections.abc import Mapping
from datetime import datetime

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from accounts.models import User
from accounts.roles import AGENTS, ANIMATEURS, CUISINE, REGISSEURS
from families.models import Child, Family, Reading

FUNCTIONS = {AGENTS: "agent", REGISSEURS: "régisseur", CUISINE: "cuisine", ANIMATEURS: "animation"}


def record_reading(
    *,
    by: User,
    subject: str,
    at: datetime,
    child: Child | None = None,
    family: Family | None = None,
    about: Model | None = None,
) -> Reading:
    """Write that an agent is about to read something; part of the caller's transaction, before anything is shown.

    Give either ``child`` (what belongs to the child: every household of hers sees the reading) or ``family`` (what belongs to
    one household). ``subject`` is French and shown to the family: « Fiche sanitaire de Léa », « Attestation CAF »; it never
    holds what was read. The agents' journal keeps the same as an access to ``about`` (by default the child or the household),
    with the agent's full name.
    """
    if (child is None) == (family is None):
        raise ValueError("a reading is of a child or of a household")
    with transaction.atomic():
        reading = Reading.objects.create(
            at=at, reader=by, reader_shown=shown_to_family(by), subject=subject[:160], child=child, family=family
        )
        # A row that describes itself to the journal (``get_additional_data``) says more than its subject.
        more = {} if about else {"additional_data": {"consultation": subject[:160]}}
        LogEntry.objects.log_create(
            about or child or family, force_log=True, action=LogEntry.Action.ACCESS, actor=by, timestamp=at, **more
        )
    return reading


def record_readings(*, by: User, subjects: Mapping[Child, str], at: datetime) -> None:
    """Write, as ``record_reading`` does, that an agent is about to read something of many children: ``subjects`` says what.

    Part of the caller's transaction, before anything is shown; the same number of queries for five children and for eighty.
    """
    if not subjects:
        return
    shown, kind = shown_to_family(by), ContentType.objects.get_for_model(Child)
    with transaction.atomic():
        Reading.objects.bulk_create(
            Reading(at=at, reader=by, reader_shown=shown, subject=subject[:160], child=child)
            for child, subject in subjects.items()
        )
        LogEntry.objects.bulk_create(
            LogEntry(
                content_type=kind,
                object_pk=str(child.pk),
                object_id=child.pk,
                object_repr=str(child),
                action=LogEntry.Action.ACCESS,
                actor=by,
                timestamp=at,
                additional_data={"consultation": subject[:160]},
            )
            for child, subject in subjects.items()
        )


def shown_to_family(user: User) -> str:
    """Return how an agent is named to a family: service, function and initials.

    Initials are enough to see that one person came back, and to ask the service about it; the name itself stays between the
    agents, as nobody who only did her work should be looked for outside (docs/decisions).
    """
    names = sorted(user.groups.values_list("name", flat=True))
    function = next((FUNCTIONS[name] for name in names if name in FUNCTIONS), "administration")
    initials = " ".join(f"{name[0].upper()}." for name in (user.first_name, user.last_name) if name)
    return ", ".join(part for part in (f"{settings.TOWN['service']} – {function}", initials) if part)
