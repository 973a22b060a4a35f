"""Exchanging days of custody between the two households of a child: one proposes, the other answers, or an agent decides.

The child's row is locked before her stays are read, so that a day never gets two agreements, nor two households.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.emails import situation as emails
from families.models import Child, Custody, CustodyException, Family, FamilyRequest, Guardian, WeekExchange
from families.request_kinds import Decision
from families.rules.weeks import exchange_problem
from families.services.custody import refuse_overlapping_exceptions
from families.services.requests import record_request
from families.services.requests.deciding import add_step, locked

KIND = "echange-garde"
Period = tuple[date, date]


def other_home_of(child: Child, family: Family, *, today: date) -> Family:
    """Return the other household of a child from a day on. Raises Refusal when she has none, or several."""
    stays = Custody.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), child=child)
    others = list(Family.objects.filter(pk__in=stays.exclude(family=family).values("family")))
    if len(others) != 1:
        raise Refusal(
            "Un échange se fait entre les deux foyers d’un enfant : nos dossiers ne lui en connaissent pas deux."
        )
    return others[0]


def exchange_refusal(
    child: Child, family: Family, other: Family, gives: Period | None, takes: Period | None, *, today: date
) -> str:
    """Return why these days cannot be exchanged, or nothing; three queries."""
    return exchange_problem(
        gives=gives,
        takes=takes,
        family=family.pk,
        other=other.pk,
        stays=list(Custody.objects.filter(child=child)),
        swaps=list(CustodyException.objects.filter(child=child)),
        today=today,
    )


def _lock_child(child_id: int) -> Child:
    return Child.objects.select_for_update(of=("self",), no_key=True).get(pk=child_id)


@transaction.atomic(durable=True)
def propose_exchange(
    *,
    family: Family,
    guardian: Guardian,
    user: User | None,
    child: Child,
    gives: Period | None,
    takes: Period | None,
    submission: UUID,
    at: datetime,
) -> WeekExchange:
    """Ask a child's other household to exchange days (both ends included); return the exchange, not yet agreed.

    The same form sent twice returns the first. Raises Refusal when a day is not where the exchange supposes, or is already
    part of another exchange.
    """
    child = _lock_child(child.pk)
    if first := WeekExchange.objects.filter(submission=submission, request__family=family).first():
        return first
    other = other_home_of(child, family, today=at.date())
    if why := exchange_refusal(child, family, other, gives, takes, today=at.date()):
        raise Refusal(why)
    _refuse_double_proposal(child, [period for period in (gives, takes) if period])
    request = record_request(
        kind=KIND,
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=f"Échange de jours de garde : {child.first_name}",
        status=FamilyRequest.Status.RECEIVED,
        at=at,
    )
    exchange = WeekExchange.objects.create(
        request=request,
        child=child,
        other_family=other,
        gives_from=gives[0] if gives else None,
        gives_to=gives[1] if gives else None,
        takes_from=takes[0] if takes else None,
        takes_to=takes[1] if takes else None,
        submission=submission,
    )
    emails.tell_of_exchange(exchange)
    return exchange


def _refuse_double_proposal(child: Child, periods: list[Period]) -> None:
    waiting = WeekExchange.objects.filter(child=child, request__status__in=FamilyRequest.OPEN)
    for first, last in periods:
        if waiting.filter(
            Q(gives_from__lte=last, gives_to__gte=first) | Q(takes_from__lte=last, takes_to__gte=first)
        ).exists():
            raise Refusal("Un échange qui attend une réponse porte déjà sur ces jours.")


@transaction.atomic(durable=True)
def answer_exchange(
    *, exchange: WeekExchange, guardian: Guardian, user: User | None, agreed: bool, at: datetime
) -> WeekExchange:
    """Accept or decline, as the other household, the days that were proposed. The same answer twice counts once.

    Raises Refusal when the exchange was withdrawn or answered otherwise, or when a day is no longer where it supposes.
    """
    # The request, then the child: the order in which an agent's decision takes them.
    request = locked(exchange.request)
    _lock_child(exchange.child_id)
    exchange = WeekExchange.objects.select_related("child", "other_family").get(pk=exchange.pk)
    exchange.request = request
    if exchange.other_family_id != guardian.family_id:
        raise Refusal("Cet échange ne s’adresse pas à votre foyer.")
    if not request.is_open:
        if exchange.answered_at and (request.status == FamilyRequest.Status.DONE) == agreed:
            return exchange
        raise Refusal(closed_words(request))
    if agreed:
        _write_days(exchange, at)
    exchange.answered_at, exchange.answered_by = at, guardian
    exchange.save(update_fields=["answered_at", "answered_by"])
    _close(request, agreed, at)
    emails.tell_exchange_answered(exchange, agreed=agreed)
    return exchange


def closed_words(request: FamilyRequest) -> str:
    """Say why an exchange can no longer be answered."""
    if request.status == FamilyRequest.Status.WITHDRAWN:
        return "L’autre parent a retiré cet échange : il n’y a plus rien à répondre."
    return "Cet échange a déjà reçu une réponse."


def _close(request: FamilyRequest, agreed: bool, at: datetime) -> None:
    """Keep the answer without the name of who gave it: it belongs to the other household."""
    request.status = FamilyRequest.Status.DONE if agreed else FamilyRequest.Status.REFUSED
    request.decided_at = at
    request.unread_by_service = False
    request.save(update_fields=["status", "decided_at", "unread_by_service"])
    words = "L’autre parent a accepté : les jours sont échangés." if agreed else "L’autre parent n’est pas d’accord."
    add_step(request, at=at, by=None, words=words)


def accept_exchange(request: FamilyRequest, decision: Decision) -> None:
    """Write the exchange that an agent imposes or confirms; part of her decision's transaction. Raises Refusal."""
    exchange = _exchange_of(request)
    _lock_child(exchange.child_id)
    _write_days(exchange, decision.at)
    emails.tell_exchange_agreed(exchange)


def refuse_exchange(request: FamilyRequest, decision: Decision) -> None:
    """Tell the other household that an agent refused the exchange, not her words; part of her decision's transaction."""
    emails.tell_exchange_dropped(_exchange_of(request), withdrawn=False)


def withdraw_exchange(request: FamilyRequest, at: datetime) -> None:
    """Tell the other household that there is nothing left to answer; part of the withdrawal's transaction."""
    emails.tell_exchange_dropped(_exchange_of(request), withdrawn=True)


def _exchange_of(request: FamilyRequest) -> WeekExchange:
    exchange = WeekExchange.objects.select_related("child", "other_family").get(request=request)
    exchange.request = request
    return exchange


def _write_days(exchange: WeekExchange, at: datetime) -> None:
    family = exchange.request.family
    assert family is not None  # an exchange is proposed by a household
    gives, takes = periods_of(exchange)
    if why := exchange_refusal(exchange.child, family, exchange.other_family, gives, takes, today=at.date()):
        raise Refusal(why.replace("que vous laissez", "à laisser").replace("que vous prenez", "à prendre"))
    for period, home in ((gives, exchange.other_family), (takes, family)):
        if period:
            row = CustodyException(
                child=exchange.child,
                family=home,
                starts_on=period[0],
                ends_on=period[1],
                reason=f"Échange n° {exchange.request.number}",
            )
            refuse_overlapping_exceptions([row])
            row.save()


def periods_of(exchange: WeekExchange) -> tuple[Period | None, Period | None]:
    """Return what the proposing household gives and what it takes."""
    gives = (exchange.gives_from, exchange.gives_to) if exchange.gives_from and exchange.gives_to else None
    takes = (exchange.takes_from, exchange.takes_to) if exchange.takes_from and exchange.takes_to else None
    return gives, takes
