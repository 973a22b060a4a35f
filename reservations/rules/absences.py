"""What an absence does to the invoice: the one function that the page shows before sending, and that the submit obeys.

Castres has not published its rule, so each activity has its own as data (``AbsenceRule``). Three times: until the deadline to
cancel, telling is cancelling; then, until the deadline to announce, the booking stays and the absence stands beside it; then
nothing can be announced any more. Days of carence are *booked* days: a weekend or a day without booking does not count.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from castres_portal.base.french import clock_time, long_day
from reservations.rules.calendar import days_between
from reservations.rules.deadlines import deadline, last_moment, wall_clock
from reservations.rules.decide import Decision, Policy


class Charge(StrEnum):
    """What a reason does to the invoice; the values of AbsenceReason.Charge."""

    FREE = "non"
    AFTER_CARENCE = "carence"
    CHARGED = "oui"


@dataclass(frozen=True)
class AbsencePolicy:
    """When an absence can be announced, and its proof given; see AbsenceRule."""

    announce_days: int = 0
    announce_hour: time | None = None
    proof_hours: int = 48


@dataclass(frozen=True)
class ReasonPolicy:
    """What one reason asks and gives; see AbsenceReason."""

    label: str
    needs_proof: bool = False
    charge: Charge = Charge.FREE
    carence_days: int = 0


class Effect(StrEnum):
    """What will become of a day."""

    CANCELLED = "annulation"
    FREE = "non-facturee"
    FREE_WITH_PROOF = "justificatif"
    CARENCE = "carence"
    CHARGED = "facturee"
    PROOF_TOO_LATE = "justificatif-tardif"
    TOO_LATE = "trop-tard"


@dataclass(frozen=True)
class AbsenceEffect:
    """What an absence does to one day; ``clause`` says it after « lundi 7 décembre 2026 : »."""

    effect: Effect
    clause: str

    @property
    def is_free(self) -> bool:
        """Whether the invoice will leave the day out, a proof granted."""
        return self.effect in (Effect.FREE, Effect.FREE_WITH_PROOF)

    @property
    def is_absence(self) -> bool:
        """Whether the booking stays, with the absence beside it."""
        return self.effect not in (Effect.CANCELLED, Effect.TOO_LATE)


def announce_until(day: date, policy: AbsencePolicy) -> datetime:
    """Return the first instant at which the absence of a day can no longer be announced."""
    return deadline(day, -policy.announce_days, policy.announce_hour)


def proof_until(first_day: date, policy: AbsencePolicy) -> datetime:
    """Return the first instant at which a proof is too late.

    The hours run on the wall clock from the end of the first day announced: 48 h after a Monday is Wednesday 24:00, whatever
    the clocks did in between.
    """
    end = datetime.combine(first_day + timedelta(days=1), time.min) + timedelta(hours=policy.proof_hours)
    return wall_clock(end.date(), end.time())


def ranks(missed: Collection[date], booked: Collection[date]) -> dict[date, int]:
    """Return how many booked days in a row are missed up to each missed day, itself included: 1 for the first.

    A booked day that was not missed breaks the row; days without booking (weekend, holidays) do not.
    """
    found: dict[date, int] = {}
    row = 0
    for day in sorted({*missed, *booked}):
        row = row + 1 if day in missed else 0
        if row:
            found[day] = row
    return found


def absence_effect(
    *,
    day: date,
    decision: Decision,
    policy: AbsencePolicy,
    reason: ReasonPolicy,
    rank: int,
    proof_by: datetime,
    at: datetime,
) -> AbsenceEffect:
    """Say what announcing the absence of a booked day at an instant (aware) does.

    ``decision`` is what ``decide`` says of the booking; ``rank`` the place of the day in the row of missed days, from 1;
    ``proof_by`` the first instant at which a proof would be too late.
    """
    if decision.can_cancel:
        return AbsenceEffect(Effect.CANCELLED, "la réservation est annulée, rien n’est facturé")
    until = announce_until(day, policy)
    if at >= until:
        hour = policy.announce_hour
        return AbsenceEffect(Effect.TOO_LATE, f"trop tard pour l’annoncer, c’était possible {last_moment(until, hour)}")
    if reason.charge == Charge.CHARGED:
        return AbsenceEffect(Effect.CHARGED, "le jour reste facturé, ce motif n’en dispense pas")
    if reason.charge == Charge.AFTER_CARENCE and rank <= reason.carence_days:
        return AbsenceEffect(Effect.CARENCE, f"le jour reste facturé, {_carence(rank, reason.carence_days)}")
    if not reason.needs_proof:
        return AbsenceEffect(Effect.FREE, "le jour n’est pas facturé")
    if at >= proof_by:
        said = f"le jour reste facturé, le justificatif était attendu {_until(proof_by)}"
        return AbsenceEffect(Effect.PROOF_TOO_LATE, said)
    return AbsenceEffect(Effect.FREE_WITH_PROOF, "le jour n’est pas facturé si le justificatif est accepté")


def effects_of(
    decisions: Mapping[date, Decision],
    *,
    policy: AbsencePolicy,
    reason: ReasonPolicy,
    earlier: Collection[date],
    booked: Collection[date],
    at: datetime,
) -> dict[date, AbsenceEffect]:
    """Say what an announcement does to each of its days.

    ``decisions`` are the booked days asked for, ``earlier`` the days already announced for the same reason, ``booked`` the
    other days booked around: together they say where a row of missed days began.
    """
    absent = _absent(decisions, policy, at)
    places = ranks({*absent, *earlier}, booked)
    proof_by = proof_until(min(absent), policy) if absent else at
    return {
        day: absence_effect(
            day=day,
            decision=decision,
            policy=policy,
            reason=reason,
            rank=places.get(day, 1),
            proof_by=proof_by,
            at=at,
        )
        for day, decision in sorted(decisions.items())
    }


def proof_deadline(
    effects: Mapping[date, AbsenceEffect], decisions: Mapping[date, Decision], policy: AbsencePolicy, at: datetime
) -> datetime | None:
    """Return until when (excluded) the proof of an announcement is awaited, or None when none would change anything."""
    if not any(effect.effect == Effect.FREE_WITH_PROOF for effect in effects.values()):
        return None
    return proof_until(min(_absent(decisions, policy, at)), policy)


def _absent(decisions: Mapping[date, Decision], policy: AbsencePolicy, at: datetime) -> list[date]:
    """The days whose booking stays."""
    return [day for day, decision in decisions.items() if not decision.can_cancel and at < announce_until(day, policy)]


# --- In words ---------------------------------------------------------------------------------------------------------


def _until(instant: datetime) -> str:
    """Say the last moment before an instant: the day before midnight, else the hour."""
    return last_moment(instant, None if instant.time() == time.min else instant.time())


def until_text(instant: datetime) -> str:
    """« jusqu’au mercredi 9 décembre 2026 », or with its hour when it is not midnight."""
    return _until(instant)


def _carence(rank: int, days: int) -> str:
    if days == 1:
        return "c’est le jour de carence"
    return f"c’est le {_ordinal(rank)} des {days} jours de carence"


def _ordinal(rank: int) -> str:
    return "1er" if rank == 1 else f"{rank}e"


def reason_sentence(reason: ReasonPolicy, policy: AbsencePolicy) -> str:
    """Say in a sentence or two what a reason asks and gives."""
    if reason.charge == Charge.CHARGED:
        return "Le jour reste facturé. Aucun justificatif à donner."
    proof = f" si le justificatif est donné sous {policy.proof_hours}\u00a0h et accepté" if reason.needs_proof else ""
    if reason.charge == Charge.FREE:
        return (
            f"Le jour n’est pas facturé{proof}." if proof else "Le jour n’est pas facturé. Aucun justificatif à donner."
        )
    first = "Le premier jour" if reason.carence_days == 1 else f"Les {reason.carence_days} premiers jours"
    stays = "reste facturé" if reason.carence_days == 1 else "restent facturés"
    return f"{first} d’absence {stays} (carence). Les suivants ne le sont pas{proof}."


def announce_sentence(policy: AbsencePolicy) -> str:
    """Say until when an absence can be announced."""
    when = {0: "le jour même", 1: "le lendemain"}.get(policy.announce_days, f"{policy.announce_days} jours après")
    if policy.announce_hour is None:
        return f"Une absence s’annonce au plus tard {when}."
    return f"Une absence s’annonce au plus tard {when}, avant {clock_time(policy.announce_hour)}."


def absence_example(
    booking: Policy, policy: AbsencePolicy, reasons: Collection[ReasonPolicy], today: date
) -> list[str]:
    """Show what a rule means for the next Monday (or the first weekday on which the activity runs) and the days after it."""
    if not booking.weekdays:
        return ["Aucun jour de la semaine n’est coché."]
    first = today + timedelta(days=(min(booking.weekdays) - today.weekday() - 1) % 7 + 1)
    cancel = booking.cancel.until(first)
    until = announce_until(first, policy)
    lines = [
        f"{long_day(first)[:1].upper()}{long_day(first)[1:]} : {booking.cancel.last_moment(first)}, prévenir annule "
        "la réservation, rien n’est facturé.",
        f"Ensuite, et {last_moment(until, policy.announce_hour)}, l’absence s’annonce et la réservation reste.",
    ]
    for reason in reasons:
        lines.append(f"{reason.label} : {_example(booking, policy, reason, first, cancel)}.")
    return lines


def _example(booking: Policy, policy: AbsencePolicy, reason: ReasonPolicy, first: date, cancel: datetime) -> str:
    """What is said of the first day and, when it differs, of the first one after the carence."""
    runs = [day for day in days_between(first, first + timedelta(days=70)) if day.weekday() in booking.weekdays]
    days = runs[: reason.carence_days + 1]
    stays = Decision(can_add=False, can_cancel=False)
    found = effects_of(dict.fromkeys(days, stays), policy=policy, reason=reason, earlier=(), booked=days, at=cancel)
    said = [f"le {long_day(days[0])}, {found[days[0]].clause}"]
    if found[days[-1]].clause != found[days[0]].clause:
        said.append(f"à partir du {long_day(days[-1])}, {found[days[-1]].clause}")
    if any(effect.effect == Effect.FREE_WITH_PROOF for effect in found.values()):
        said.append(f"justificatif {_until(proof_until(days[0], policy))}")
    return " ; ".join(said)
