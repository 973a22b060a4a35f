"""Who else pays: an agent opens an organisation's file, writes down what it decided, ends it. Nothing of it is deleted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from billing.models import Coverage, PayingBody
from billing.rules.coverage import WHOLE, Taken, too_much_on
from billing.rules.percent import percent_text
from billing.services.runs.covering import taken_by
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Child, Family, Guardian
from families.services.files import next_family_numbers
from reservations.models import Activity

ONE_DAY = timedelta(days=1)


class CannotCover(Refusal):
    """A coverage that meets another, or that says nothing that can be billed."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided: which part (percent) of which days, up to how many euros a month, by which decision."""

    percent: Decimal
    ceiling: Decimal | None
    starts_on: date
    ends_on: date | None
    decision: str
    decided_on: date
    activity: Activity | None = None


@transaction.atomic(durable=True)
def add_paying_body(
    *,
    name: str,
    kind: str,
    names_children: bool,
    street: str,
    street_more: str,
    postcode: str,
    city: str,
    title: str,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    at: datetime,
) -> PayingBody:
    """Open the file of an organisation, and that of who receives its invoices there."""
    family = Family.objects.create(
        number=next_family_numbers()[0],
        name=name.strip(),
        street=street.strip(),
        street_more=street_more.strip(),
        postcode=postcode.strip(),
        city=city.strip(),
    )
    Guardian.objects.create(
        family=family,
        title=title,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        email=email.strip(),
        phone=phone.strip(),
        pays=True,
    )
    return PayingBody.objects.create(family=family, kind=kind, names_children=names_children, added_at=at)


@transaction.atomic(durable=True)
def add_coverage(*, family: Family, child: Child, payer: Family, decided: Decided, by: User, at: datetime) -> Coverage:
    """Write down that another file pays a part of a child's days in a household.

    Days that are already invoiced never change: it counts for those that are not. Raises CannotCover when the child does not
    live in the household, when the payer cannot be asked, or when this and others come to more than the whole of a day.
    """
    _lock(family)
    new = check_coverage(family=family, child=child, payer=payer, decided=decided, by=by, at=at)
    new.save()
    return new


def check_coverage(
    *, family: Family, child: Child, payer: Family, decided: Decided, by: User, at: datetime
) -> Coverage:
    """Return the coverage that would be written, or raise as ``add_coverage`` does; writes nothing."""
    new = Coverage(
        family=family,
        child=child,
        payer=payer,
        activity=decided.activity,
        percent=decided.percent,
        ceiling=decided.ceiling,
        starts_on=decided.starts_on,
        ends_on=decided.ends_on,
        decision=decided.decision.strip(),
        decided_on=decided.decided_on,
        added_at=at,
        added_by=by,
    )
    _refuse(new)
    return new


@transaction.atomic(durable=True)
def end_coverage(*, coverage: Coverage, last_day: date, why: str, by: User, at: datetime) -> Coverage:
    """Let a coverage count for the last time on a day; one that ends before its first day never counts.

    Lines that were issued keep their parts. Raises CannotCover without a reason, for a later end than the one it has, or when
    it was ended already.
    """
    if not why.strip():
        raise CannotCover("Dites pourquoi la prise en charge s’arrête.")
    _lock(coverage.family)
    row = Coverage.objects.select_for_update(of=("self",), no_key=True).get(pk=coverage.pk)
    if row.ended_at:
        raise CannotCover("Cette prise en charge est déjà arrêtée.")
    if row.ends_on and last_day > row.ends_on:
        raise CannotCover(
            f"Elle se termine déjà le {plain_day(row.ends_on)}\u00a0: elle ne peut pas durer plus longtemps."
        )
    row.ends_on = max(last_day, row.starts_on - ONE_DAY)
    row.ended_at, row.ended_by, row.ended_because = at, by, why.strip()[:200]
    row.save(update_fields=["ends_on", "ended_at", "ended_by", "ended_because"])
    return row


def _lock(family: Family) -> None:
    """One coverage of a household at a time: two that meet never see each other too late."""
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)


def _refuse(new: Coverage) -> None:
    if not new.child.custodies.filter(family=new.family).exists():
        raise CannotCover(f"{new.child} n’habite pas dans ce foyer.")
    if not new.payer.guardians.exclude(rights=Guardian.Rights.EXCLUDED).exists():
        raise CannotCover(
            f"Le dossier {new.payer} n’a aucun responsable à qui envoyer la facture\u00a0: ajoutez-le d’abord."
        )
    if hasattr(new.family, "paying_body"):
        raise CannotCover("Ce dossier est celui d’un organisme\u00a0: choisissez celui du foyer aidé.")
    try:
        new.full_clean(validate_unique=False)
    except ValidationError as wrong:
        raise CannotCover(" ".join(wrong.messages)) from wrong
    others = [row for row in _counting(new) if not row.never_counted]
    mine = taken_by(new)
    for other in others:
        if other.payer_id == new.payer_id and mine.meets(taken_by(other)):
            raise CannotCover(_same_payer(other))
    most = too_much_on(mine, [taken_by(other) for other in others])
    if most > WHOLE:
        raise CannotCover(_too_much(most, mine, others))


def _counting(new: Coverage) -> list[Coverage]:
    rows = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=new.starts_on), family=new.family, child=new.child)
    return list(rows.select_related("payer", "activity").order_by("starts_on", "pk"))


def _same_payer(other: Coverage) -> str:
    until = f"jusqu’au {plain_day(other.ends_on)}" if other.ends_on else "sans date de fin"
    return (
        f"Une prise en charge de ces jours existe déjà\u00a0: {other}, depuis le {plain_day(other.starts_on)}, {until}. "
        "Arrêtez-la d’abord, ou commencez celle-ci après sa fin."
    )


def _too_much(most: Decimal, mine: Taken, others: list[Coverage]) -> str:
    named = " ; ".join(f"{other} ({percent_text(other.percent)})" for other in others if mine.meets(taken_by(other)))
    return (
        f"Avec celle-ci, les prises en charge de certains jours feraient {percent_text(most)} du prix. "
        f"Il y a déjà\u00a0: {named}."
    )
