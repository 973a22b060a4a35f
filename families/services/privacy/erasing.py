"""Erasing a guardian's data, or a whole household's, and keeping what the law makes the town keep.

Rows that invoices, payments and démarches stand on stay, emptied of who they were about. All is written without signals: a
journal that copied what is erased would undo it.
"""

from collections.abc import Iterable
from datetime import date, datetime

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from post_office.models import Email

from accounts.models import User
from accounts.services.closing import close_account
from castres_portal.base import retention
from castres_portal.base.errors import Refusal
from families import request_kinds
from families.emails import privacy as emails
from families.erasure import Scope, all_parts
from families.models import (
    ActivationCode,
    AuthorisedAdult,
    ChangeProposal,
    Child,
    Custody,
    Erasure,
    Family,
    FamilyContact,
    FamilyRequest,
    Guardian,
    HealthAuthorisation,
    HealthPlan,
    HealthRecord,
    QuotientClaim,
    QuotientRecord,
    RequestMessage,
    RequestStep,
    RightsChange,
)
from families.request_kinds import Decision
from families.services.privacy.exports import delete_exports_of

ERASED = "Effacé"
ERASED_FILE = "Dossier effacé"
ONCE_ONLY = "Les données de cette personne sont déjà effacées."


def accept_erasure(request: FamilyRequest, decision: Decision) -> None:
    """Do what an agent accepts: erase, keep the report, and send it to the address that is being forgotten.

    Raises Refusal while something is running that needs the data (an enrolment, an invoice to pay).
    """
    assert request.guardian and request.family
    to, hello = request.guardian.mail_address, request.guardian.greeting
    report = erase_guardian(guardian=request.guardian, at=decision.at, spared=request.pk)
    request.erasure_request.report = report
    request.erasure_request.body = ""
    request.erasure_request.save(update_fields=["report", "body"])
    # The usual mail of an answer would lead to a page that she can no longer open.
    request.guardian.email, request.guardian.user = "", None
    if to:
        emails.send_erasure_done(to=to, hello=hello, number=request.number, words=decision.words, report=report)


def erase_guardian(*, guardian: Guardian, at: datetime, spared: int | None = None) -> dict[str, list[str]]:
    """Erase a guardian, and her household when she was the last one of it; return what was erased and what is kept, in French.

    Part of the caller's transaction. ``spared`` is the request being answered, whose words the caller sees to.
    """
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(pk=guardian.family_id)
    guardians = list(family.guardians.select_related("user").order_by("pk"))
    gone = set(Erasure.objects.filter(family=family).values_list("guardian_id", flat=True))
    if guardian.pk in gone:
        raise Refusal(ONCE_ONLY)
    alone = all(other.pk in gone for other in guardians if other.pk != guardian.pk)
    mine = next(row for row in guardians if row.pk == guardian.pk)
    scope = Scope(family, [mine], whole_household=alone, children=_orphan_children(family, at.date()) if alone else [])
    return _erase(scope, at, spared)


def erase_household(*, family: Family, at: datetime) -> dict[str, list[str]]:
    """Erase a household whole (its time is over); part of the caller's transaction. Raises Refusal as erase_guardian does."""
    family = Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    guardians = list(family.guardians.select_related("user").order_by("pk"))
    return _erase(Scope(family, guardians, True, _orphan_children(family, at.date())), at, None)


def _orphan_children(family: Family, today: date) -> list[Child]:
    """Return the children of a household whom no other household, still there, has or had."""
    elsewhere = Custody.objects.exclude(family=family).exclude(family__erasures__whole_household=True)
    return list(
        Child.objects.filter(custodies__family=family)
        .exclude(pk__in=elsewhere.values("child_id"))
        .distinct()
        .order_by("pk")
    )


def _erase(scope: Scope, at: datetime, spared: int | None) -> dict[str, list[str]]:
    parts = all_parts()
    obstacles = [part.obstacle(scope, at.date()) for part in parts if part.obstacle]
    if found := [sentence for sentence in obstacles if sentence]:
        raise Refusal(" ".join(found))
    journal = _journal_of(scope)
    done: list[tuple[str, int]] = []
    for part in parts:
        if part.erase:
            done += part.erase(scope, at)
    done += _erase_requests(scope, spared)
    done += _erase_file(scope)
    done += _erase_people(scope, at, journal)
    _remember(scope, at)
    return {
        "erased": [f"{label} ({count})" if count > 1 else label for label, count in done if count],
        "kept": [f"{row.label} : {row.kept_by_law}" for row in retention.all_categories() if row.kept_by_law],
    }


def _remember(scope: Scope, at: datetime) -> None:
    """Keep that these people were forgotten; of a household, one row stands for it."""
    people: list[Guardian | None] = [*scope.guardians] or [None]
    Erasure.objects.bulk_create(
        Erasure(
            family=scope.family,
            guardian=guardian,
            whole_household=scope.whole_household and guardian == people[0],
            at=at,
        )
        for guardian in people
    )


def _requests_of(scope: Scope) -> QuerySet[FamilyRequest]:
    """Return the démarches of a household, or those that a guardian made."""
    if scope.whole_household:
        return FamilyRequest.objects.filter(family=scope.family)
    return FamilyRequest.objects.filter(guardian__in=scope.guardians)


def _erase_requests(scope: Scope, spared: int | None) -> list[tuple[str, int]]:
    """Empty the démarches of their words: number, kind, dates and state stay, as proof that they were answered."""
    rows = _requests_of(scope)
    others = rows.exclude(pk=spared) if spared is not None else rows
    ids = dict(others.values_list("pk", "kind"))
    words, _ = RequestMessage.objects.filter(request__in=ids).delete()
    RequestStep.objects.filter(request__in=ids).update(words="")
    for slug in set(ids.values()):
        label = request_kinds.kind_named(slug).label
        FamilyRequest.objects.filter(pk__in=[pk for pk, kind in ids.items() if kind == slug]).update(
            summary=label, decision="", unread_by_family=False, unread_by_service=False
        )
    return [("Contenu des démarches", len(ids)), ("Messages échangés avec le service", words)]


def _erase_file(scope: Scope) -> list[tuple[str, int]]:
    """Empty what was said of the household: adults, contacts, proposals, rights and their reasons, health."""
    guardians, children = scope.guardians, scope.children
    proposals = ChangeProposal.objects.filter(Q(guardian__in=guardians) | Q(request__guardian__in=guardians))
    health: QuerySet[HealthRecord] = HealthRecord.objects.none()
    if scope.whole_household:
        proposals = ChangeProposal.objects.filter(request__family=scope.family)
        health = HealthRecord.objects.filter(child__in=children)
        AuthorisedAdult.objects.filter(family=scope.family).delete()
        FamilyContact.objects.filter(family=scope.family).delete()
    sheets = health.count()
    health.delete()
    HealthPlan.objects.filter(child__in=children).delete()
    HealthAuthorisation.objects.filter(guardian__in=guardians).delete()
    RightsChange.objects.filter(guardian__in=guardians).delete()
    QuotientClaim.objects.filter(request__in=_requests_of(scope)).delete()
    emptied = proposals.update(before={}, proposed={}, decided=None, tasks=[])
    return [("Changements proposés au dossier", emptied), ("Fiches sanitaires", sheets)]


def _erase_people(scope: Scope, at: datetime, journal: set[int]) -> list[tuple[str, int]]:
    guardians, children = [row.pk for row in scope.guardians], [row.pk for row in scope.children]
    users = [row.user for row in scope.guardians if row.user]
    LogEntry.objects.filter(pk__in=journal).delete()
    closed, addresses = _close_accounts(users, scope, at)
    addresses |= {row.email.lower() for row in scope.guardians if row.email}
    codes, _ = ActivationCode.objects.filter(guardian__in=guardians).delete()
    Guardian.objects.filter(pk__in=guardians).update(
        first_name="", last_name=ERASED, email="", phone="", second_phone="", user=None, attached_at=None
    )
    done = [
        ("Vos coordonnées et votre identité", len(guardians)),
        ("Votre compte", closed),
        ("Codes d’activation", codes),
    ]
    if scope.whole_household:
        quotients, _ = QuotientRecord.objects.filter(family=scope.family).delete()
        Family.objects.filter(pk=scope.family.pk).update(
            name=ERASED_FILE, street="", street_more="", postcode="", city=""
        )
        for child in scope.children:
            Child.objects.filter(pk=child.pk).update(
                first_name="",
                last_name=ERASED,
                birth_date=date(child.birth_date.year, 1, 1),
                school=None,
                level="",
                class_name="",
            )
        done += [("L’adresse du foyer", 1), ("Quotients familiaux", quotients), ("Identité des enfants", len(children))]
    mails, _ = Email.objects.filter(to__in=sorted(addresses)).delete()
    return [*done, ("Courriels envoyés", mails), ("Lignes du journal des modifications", len(journal))]


def _close_accounts(users: Iterable[User], scope: Scope, at: datetime) -> tuple[int, set[str]]:
    """Close the accounts that open nothing else; return how many, and the addresses forgotten."""
    closed, addresses = 0, set()
    for user in users:
        elsewhere = Guardian.objects.filter(user=user).exclude(pk__in=[row.pk for row in scope.guardians])
        if user.is_staff or elsewhere.exists():
            continue
        addresses.add(user.email.lower())
        delete_exports_of(user, at)
        close_account(user)
        LogEntry.objects.filter(actor=user).update(actor_email=None, remote_addr=None)
        LogEntry.objects.filter(pk__in=list(_entries(User, [user.pk]))).delete()
        closed += 1
    return closed, addresses


def _journal_of(scope: Scope) -> set[int]:
    """Return the journal's entries about the people of a scope and the rows that hang on them; asked before these rows go."""
    about: dict[type[Model], list[int]] = {Guardian: [row.pk for row in scope.guardians]}
    if scope.whole_household:
        about |= {Family: [scope.family.pk], Child: [row.pk for row in scope.children]}
    found: set[int] = set()
    for model in auditlog.get_models():
        wanted = Q(pk__in=about.get(model, []))
        for field in model._meta.concrete_fields:
            if field.related_model in about:
                wanted |= Q(**{f"{field.name}__in": about[field.related_model]})
        found.update(_entries(model, model._base_manager.filter(wanted).values_list("pk", flat=True)))
    return found


def _entries(model: type[Model], ids: Iterable[int]) -> QuerySet[LogEntry, int]:
    content_type = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(content_type=content_type, object_pk__in=[str(pk) for pk in ids])
    return entries.values_list("pk", flat=True)


# --- Households that nobody has used for long -------------------------------------------------------------------------


def purge_dormant_households(at: datetime, dry_run: bool) -> int:
    """Erase the households that did nothing for as long as their file is kept; return how many there are."""
    since = retention.limit("dossier", at)
    active: set[int] = set()
    for part in all_parts():
        if part.active_since:
            active.update(part.active_since(since))
    candidates = Family.objects.filter(created_at__lt=since).exclude(erasures__whole_household=True).order_by("pk")
    dormant = [family for family in candidates if family.pk not in active]
    if dry_run:
        return len(dormant)
    return sum(_erase_dormant(family, at) for family in dormant)


def _erase_dormant(family: Family, at: datetime) -> int:
    try:
        with transaction.atomic(durable=True):
            erase_household(family=family, at=at)
    except Refusal:
        return 0  # something still runs there: it is not that dormant
    return 1


def household_activity(since: datetime) -> Iterable[int]:
    """Return the households that asked something, were given a code, or whose people signed in since an instant."""
    asked = FamilyRequest.objects.filter(received_at__gte=since, family__isnull=False).values_list(
        "family_id", flat=True
    )
    seen = Guardian.objects.filter(Q(user__signed_in_at__gte=since) | Q(attached_at__gte=since)).values_list(
        "family_id", flat=True
    )
    given = ActivationCode.objects.filter(created_at__gte=since).values_list("guardian__family_id", flat=True)
    return {*asked, *seen, *given}
