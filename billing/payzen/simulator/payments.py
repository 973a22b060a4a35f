"""A payment page from its opening to its end: what the buyer's choice makes of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from . import clock, delivery, faults, instalments
from .models import Notification, Payment, Switches, Transaction

SESSION = timedelta(minutes=10)
State = Payment.State


class PageClosed(Exception):
    """The page's ten minutes are over, or the buyer has already chosen."""


class NumberSpent(Exception):
    """Another form took this vads_trans_id meanwhile."""


@dataclass(frozen=True)
class Verdict:
    """What an answer of the card's bank writes on a transaction."""

    status: str
    result: str
    auth_result: str
    threeds_status: str = "Y"


VERDICTS = {
    "accept": Verdict("AUTHORISED", "00", "00"),
    "to_validate": Verdict("AUTHORISED_TO_VALIDATE", "00", "00"),
    "under_verification": Verdict("UNDER_VERIFICATION", "00", "00"),
    "refuse": Verdict("REFUSED", "05", "51"),
    "fail_3ds": Verdict("REFUSED", "05", "", threeds_status="N"),
}
OUTCOMES = (*VERDICTS, "cancel", "expire")


def open_page(fields: Mapping[str, str], *, at: datetime, warnings: list[str]) -> Payment:
    """Open the payment page of a form that passed the checks. Raises NumberSpent."""
    switches = Switches.current()
    try:
        return Payment.objects.create(
            fields=dict(fields),
            warnings=warnings,
            utc_day=fields["vads_trans_date"][:8],
            trans_id=fields["vads_trans_id"],
            order_id=fields.get("vads_order_id", ""),
            amount=int(fields["vads_amount"]),
            received_at=at,
            expires_at=at + SESSION,
            tries_left=switches.extra_tries,
            fault=switches.ipn_fault,
        )
    except IntegrityError as error:
        raise NumberSpent from error


def decide(token: str, outcome: str, *, fault: str, delay: int, at: datetime) -> Payment:
    """Carry out the buyer's choice, then tell the shop; returns when the shop has answered.

    `outcome` is one of OUTCOMES, `fault` a key of faults.IPN_FAULTS, `delay` real seconds.
    Raises PageClosed.
    """
    with transaction.atomic():
        payment = Payment.objects.get(token=token)
        if not payment.is_open(at):
            raise PageClosed
        payment.fault = fault
        made = _write(payment, outcome, fault, at)
        payment.save()
    if _rule_is_on(payment):
        told: list[Transaction | None] = [*made] or [None]
        for each in told:
            delivery.announce(payment, each, source="PAY", fault=fault, delay=delay)
    return payment


def _write(payment: Payment, outcome: str, fault: str, at: datetime) -> list[Transaction]:
    """Write the outcome; gives the transactions to tell the shop about, in that order."""
    if outcome == "cancel":
        payment.state = State.CANCELLED
        return []
    if outcome == "expire":
        payment.state, payment.expires_at = State.EXPIRED, at
        return []
    verdict = VERDICTS[outcome]
    earlier = []
    if fault == faults.OUT_OF_ORDER and verdict.status == "AUTHORISED":
        earlier = [_try(payment, VERDICTS["refuse"], at)]
    made = _try(payment, verdict, at)
    if verdict.status == "AUTHORISED":
        instalments.plan(payment, at)
    if verdict.status != "REFUSED":
        payment.state = State.ACCEPTED
    elif payment.tries_left:
        payment.tries_left -= 1
    else:
        payment.state = State.REFUSED
    return [made, *earlier]


def _try(payment: Payment, verdict: Verdict, at: datetime) -> Transaction:
    return payment.transactions.create(
        sequence=payment.transactions.filter(operation="DEBIT").count() + 1,
        trans_id=payment.trans_id,
        trans_date=payment.trans_date,
        amount=instalments.first_amount(payment),
        status=verdict.status,
        result=verdict.result,
        auth_result=verdict.auth_result,
        auth_number=secrets.token_hex(3) if verdict.result == "00" else "",
        threeds_status=verdict.threeds_status,
        created_at=at,
    )


def _rule_is_on(payment: Payment) -> bool:
    switches = Switches.current()
    if payment.state in (State.CANCELLED, State.EXPIRED):
        return switches.rule_cancellation
    if payment.state == State.OPEN:
        return switches.rule_declined
    return switches.rule_end_of_payment


def expire_pages(*, at: datetime) -> None:
    """Close the pages whose ten minutes are over, and say so if the cancellation rule is on."""
    for payment in Payment.objects.filter(state=State.OPEN, expires_at__lte=at):
        if not Payment.objects.filter(pk=payment.pk, state=State.OPEN).update(state=State.EXPIRED):
            continue
        payment.state = State.EXPIRED
        if _rule_is_on(payment):
            delivery.announce(
                payment, None, source="PAY", fault=payment.fault, delay=Switches.current().ipn_delay_seconds
            )


def return_url(payment: Payment) -> str:
    """Where the buyer goes back to, or nothing when the form named no address."""
    special = {
        State.ACCEPTED: "vads_url_success",
        State.REFUSED: "vads_url_refused",
        State.CANCELLED: "vads_url_cancel",
        State.EXPIRED: "vads_url_error",
    }
    name = special.get(State(payment.state), "vads_url_return")
    return payment.fields.get(name) or payment.fields.get("vads_url_return", "")


def advance(seconds: int) -> None:
    """Let time pass for what waits: planned notifications and open pages, nothing else."""
    Notification.objects.filter(state=Notification.State.WAITING).update(due_at=F("due_at") - seconds)
    for payment in Payment.objects.filter(state=State.OPEN):
        Payment.objects.filter(pk=payment.pk).update(expires_at=payment.expires_at - timedelta(seconds=seconds))
    expire_pages(at=clock.now())
    delivery.send_due()
