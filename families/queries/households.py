"""Reads about families, always scoped by the account that asks."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User
from families.models import Child, Custody, Family, Guardian


def guardianships_of(user: User) -> list[Guardian]:
    """Return who a person is in each of her households, with the household; the oldest file first. One query.

    A household from which an agent excluded her does not exist for her: it is not there.
    """
    mine = Guardian.objects.filter(user=user).exclude(rights=Guardian.Rights.EXCLUDED)
    return list(mine.select_related("family").order_by("family__number"))


def children_of(family: Family, *, on: date) -> QuerySet[Child]:
    """Return the children who live in a household on or after a day, whatever the rhythm, with their school."""
    stays = Custody.objects.filter(family=family).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    return (
        Child.objects.filter(pk__in=stays.values("child_id"))
        .select_related("school")
        .order_by("birth_date", "first_name")
    )


def mail_recipients(family: Family) -> list[Guardian]:
    """Return the guardians of a household to whom a mail can go, with their account, the payer first. One query.

    Never those whom an agent excluded.
    """
    return _reachable(Guardian.objects.filter(family=family))


def mail_recipients_of_child(child: Child) -> list[Guardian]:
    """Return the guardians to tell of a child's school or health, in whichever household she lives; one address once.

    The mail must say nothing of a household: two parents who are separated receive the same.
    """
    found: dict[str, Guardian] = {}
    for guardian in _reachable(Guardian.objects.filter(family__custodies__child=child)):
        found.setdefault(guardian.mail_address.lower(), guardian)
    return list(found.values())


def mail_recipients_of_many(families: Iterable[Family]) -> list[Guardian]:
    """Return the guardians of several households to whom a mail can go, each with her household; one query."""
    return _reachable(Guardian.objects.filter(family__in=[family.pk for family in families]))


def _reachable(guardians: QuerySet[Guardian]) -> list[Guardian]:
    rows = guardians.select_related("user", "family").order_by("-pays", "pk").distinct()
    return [guardian for guardian in rows if guardian.mail_address]
