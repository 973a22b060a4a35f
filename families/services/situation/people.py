"""Who may collect the children of a household, and whom to call: the household manages both by itself."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from castres_portal.base.errors import Refusal
from families.models import AuthorisedAdult, Child, Family, FamilyContact, Guardian
from families.rules.situation import name_key

MOST_CONTACTS = 10


def _lock(family: Family) -> Family:
    return Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)


@transaction.atomic(durable=True)
def add_authorised_adult(
    *,
    family: Family,
    guardian: Guardian,
    first_name: str,
    last_name: str,
    phone: str,
    link: str,
    children: Collection[Child],
    starts_on: date,
    ends_on: date | None,
    submission: UUID,
    at: datetime,
) -> AuthorisedAdult:
    """Let somebody collect children of the household from a day; at once. The same form sent twice returns the first.

    Raises Refusal when a decision forbids this person to collect one of them, or when she may already.
    """
    _lock(family)
    if first := AuthorisedAdult.objects.filter(submission=submission, family=family).first():
        return first
    listed = AuthorisedAdult.objects.filter(family=family, removed_at=None, children__in=children).distinct()
    for other in listed:
        if name_key(other.first_name, other.last_name) != name_key(first_name, last_name):
            continue
        if other.is_banned:
            raise Refusal(
                f"{other.full_name} ne doit pas venir chercher l’enfant : signalez d’abord la fin de cette interdiction."
            )
        if other.ends_on is None or other.ends_on >= starts_on:
            raise Refusal(f"{other.full_name} est déjà dans votre liste. Retirez l’ancienne ligne pour la remplacer.")
    adult = AuthorisedAdult.objects.create(
        family=family,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        link=link,
        starts_on=starts_on,
        ends_on=ends_on,
        added_at=at,
        added_by=guardian,
        submission=submission,
    )
    adult.children.set(children)
    return adult


@transaction.atomic(durable=True)
def remove_authorised_adult(*, adult: AuthorisedAdult, guardian: Guardian, at: datetime) -> AuthorisedAdult:
    """Take back at once the right to collect; the row stays, closed. Twice counts once. Raises Refusal for a prohibition."""
    row = AuthorisedAdult.objects.select_for_update(of=("self",), no_key=True).get(pk=adult.pk)
    if row.is_banned:
        raise Refusal("Une interdiction se lève par l’Espace Famille : signalez-en la fin.")
    if row.removed_at is None:
        row.removed_at, row.removed_by = at, guardian
        row.save(update_fields=["removed_at", "removed_by"])
    return row


@transaction.atomic(durable=True)
def save_contact(
    *,
    family: Family,
    contact: FamilyContact | None,
    first_name: str,
    last_name: str,
    phone: str,
    link: str,
    child: Child | None,
    submission: UUID,
) -> FamilyContact:
    """Add somebody to call, last in order, or put one right. The same form sent twice adds one. Raises Refusal beyond ten."""
    _lock(family)
    if contact is None:
        rows = FamilyContact.objects.filter(family=family)
        if first := rows.filter(submission=submission).first():
            return first
        if rows.count() >= MOST_CONTACTS:
            raise Refusal(
                f"Votre liste compte déjà {MOST_CONTACTS} personnes : retirez-en une pour en ajouter une autre."
            )
        last = rows.order_by("-position").first()
        contact = FamilyContact(family=family, submission=submission, position=last.position + 1 if last else 1)
    contact.first_name, contact.last_name = first_name, last_name
    contact.phone, contact.link, contact.child = phone, link, child
    contact.save()
    return contact


@transaction.atomic(durable=True)
def remove_contact(*, contact: FamilyContact) -> None:
    """Take somebody off the list of people to call; what auditlog kept remains."""
    FamilyContact.objects.filter(pk=contact.pk).delete()
    _renumber(contact.family)


@transaction.atomic(durable=True)
def raise_contact(*, contact: FamilyContact) -> None:
    """Call somebody before the one who stood above."""
    rows = _ordered(contact.family)
    place = next((index for index, row in enumerate(rows) if row.pk == contact.pk), 0)
    if place:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
        _number(rows)


def _ordered(family: Family) -> list[FamilyContact]:
    _lock(family)
    return list(FamilyContact.objects.filter(family=family))


def _renumber(family: Family) -> None:
    _number(_ordered(family))


def _number(rows: list[FamilyContact]) -> None:
    for position, row in enumerate(rows, 1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
