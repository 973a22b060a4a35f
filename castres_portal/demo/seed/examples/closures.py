"""Closures in every state: a strike to come at one school, a class outing that is past, a breakdown that was mended and undone.

Schools are those of the named households, who find each in « Mes dernières demandes », with the mail.
"""

from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.db.models import Max, QuerySet

from accounts.models import User
from castres_portal.base.clock import PARIS
from castres_portal.demo.accounts import AGENT, DURAND, PETIT, Account
from castres_portal.demo.seed.agenda import BILLING_DAY
from reservations.models import Activity, Booking, Closure, Enrolment
from reservations.queries.closures import bookings_under
from reservations.services import closures

DAY = timedelta(days=1)
Kind = Closure.Kind
STRIKE = "La grève annoncée par les agents ne permet pas d’assurer le service minimum dans cette école."
OUTING = "La classe visite le musée Goya toute la journée\u00a0: les enfants emportent un pique-nique de la maison."
BREAKDOWN = "Panne de la chambre froide\u00a0: le repas ne peut pas être servi."


def add_closures(today: date) -> None:
    """Close and undo as an agent did in the last days, and tell the families. In the long holidays nothing is to be closed."""
    agent = User.objects.get(email=AGENT.email)
    _strike(today, agent)
    _outing(today, agent)
    _undone(today, agent)
    closures.tell_closures(at=_at(today, 0))


def _strike(today: date, agent: User) -> None:
    """Every service of the school of the younger child of the separated parents, next week."""
    eats = _enrolled(PETIT).order_by("-child__birth_date").first()
    if eats and (day := _booked(eats, today + 6 * DAY, today + 40 * DAY).first()):
        _close(
            Closure(kind=Kind.STRIKE, label="Grève nationale", starts_on=day, ends_on=day, school=eats.child.school),
            message=STRIKE,
            by=agent,
            after=_at(today - DAY, 17),
        )


def _outing(today: date, agent: User) -> None:
    """A day of the past that no invoice has charged yet."""
    eats = _enrolled(DURAND).order_by("child__birth_date").first()
    since = (today - timedelta(days=BILLING_DAY - 1)).replace(day=1)
    if eats and (day := _booked(eats, since, today - DAY).last()):
        child = eats.child
        _close(
            Closure(
                kind=Kind.OUTING,
                label="Sortie au musée Goya",
                starts_on=day,
                ends_on=day,
                school=child.school,
                class_name=child.class_name,
            ),
            message=OUTING,
            by=agent,
            after=_at(day - 5 * DAY, 14),
            only=Activity.objects.filter(pk=eats.activity_id),
        )


def _undone(today: date, agent: User) -> None:
    """The canteen of one school, whose cold room broke down and was mended: what was booked has come back."""
    eats = _enrolled(DURAND).order_by("child__birth_date").first()
    if eats and (day := _booked(eats, today + 8 * DAY, today + 40 * DAY).last()):
        closure = _close(
            Closure(kind=Kind.CLOSED, label="Cantine fermée", starts_on=day, ends_on=day, school=eats.child.school),
            message=BREAKDOWN,
            by=agent,
            after=_at(today - 2 * DAY, 9),
            only=Activity.objects.filter(pk=eats.activity_id),
        )
        closures.tell_closures(at=closure.decided_at)
        closures.undo_closure(closure=closure, by=agent, at=max(_at(today - DAY, 11), closure.decided_at + DAY / 24))


def _close(
    closure: Closure, *, message: str, by: User, after: datetime, only: QuerySet[Activity] | None = None
) -> Closure:
    """Decide a closure at an instant, or just after the last booking that it frees."""
    activities = list(only) if only is not None else []
    freed = bookings_under(closure, [activity.pk for activity in activities])
    last = freed.aggregate(at=Max("booked_at"))["at"]
    closure.message, closure.submission = message, uuid5(NAMESPACE_URL, f"fermeture/{closure.label}")
    at = max(after, last + timedelta(minutes=5)) if last else after
    return closures.close_days(closure=closure, activities=activities, by=by, at=at)


def _enrolled(account: Account) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(family__guardians__user__email=account.email, family__guardians__pays=True)
    return rows.filter(activity__is_meal=True, site__school__isnull=False).select_related("child__school")


def _booked(eats: Enrolment, first: date, last: date) -> QuerySet[Booking, date]:
    """Return the days on which a child eats at school, in order."""
    rows = Booking.objects.filter(child=eats.child_id, activity=eats.activity_id, day__range=(first, last))
    return rows.filter(status=Booking.Status.ACTIVE).order_by("day").values_list("day", flat=True)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 10 if hour else 0), PARIS)
