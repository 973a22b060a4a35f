"""The trace that reading leaves: who opened what, when; the family reads it in « Qui a consulté le dossier »."""

from datetime import datetime

from auditlog.models import LogEntry
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from accounts.models import User
from accounts.roles import AGENTS, CUISINE, REGISSEURS
from families.models import Child, Family, Reading

FUNCTIONS = {AGENTS: "agent", REGISSEURS: "régisseur", CUISINE: "cuisine"}


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


def shown_to_family(user: User) -> str:
    """Return how an agent is named to a family: service, function and initials.

    Initials are enough to see that one person came back, and to ask the service about it; the name itself stays between the
    agents, as nobody who only did her work should be looked for outside (docs/decisions).
    """
    names = sorted(user.groups.values_list("name", flat=True))
    function = next((FUNCTIONS[name] for name in names if name in FUNCTIONS), "administration")
    initials = " ".join(f"{name[0].upper()}." for name in (user.first_name, user.last_name) if name)
    return ", ".join(part for part in (f"{settings.TOWN['service']} – {function}", initials) if part)
