"""A family asks for a place on days that are full: one submit, one numbered request, one answer for every day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment, of_name
from families.models import Family, FamilyRequest, Guardian
from families.services.requests import record_request
from reservations import emails
from reservations.kinds import WAITING
from reservations.models import Activity, BookingReceipt, Enrolment, ReceiptLine, WaitingEntry
from reservations.queries.planning import Planning, Slot, places_left
from reservations.queries.waiting import Rank, ranks_of
from reservations.rules.changes import DayChanges
from reservations.rules.decide import FULL, decide
from reservations.services.booking import MOST_DAYS, Order, fingerprint
from reservations.services.booking.weighing import formulas_of, planning_for

Outcome = ReceiptLine.Outcome
Status = FamilyRequest.Status


def join(
    *,
    family: Family,
    guardian: Guardian | None,
    user: User | None,
    child: int,
    activity: str,
    days: Mapping[date, str],
    submission: UUID,
    at: datetime,
) -> BookingReceipt:
    """Put a child (id) on the waiting list of an activity (slug) for full days, each with its formula (""  without any).

    Returns the numbered receipt, with an answer for every day: on the list and at which rank, unchanged (booked or waiting
    already), refused because there is a place left or because something else than places forbids it. The same form sent twice
    returns the first receipt.

    Raises Refusal without a day or with too many, and for an activity without a waiting list; UnknownChild for a child that the
    household has not enrolled.
    """
    if not days:
        raise Refusal("Cochez au moins un jour.")
    if len(days) > MOST_DAYS:
        raise Refusal("Ce formulaire contient trop de jours. Envoyez-le en plusieurs fois.")
    formulas = {day: formula for day, formula in days.items() if formula}
    changes = {(child, activity): DayChanges(additions=frozenset(days), formulas=formulas)}
    order = Order(family, guardian, user, changes, fingerprint(submission, changes), at)
    try:
        return _join(order)
    except IntegrityError:
        # Another copy of the same form got here first: its receipt is the answer.
        receipts = BookingReceipt.objects.select_related("request")
        first = receipts.filter(submission=order.submission, request__family=family).first()
        if first is None:
            raise
        return first


@transaction.atomic(durable=True)
def _join(order: Order) -> BookingReceipt:
    planning = planning_for(order)
    (slot,) = planning.enrolments
    activity = planning.activities[slot[1]]
    if not activity.has_waiting_list:
        raise Refusal(f"« {activity.name} » n’a pas de liste d’attente.")
    days = order.days
    sites = [row.site for row in planning.enrolments[slot]]
    planning = replace(planning, places=places_left(sites, days[0], days[-1], order.at))
    answers = _Answers(planning, order, slot)
    for day in days:
        answers.weigh(day)
    return _write(order, activity, answers)


@dataclass
class _Answers:
    """What becomes of each day; ``waits`` are the entries to be written."""

    planning: Planning
    order: Order
    slot: Slot

    def __post_init__(self) -> None:
        self.lines: list[ReceiptLine] = []
        self.waits: list[WaitingEntry] = []
        self.changes = next(iter(self.order.changes.values()))
        self.offered = formulas_of(self.planning, self.slot, self.changes)
        standing = WaitingEntry.objects.filter(
            child=self.slot[0], activity=self.slot[1], day__in=self.order.days, status__in=WaitingEntry.STANDING
        )
        self.standing = {row.day: row for row in standing.order_by()}

    def weigh(self, day: date) -> None:
        """Answer for a day."""
        if booking := self.planning.own_booking(self.slot, day):
            self._say(day, Outcome.UNCHANGED, f"déjà réservé le {moment(booking.booked_at)}")
        elif (standing := self.standing.get(day)) and standing.family_id == self.order.family.pk:
            self._say(day, Outcome.UNCHANGED, f"déjà en liste d’attente depuis le {moment(standing.joined_at)}")
        elif self.offered is not None and self.changes.formula(day) not in self.offered:
            self._say(day, Outcome.REFUSED, "choisissez une des formules proposées")
        else:
            self._decide(day)

    def _decide(self, day: date) -> None:
        decision = decide(self.planning.context(self.slot, day), self.order.at)
        enrolment = self.planning.enrolment(self.slot, day)
        if decision.can_add:
            self._say(day, Outcome.REFUSED, "il reste une place : réservez ce jour dans le calendrier")
        elif decision.reason != FULL or enrolment is None:
            self._say(day, Outcome.REFUSED, decision.reason.sentence if decision.reason else "")
        elif day in self.standing:
            self._say(day, Outcome.UNCHANGED, "déjà en liste d’attente par l’autre foyer")
        else:
            self.waits.append(self._entry(enrolment, day))
            self._say(day, Outcome.WAITING)

    def _entry(self, enrolment: Enrolment, day: date) -> WaitingEntry:
        return WaitingEntry(
            enrolment=enrolment,
            child_id=enrolment.child_id,
            family=self.order.family,
            activity_id=enrolment.activity_id,
            site_id=enrolment.site_id,
            day=day,
            formula=self.changes.formula(day),
            joined_at=self.order.at,
        )

    def _say(self, day: date, outcome: str, reason: str = "") -> None:
        child, activity = self.planning.children[self.slot[0]], self.planning.activities[self.slot[1]]
        line = ReceiptLine(child=child, activity=activity, day=day, adding=True, outcome=outcome, reason=reason[:250])
        line.formula = self.changes.formula(day)
        self.lines.append(line)

    @property
    def status(self) -> str:
        """The state of the request: done, partly, refused."""
        if all(line.outcome != Outcome.REFUSED for line in self.lines):
            return Status.DONE
        return Status.PARTLY if self.waits else Status.REFUSED


def _write(order: Order, activity: Activity, answers: _Answers) -> BookingReceipt:
    request = record_request(
        kind=WAITING,
        family=order.family,
        guardian=order.guardian,
        entered_by=order.user,
        summary=_summary(activity, answers),
        status=answers.status,
        at=order.at,
        decided_at=order.at,
    )
    receipt = BookingReceipt.objects.create(request=request, submission=order.submission, activity=activity)
    if answers.waits:
        _stand_last(answers.waits)
        for wait in answers.waits:
            wait.request = request
        WaitingEntry.objects.bulk_create(answers.waits)
        ranks = ranks_of(answers.waits)
        _say_ranks(answers.lines, {wait.day: ranks[wait.pk] for wait in answers.waits})
    for line in answers.lines:
        line.receipt = receipt
    ReceiptLine.objects.bulk_create(answers.lines)
    emails.queue_waiting_receipt(receipt, answers.lines, activity, order.guardian, order.user)
    return receipt


def _stand_last(waits: Iterable[WaitingEntry]) -> None:
    """Give each entry the place after the last of its day. Two at once may get the same: the instant, then the row, decide."""
    waits = list(waits)
    others = WaitingEntry.objects.filter(
        site__in={wait.site_id for wait in waits},
        day__in={wait.day for wait in waits},
        status__in=WaitingEntry.STANDING,
    )
    last: dict[tuple[int, date], int] = {}
    for site, day, position in others.order_by("position").values_list("site_id", "day", "position"):
        last[site, day] = position
    for wait in waits:
        wait.position = last.get((wait.site_id, wait.day), 0) + 1


def _say_ranks(lines: Iterable[ReceiptLine], ranks: Mapping[date, Rank]) -> None:
    for line in lines:
        if line.outcome == Outcome.WAITING:
            line.reason = ranks[line.day].words


def _summary(activity: Activity, answers: _Answers) -> str:
    """« Liste d’attente, restauration scolaire : 2 jours (Zoé) »."""
    number = len(answers.waits)
    name = answers.planning.children[answers.slot[0]].first_name
    said = f"{number} jour{'s' if number > 1 else ''} {of_name(name)}" if number else f"aucun jour ({name})"
    return f"Liste d’attente, {activity.name[:1].lower()}{activity.name[1:]} : {said}"
