"""Absences in every state: one told in time (so a cancellation), one that waits for its proof, one granted, one refused.

In summer, and while every booked month is invoiced, there is no day to announce: the examples are then left out.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.db.models import QuerySet

from accounts.models import User
from billing.models import Invoice
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, DURAND, MARTIN, PETIT, Account
from families.models import Guardian
from families.services.requests import accept_request, refuse_request, write_message
from reservations.models import Absence, Booking
from reservations.queries.planning import policy_of
from reservations.services import announce_absence

NEAR = timedelta(days=5)  # ahead: too late to cancel, early enough to announce
ILLNESS, FAMILY, OUTING = "maladie", "famille", "sortie"
OF_A_WEEK = 2
A_FEW_DAYS = timedelta(days=4)


def add_absences(today: date) -> None:
    """Announce as the named families did in the last days, and decide as the agent did."""
    agent = User.objects.get(email=AGENT.email)
    _told_in_time(today)
    _waiting(today)
    _granted(today, agent)
    _refused(today, agent)


def _told_in_time(today: date) -> None:
    """Claire Martin's child will be away: the last day booked can still be cancelled."""
    at = _hour(today - timedelta(days=1), 20)
    last = _bookings(MARTIN).filter(day__gt=today).order_by("-day", "pk").first()
    if last and at < policy_of(last.activity).cancel.until(last.day):
        _announce(MARTIN, [last], OUTING, at, "Classe découverte.")


def _waiting(today: date) -> None:
    days = _recent(PETIT, today)
    if days:
        at = min(_hour(days[0].day, 7, 50), _hour(today - timedelta(days=1), 20))
        reason, words = (ILLNESS, "Gardé à la maison.") if len(days) > 1 else (FAMILY, "Obsèques de sa grand-tante.")
        _announce(PETIT, days, reason, at, words)


def _granted(today: date, agent: User) -> None:
    days = _before(MARTIN, today)
    if len(days) < OF_A_WEEK:
        return
    absence = _announce(MARTIN, days, ILLNESS, _hour(days[0].day, 7, 35), "")
    guardian = _guardian(MARTIN)
    write_message(
        request=absence.request,
        body="Le certificat est déposé ce matin à l’accueil.",
        submission=uuid4(),
        at=_hour(days[0].day, 18),
        guardian=guardian,
        user=guardian.user,
    )
    words = "Certificat vu à l’accueil : le second jour n’est pas facturé."
    accept_request(request=absence.request, by=agent, words=words, at=_hour(days[0].day + timedelta(days=1), 9))


def _refused(today: date, agent: User) -> None:
    days = _before(DURAND, today)[:1]
    if not days:
        return
    absence = _announce(DURAND, days, FAMILY, _hour(days[0].day, 8, 5), "Mariage d’un cousin.")
    words = "Aucun justificatif n’est arrivé dans les 48 heures : le jour reste facturé."
    refuse_request(
        request=absence.request, by=agent, words=words, at=_hour(min(days[0].day + timedelta(days=3), today), 0)
    )


# --- Which days -------------------------------------------------------------------------------------------------------


def _bookings(account: Account) -> QuerySet[Booking]:
    """The days booked by a named household of which no invoice speaks yet, nor any absence."""
    family = _guardian(account).family
    billed = set(Invoice.objects.filter(family=family).values_list("month", flat=True))
    rows = Booking.objects.filter(
        family=family, activity__is_meal=True, status=Booking.Status.ACTIVE, absence_days=None
    )
    for month in billed:
        rows = rows.exclude(day__year=month.year, day__month=month.month)
    return rows.select_related("activity", "child")


def _recent(account: Account, today: date) -> list[Booking]:
    """One child's last days that can no longer be cancelled, two at most and near each other, in order."""
    rows = list(_bookings(account).filter(day__lte=today + NEAR).order_by("-day", "child__birth_date"))
    mine = [row for row in rows if row.child_id == rows[0].child_id and rows[0].day - row.day <= A_FEW_DAYS][:OF_A_WEEK]
    return sorted(mine, key=lambda row: row.day)


def _before(account: Account, today: date) -> list[Booking]:
    """One child's two last days before the present week, in order."""
    return _recent(account, today - timedelta(days=3) - NEAR)


def _announce(account: Account, days: Sequence[Booking], reason: str, at: datetime, words: str) -> Absence:
    guardian = _guardian(account)
    return announce_absence(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        child=days[0].child_id,
        activity=days[0].activity.slug,
        days=[row.day for row in days],
        reason=reason,
        words=words,
        shown=None,
        submission=uuid4(),
        at=at,
    )


def _guardian(account: Account) -> Guardian:
    return Guardian.objects.select_related("family", "user").get(user__email=account.email, pays=True)


def _hour(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)
