"""The JSON interface by which tests drive the bank; README.md beside this file documents it."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import model_to_dict
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from . import backoffice, clock, faults, instalments, payments
from .console import operations
from .models import Notification, Payment, RejectedForm, Switches, Transaction

Body = dict[str, Any]


class BadOrder(Exception):
    """What the test asked for makes no sense; the message says why."""


def json_view(method: str) -> Callable[[Callable[..., Body]], Callable[..., JsonResponse]]:
    """A view that takes and gives JSON; demanding the content type keeps other sites' pages out."""

    def decorate(work: Callable[..., Body]) -> Callable[..., JsonResponse]:
        @csrf_exempt
        @wraps(work)
        def view(request: HttpRequest, **where: str) -> JsonResponse:
            if request.method != method:
                return JsonResponse({"error": f"{method} attendu"}, status=405)
            if method == "POST" and request.content_type != "application/json":
                return JsonResponse({"error": "Content-Type: application/json attendu"}, status=415)
            try:
                body = json.loads(request.body or b"{}") if method == "POST" else {}
                return JsonResponse(work(body, **where))
            except (BadOrder, ValueError, TypeError) as problem:
                return JsonResponse({"error": str(problem)}, status=400)
            except (Payment.DoesNotExist, Transaction.DoesNotExist):
                return JsonResponse({"error": "introuvable"}, status=404)
            except (backoffice.Impossible, payments.PageClosed) as problem:
                return JsonResponse({"error": str(problem) or "page close"}, status=409)

        return view

    return decorate


@json_view("GET")
def state(body: Body) -> Body:
    """The clock, the switches, and what waits."""
    waiting = Notification.objects.filter(state__in=["waiting", "after_return", "sending"]).count()
    return {
        "now": clock.now().isoformat(),
        "switches": _switches(),
        "payments": Payment.objects.count(),
        "notifications_waiting": waiting,
        "rejected_forms": RejectedForm.objects.count(),
    }


@json_view("POST")
def set_switches(body: Body) -> Body:
    """Change the given switches, leave the others."""
    switches = Switches.current()
    known = {field.name for field in Switches._meta.fields} - {"id"}
    for name, value in body.items():
        if name not in known:
            raise BadOrder(f"réglage inconnu : {name}")
        setattr(switches, name, value)
    try:
        switches.full_clean()
    except ValidationError as problem:
        raise BadOrder(str(problem.message_dict)) from problem
    switches.save()
    return _switches()


@json_view("POST")
def reset(body: Body) -> Body:
    """Forget all payments, messages and switches."""
    for model in (Payment, RejectedForm, Switches):
        model.objects.all().delete()
    return _switches()


@json_view("GET")
def order(body: Body, order_id: str) -> Body:
    """All that the bank knows of one order, oldest first."""
    found = Payment.objects.filter(order_id=order_id).order_by("pk")
    return {"order_id": order_id, "payments": [_payment(each) for each in found]}


@json_view("POST")
def decide(body: Body, order_id: str) -> Body:
    """Choose on the order's open page in the buyer's place."""
    payment = Payment.objects.filter(order_id=order_id, state=Payment.State.OPEN).first()
    if payment is None:
        raise Payment.DoesNotExist
    outcome, fault = body.get("outcome", "accept"), body.get("fault", payment.fault)
    if outcome not in payments.OUTCOMES or fault not in faults.IPN_FAULTS:
        raise BadOrder("outcome ou fault inconnu")
    delay = int(body.get("delay", Switches.current().ipn_delay_seconds))
    return _payment(payments.decide(payment.token, outcome, fault=fault, delay=delay, at=clock.now()))


@json_view("POST")
def next_instalment(body: Body, order_id: str) -> Body:
    """Let the next instalment of the order be debited, or refused (`{"outcome": "refuse"}`)."""
    payment = Payment.objects.filter(order_id=order_id).first()
    if payment is None:
        raise Payment.DoesNotExist
    try:
        instalments.debit_next(payment, accept=body.get("outcome", "accept") == "accept", at=clock.now())
    except instalments.NothingPlanned as problem:
        raise BadOrder(str(problem)) from problem
    return _payment(payment)


@json_view("POST")
def operate(body: Body, uuid: str, operation: str) -> Body:
    """A back-office operation: renvoyer, rembourser, annuler, valider, echec-remise."""
    transaction = Transaction.objects.select_related("payment").get(uuid=uuid)
    work = operations(transaction, body.get("amount")).get(operation)
    if work is None:
        raise BadOrder("opération inconnue")
    work()
    return _payment(transaction.payment)


@json_view("POST")
def capture(body: Body) -> Body:
    """Capture all that is authorised."""
    return {"captured": backoffice.capture_all(at=clock.now())}


@json_view("POST")
def advance(body: Body) -> Body:
    """Let `seconds` pass for planned notifications and open pages, and send what is due."""
    payments.advance(int(body.get("seconds", 0)))
    return {"notifications_waiting": Notification.objects.filter(state="waiting").count()}


@json_view("GET")
def rejected(body: Body) -> Body:
    """The forms refused, latest first."""
    return {"forms": [_plain(each) for each in RejectedForm.objects.all()[:100]]}


def _switches() -> Body:
    return {name: value for name, value in _plain(Switches.current()).items() if name != "id"}


def _payment(payment: Payment) -> Body:
    made = payment.transactions.select_related("parent")
    sent = payment.notifications.select_related("transaction")
    return {
        **_plain(payment),
        "page": f"/vads-payment/{payment.token}/",
        "transactions": [{**_plain(each), "parent": each.parent and each.parent.uuid} for each in made],
        "notifications": [{**_plain(each), "transaction": each.transaction and each.transaction.uuid} for each in sent],
    }


def _plain(row: models.Model) -> Body:
    return model_to_dict(row)
