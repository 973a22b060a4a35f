"""Announcing that a child will not come, and what becomes of it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment, month_name, of_name
from families import attachments
from families.models import Child, Family, FamilyRequest, Guardian
from families.request_kinds import Decision
from families.services.requests import record_request
from reservations import emails, settlements
from reservations.kinds import ABSENCE
from reservations.models import Absence, AbsenceDay, Booking
from reservations.queries.absences import Board, board_of, reason_policy
from reservations.rules.absences import AbsenceEffect, Effect, proof_deadline, reason_sentence
from reservations.rules.changes import DayChanges
from reservations.services.booking import Order, give_back

Outcome = AbsenceDay.Outcome
MOST_DAYS = 400  # of one absence: more than a school year
Status = FamilyRequest.Status


class UnknownAbsence(Refusal):
    """A child, an activity or a reason for which this household can announce nothing."""


class EffectChanged(Refusal):
    """What the page showed before sending no longer holds; ``days`` are those that differ."""

    def __init__(self, message: str, days: Collection[date]) -> None:
        super().__init__(message)
        self.days = days


def announce_absence(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    child: int,
    activity: str,
    days: Collection[date],
    reason: str,
    words: str,
    shown: Mapping[date, str] | None,
    submission: UUID,
    at: datetime,
) -> Absence:
    """Announce that a child (id) misses booked days of an activity (slug), and return the numbered absence.

    Before the deadline a day is cancelled, as by the calendar; after it the booking stays and the absence stands beside it.
    ``shown`` is the effect of each day that the page showed (see rules.absences.Effect), None when nothing was shown. Each day
    gets its outcome, those that cannot be taken included. The same form sent twice returns the first absence.

    Raises Refusal without a day or with too many, UnknownAbsence for what is not this household's to announce, EffectChanged
    when a day would now be treated otherwise than shown.
    """
    if not days:
        raise Refusal("Cochez au moins un jour.")
    if len(days) > MOST_DAYS:
        raise Refusal("Ce formulaire contient trop de jours. Annoncez l’absence en plusieurs fois.")
    named = _fingerprint(submission, child, activity, days, reason)
    try:
        return _announce(family, guardian, user, child, activity, days, reason, words, shown, named, at)
    except IntegrityError:
        # Another copy of the same form got here first: its answer is ours.
        first = Absence.objects.select_related("request").filter(submission=named, request__family=family).first()
        if first is None:
            raise
        return first


def _fingerprint(submission: UUID, child: int, activity: str, days: Collection[date], reason: str) -> UUID:
    """Name a form *and* what was asked in it: a form reached again by « back » and changed is another submit."""
    return uuid5(submission, "|".join([str(child), activity, reason, *(day.isoformat() for day in sorted(days))]))


@transaction.atomic(durable=True)
def _announce(
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    child: int,
    activity: str,
    days: Collection[date],
    reason: str,
    words: str,
    shown: Mapping[date, str] | None,
    submission: UUID,
    at: datetime,
) -> Absence:
    lock_child(child)
    already = Absence.objects.select_related("request").filter(submission=submission, request__family=family).first()
    if already:
        return already
    board = board_of(family, child, activity, at=at)
    if board is None or reason not in board.reasons:
        raise UnknownAbsence("Vous ne pouvez pas annoncer d’absence pour cet enfant à cette activité.")
    effects = board.effects(days, reason, at)
    _refuse_surprise(effects, shown)
    rows = [_row(board, family, day, effects.get(day), user) for day in sorted(days)]
    absence = _write(board, family, guardian, user, reason, words, rows, effects, submission, at)
    settlements.tell([row for row in rows if row.is_excused], at=at)
    emails.queue_absence_receipt(absence, rows, guardian, user)
    return absence


def lock_child(child: int) -> None:
    """Make those who change one child's days follow each other, until the end of the transaction."""
    list(Child.objects.select_for_update(of=("self",), no_key=True).filter(pk=child))


def _refuse_surprise(effects: Mapping[date, AbsenceEffect], shown: Mapping[date, str] | None) -> None:
    if shown is None:
        return
    others = [day for day, effect in effects.items() if shown.get(day, effect.effect) != effect.effect]
    if others:
        raise EffectChanged(
            "Un délai est passé depuis que cette page est affichée : relisez ce qu’il advient de chaque jour, puis envoyez.",
            others,
        )


# --- The days ---------------------------------------------------------------------------------------------------------


def _row(board: Board, family: Family, day: date, effect: AbsenceEffect | None, user: User | None) -> AbsenceDay:
    if effect is None:
        return _unchanged(board, family, day, user)
    if effect.effect == Effect.TOO_LATE:
        return AbsenceDay(day=day, outcome=Outcome.IMPOSSIBLE, reason=effect.clause)
    booking = board.bookings[day]
    if effect.effect == Effect.CANCELLED:
        return AbsenceDay(day=day, booking=booking, outcome=Outcome.CANCELLED, reason="rien n’est facturé")
    waits = effect.effect == Effect.FREE_WITH_PROOF
    return AbsenceDay(
        day=day,
        booking=booking,
        outcome=Outcome.PENDING if waits else Outcome.ACCEPTED,
        effect=AbsenceDay.Effect.FREE if effect.is_free else AbsenceDay.Effect.CHARGED,
        reason=effect.clause,
    )


def _unchanged(board: Board, family: Family, day: date, user: User | None) -> AbsenceDay:
    """Say why a day that was asked for is not one to announce: already announced, already cancelled, never booked."""
    announced = board.announced.get(day)
    if announced:
        request = announced.absence.request
        who = "par vous " if user and request.entered_by_id == user.pk else ""
        said = f"absence déjà annoncée {who}le {moment(request.received_at)} (demande n° {request.number})"
        return AbsenceDay(day=day, outcome=Outcome.UNCHANGED, reason=said)
    gone = Booking.objects.filter(family=family, child=board.child, activity=board.activity, day=day).last()
    if gone and gone.given_back_at:
        said = (
            f"jour rendu le {moment(gone.given_back_at)} : reprenez-le, s’il n’est pas pris, pour annoncer une absence"
        )
        return AbsenceDay(day=day, outcome=Outcome.IMPOSSIBLE, reason=said)
    if gone and gone.cancelled_at:
        said = f"réservation déjà annulée le {moment(gone.cancelled_at)}, rien n’est facturé"
        return AbsenceDay(day=day, outcome=Outcome.UNCHANGED, reason=said)
    return AbsenceDay(day=day, outcome=Outcome.IMPOSSIBLE, reason="jour sans réservation de votre foyer")


# --- Writing ----------------------------------------------------------------------------------------------------------


def _write(
    board: Board,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    reason: str,
    words: str,
    rows: list[AbsenceDay],
    effects: Mapping[date, AbsenceEffect],
    submission: UUID,
    at: datetime,
) -> Absence:
    status = _status(rows)
    request = record_request(
        kind=ABSENCE,
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=_summary(board, rows),
        status=status,
        at=at,
        decided_at=None if status == Status.RECEIVED else at,
    )
    cancelled = frozenset(row.day for row in rows if row.outcome == Outcome.CANCELLED)
    if cancelled:
        changes = {(board.child.pk, board.activity.slug): DayChanges(removals=cancelled)}
        give_back(Order(family, guardian, user, changes, submission, at), request)
    absence = Absence.objects.create(
        request=request,
        submission=submission,
        child=board.child,
        activity=board.activity,
        reason=reason,
        words=words.strip() if status == Status.RECEIVED else "",
        rule=reason_sentence(reason_policy(board.reasons[reason]), board.policy),
        proof_until=proof_deadline(effects, board.decisions([row.day for row in rows], at), board.policy, at),
    )
    for row in rows:
        row.absence = absence
    AbsenceDay.objects.bulk_create(rows)
    return absence


def _status(rows: Collection[AbsenceDay]) -> str:
    """Wait for an agent as long as a day needs a proof; else say at once what was done."""
    outcomes = {row.outcome for row in rows}
    if Outcome.PENDING in outcomes:
        return Status.RECEIVED
    if Outcome.IMPOSSIBLE not in outcomes:
        return Status.DONE
    return Status.PARTLY if outcomes & {Outcome.CANCELLED, Outcome.ACCEPTED} else Status.REFUSED


def _summary(board: Board, rows: Collection[AbsenceDay]) -> str:
    """Say an absence in one line, without its reason: « Absence de Léa, restauration scolaire : 2 jours, décembre 2026 »."""
    months = list(dict.fromkeys(month_name(row.day) for row in rows))
    days = f"{len(rows)} jour{'s' if len(rows) > 1 else ''}"
    activity = board.activity.name[:1].lower() + board.activity.name[1:]
    return f"Absence {of_name(board.child.first_name)}, {activity} : {days}, {', '.join(months[:2])}"


# --- The service's answer ---------------------------------------------------------------------------------------------


def accept_absence(request: FamilyRequest, decision: Decision) -> str | None:
    """Grant the days that an agent ticked (all that wait, when she was not asked); the others are refused.

    Runs inside the decision's transaction. Raises Refusal when no day is ticked, or when some are refused without a word.
    """
    absence = Absence.objects.select_related("request").get(request=request)
    waiting = _waiting(absence)
    ticked = decision.answers.get("days")
    granted = [row for row in waiting if ticked is None or row.day.isoformat() in ticked]
    others = [row for row in waiting if row not in granted]
    if not granted:
        raise Refusal("Cochez au moins un jour accepté, ou refusez la demande.")
    if others and not decision.words:
        raise Refusal("Dites à la famille pourquoi les jours non cochés sont refusés : ces mots lui sont envoyés.")
    _settle(granted, Outcome.ACCEPTED)
    _settle(others, Outcome.REFUSED)
    forget_proofs(absence, decision.at)
    settlements.tell([row for row in granted if row.is_excused], at=decision.at)
    return Status.PARTLY if others or absence.days.filter(outcome=Outcome.IMPOSSIBLE).exists() else None


def refuse_absence(request: FamilyRequest, decision: Decision) -> str | None:
    """Refuse the days that wait: they stay booked and charged. Runs inside the decision's transaction."""
    absence = Absence.objects.select_related("request").get(request=request)
    _settle(_waiting(absence), Outcome.REFUSED)
    forget_proofs(absence, decision.at)
    done = absence.days.filter(outcome__in=[Outcome.CANCELLED, Outcome.ACCEPTED]).exists()
    return Status.PARTLY if done else None


def withdraw_absence(request: FamilyRequest, at: datetime) -> None:
    """Take back the days that wait: the child is expected. What was cancelled stays cancelled."""
    absence = Absence.objects.select_related("request").get(request=request)
    _settle(_waiting(absence), Outcome.WITHDRAWN)
    forget_proofs(absence, at)


def _waiting(absence: Absence) -> list[AbsenceDay]:
    return list(absence.days.filter(outcome=Outcome.PENDING).select_related("booking").order_by("day"))


SAID = {
    Outcome.ACCEPTED: {"non": "le jour n’est pas facturé", "oui": "le jour reste facturé"},
    Outcome.REFUSED: {"non": "le jour reste facturé", "oui": "le jour reste facturé"},
    Outcome.WITHDRAWN: {
        "non": "la réservation reste, le jour est facturé",
        "oui": "la réservation reste, le jour est facturé",
    },
}


def _settle(rows: Collection[AbsenceDay], outcome: AbsenceDay.Outcome) -> None:
    for row in rows:
        row.outcome, row.reason = outcome, SAID[outcome][row.effect]
    AbsenceDay.objects.bulk_update(rows, ["outcome", "reason"])


def forget_proofs(absence: Absence, at: datetime) -> None:
    """Erase a medical proof and what was written with it, now that the absence is decided; the decision stays."""
    if absence.is_medical:
        attachments.desk().forget(absence.request, at=at)
        Absence.objects.filter(pk=absence.pk).update(words="")
