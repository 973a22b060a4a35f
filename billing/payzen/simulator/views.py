"""The buyer's pages: the form that arrives, the page of buttons, the receipt, the way back."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import clock, delivery, faults, payments, wording
from .checks import DateWindow, FormError, check_form, warn_about
from .messages import return_fields
from .models import Payment, RejectedForm, Switches

log = logging.getLogger("bank")
# The buyer's pages need no CSRF cookie: whoever knows a page's token is its buyer.
REFUSALS = ("refuse", "fail_3ds")
OTHERS = ("to_validate", "under_verification", "expire")


@csrf_exempt
@require_POST
def receive_form(request: HttpRequest) -> HttpResponse:
    """Take a shop's form: open the payment page, or refuse it with the platform's code."""
    at, switches = clock.now(), Switches.current()
    fields = request.POST.dict()
    error = _repeated(request) or check_form(
        fields, shop=settings.SHOP, now=at, is_spent=_is_spent, window=_window(switches)
    )
    if error:
        return _reject(request, fields, error, at=at, discreet=switches.production_look)
    try:
        payment = payments.open_page(fields, at=at, warnings=warn_about(fields, now=at))
    except payments.NumberSpent:
        spent = FormError("03", "vads_trans_id", "déjà utilisé ce jour (UTC)")
        return _reject(request, fields, spent, at=at, discreet=switches.production_look)
    for warning in payment.warnings:
        log.warning("commande %s\u00a0: %s", payment.order_id, warning)
    return redirect("payment", token=payment.token)


def _repeated(request: HttpRequest) -> FormError | None:
    for name, values in request.POST.lists():
        if len(values) > 1:
            return FormError("99", name, "champ présent plusieurs fois")
    return None


def _is_spent(day: str, trans_id: str) -> bool:
    return Payment.objects.filter(utc_day=day, trans_id__iexact=trans_id).exists()


def _window(switches: Switches) -> DateWindow:
    return DateWindow(timedelta(minutes=switches.past_minutes), timedelta(minutes=switches.future_minutes))


def _reject(
    request: HttpRequest, fields: dict[str, str], error: FormError, *, at: datetime, discreet: bool
) -> HttpResponse:
    RejectedForm.objects.create(
        received_at=at, code=error.code, field=error.field[:60], reason=error.reason, fields=fields
    )
    log.warning("formulaire refusé, erreur %s, %s\u00a0: %s", error.code, error.field, error.reason)
    context = {} if discreet else {"error": error, "cancelled": _cancelled_before(fields, error)}
    return render(request, "bank/rejected.html", context, status=400)


def _cancelled_before(fields: dict[str, str], error: FormError) -> bool:
    if error.code != "03":
        return False
    return Payment.objects.filter(
        utc_day=fields.get("vads_trans_date", "")[:8],
        trans_id=fields.get("vads_trans_id", "")[:6],
        state=Payment.State.CANCELLED,
    ).exists()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def payment_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of buttons; once the buyer has chosen, the receipt."""
    payment, at, switches = get_object_or_404(Payment, token=token), clock.now(), Switches.current()
    if request.method == "POST":
        return _choose(request, payment, at=at, switches=switches)
    if payment.state == Payment.State.OPEN and not payment.is_open(at):
        payments.expire_pages(at=at)
        payment.refresh_from_db()
    if not payment.is_open(at):
        return _receipt(request, payment)
    return render(
        request,
        "bank/payment.html",
        {
            "payment": payment,
            "refused": payment.last_transaction,
            "faults": faults.IPN_FAULTS,
            "delay": switches.ipn_delay_seconds,
            "labels": wording.OUTCOMES,
            "refusals": [(name, wording.OUTCOMES[name]) for name in REFUSALS],
            "others": [(name, wording.OUTCOMES[name]) for name in OTHERS],
        },
    )


def _choose(request: HttpRequest, payment: Payment, *, at: datetime, switches: Switches) -> HttpResponse:
    outcome, fault = request.POST.get("outcome", ""), request.POST.get("fault", payment.fault)
    if outcome not in payments.OUTCOMES or fault not in faults.IPN_FAULTS:
        return HttpResponse("Choix inconnu.", status=400, content_type="text/plain; charset=utf-8")
    delay = request.POST.get("delay", "")
    seconds = min(int(delay), 3600) if delay.isdecimal() else switches.ipn_delay_seconds
    try:
        payment = payments.decide(payment.token, outcome, fault=fault, delay=seconds, at=at)
    except payments.PageClosed:
        return redirect("payment", token=payment.token)
    if outcome == "cancel" and payments.return_url(payment):
        return _go_back(request, payment)
    return redirect("payment", token=payment.token)


def _receipt(request: HttpRequest, payment: Payment) -> HttpResponse:
    good = payment.state == Payment.State.ACCEPTED
    prefix = "vads_redirect_success" if good else "vads_redirect_error"
    accepted = payment.transactions.filter(operation="DEBIT").exclude(status="REFUSED").first()
    return render(
        request,
        "bank/receipt.html",
        {
            "payment": payment,
            "transaction": accepted if good else payment.last_transaction,
            "accepted": good,
            "can_return": bool(payments.return_url(payment)),
            "timeout": payment.fields.get(f"{prefix}_timeout", ""),
            "message": payment.fields.get(f"{prefix}_message", ""),
        },
    )


@require_GET
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Bring the buyer back to the shop, in the way that the form asked for."""
    payment = get_object_or_404(Payment, token=token)
    if payment.state == Payment.State.OPEN:
        return redirect("payment", token=token)
    return _go_back(request, payment)


def _go_back(request: HttpRequest, payment: Payment) -> HttpResponse:
    delivery.buyer_returned(payment)
    url, mode = payments.return_url(payment), payment.fields.get("vads_return_mode") or "NONE"
    if not url:
        return redirect("payment", token=payment.token)
    fields = {}
    if mode != "NONE":
        transaction = None if payment.state in ("cancelled", "expired") else payment.last_transaction
        fields = return_fields(payment, transaction, shop=settings.SHOP)
    if mode == "POST":
        return render(request, "bank/leave.html", {"url": url, "fields": fields, "payment": payment})
    if fields:
        url += ("&" if "?" in url else "?") + urlencode(fields)
    return HttpResponseRedirect(url)


@require_GET
def style(request: HttpRequest) -> FileResponse:
    """The only other file of the bank's pages."""
    css = Path(__file__).with_name("templates") / "bank" / "bank.css"
    return FileResponse(css.open("rb"), content_type="text/css", headers={"Cache-Control": "max-age=60"})


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")
