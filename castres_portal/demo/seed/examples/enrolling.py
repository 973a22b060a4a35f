"""Enrolments in every state: one that waits for an agent, one refused, one accepted, one that its family ended."""

from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, PETIT, Account
from castres_portal.demo.seed.agenda import at_hour
from castres_portal.demo.seed.services import MORNING, WEDNESDAYS
from documents.models import DocumentKind
from families.models import Guardian
from families.services.requests import accept_request, refuse_request
from reservations import services
from reservations.models import Activity, Booking, Enrolment, EnrolmentDemand
from reservations.queries.enrolling import choices_by_key

CROWDED = "La garderie du matin de cette école est complète jusqu’aux vacances. Redemandez-nous une place à la rentrée."


def enrolling_examples(today: date) -> None:
    """Let agents accept the morning care, ask for an insurance on Wednesdays, and ask, answer and end as people do."""
    Activity.objects.filter(slug=MORNING).update(enrolling=Activity.Enrolling.AGENT)
    Activity.objects.get(slug=WEDNESDAYS).required_documents.set(DocumentKind.objects.filter(slug="assurance"))
    agent = User.objects.get(email=AGENT.email)
    _ask(DURAND, _at(today, 2, 21))
    if refused := _ask(PETIT, _at(today, 9, 20)):
        refuse_request(request=refused.request, by=agent, words=CROWDED, at=_at(today, 7, 10))
    if granted := _ask(BERNARD, _at(today, 8, 19)):
        accept_request(request=granted.request, by=agent, words="Bienvenue\u00a0!", at=_at(today, 6, 11))
    _end(DURAND, _at(today, 1, 20))


def _at(today: date, days: int, hour: int) -> datetime:
    return at_hour(today - timedelta(days=days), time(hour, 12))


def _guardian(account: Account) -> Guardian:
    guardians = Guardian.objects.select_related("family", "user").filter(user__email=account.email)
    return guardians.order_by("family__number")[0]


def _ask(account: Account, at: datetime) -> EnrolmentDemand | None:
    """Ask for the morning care of the first child who may have it; None in a town where nobody may."""
    guardian = _guardian(account)
    choices = choices_by_key(guardian.family, today=at.date())
    free = [choice for choice in choices.values() if choice.activity.slug == MORNING and choice.offer.is_open]
    if not free or free[0].version is None or free[0].site is None:
        return None
    (outcome,) = services.enrol_children(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        asked=[services.Wished(free[0].key)],
        accepted={free[0].version.pk},
        at=at,
    )
    return outcome.demand


def _end(account: Account, at: datetime) -> None:
    """End the morning care of a child who used it."""
    guardian = _guardian(account)
    rows = Enrolment.objects.filter(
        family=guardian.family, activity__slug=MORNING, ended_at=None, ends_on__gt=at.date()
    )
    enrolment = rows.order_by("pk").first()
    if enrolment is None:
        return
    booked = Booking.objects.filter(enrolment=enrolment, status=Booking.Status.ACTIVE, day__gte=at.date())
    services.end_enrolment(
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        enrolment=enrolment.pk,
        last_day=min(booked.values_list("day", flat=True), default=at.date()),
        reason=Enrolment.EndReason.NO_LONGER,
        submission=uuid5(NAMESPACE_URL, f"fin/{enrolment.pk}"),
        at=at,
    )
