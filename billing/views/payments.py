"""Paying invoices: the way to the bank, the bank's notification, the way back."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from billing import tasks
from billing.models import Invoice, PaymentAttempt, PayzenMessage
from billing.payzen.config import PayzenConfigError, payzen_config
from billing.payzen.notification import (
    MAX_BODY_BYTES,
    MalformedNotification,
    NotificationRefused,
    NotificationTooLarge,
    VerifiedNotification,
    parse_notification,
    verify,
)
from billing.providers import open_providers, provider_named
from billing.queries import invoices as queries
from billing.queries.instalments import plan_by
from billing.queries.payments import outcome_of
from billing.services import payments
from billing.services.payments.alerts import count_refused_notification
from castres_portal.base import clock, workload
from castres_portal.base.enqueue import wake
from castres_portal.base.french import euros, in_words
from families.models import Family

log = logging.getLogger(__name__)

# --- The way there ----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """« Payer ma facture »: a page whose form leaves for the bank by itself, signed at this very click."""
    invoice = get_object_or_404(Invoice, family=request.family, number=number)
    page = reverse("billing:invoice", args=[number])
    if request.method == "GET":  # the sign-in page leads back here
        return redirect(page)
    return _leave_for_bank(request, [invoice], page)


@never_cache
@require_http_methods(["GET", "POST"])
def pay_several(request: HttpRequest) -> HttpResponse:
    """« Payer mes factures »: what was ticked on the list, added up, then the way to the bank for all of it at once."""
    if request.family is None:
        return redirect("dashboard")
    asked = request.POST if request.method == "POST" else request.GET
    at = clock.now()
    if "tout" in asked:
        sheets = queries.payable_of(request.family, at=at)
    else:
        sheets = _ticked(request.family, asked.getlist("facture"), at=at)
    if not sheets:
        messages.error(request, "Cochez au moins une facture à payer.")
        return redirect("billing:invoices")
    page = f"{request.path}?{urlencode([('facture', sheet.invoice.number) for sheet in sheets])}"
    if request.method == "POST":
        return _leave_for_bank(request, [sheet.invoice for sheet in sheets], page)
    payable = [sheet for sheet in sheets if sheet.can_be_paid]
    context = {
        "sheets": payable,
        "others": [sheet for sheet in sheets if not sheet.can_be_paid],
        "total": sum(sheet.payable for sheet in payable),
        "ways": open_providers(),
    }
    return render(request, "billing/pay_several.html", context)


@require_POST
def use_credit(request: HttpRequest) -> HttpResponse:
    """« Déduire mon avoir »: what the household paid too much goes to what it owes."""
    if request.family is None:
        raise Http404
    try:
        uses = payments.use_credit(family=request.family, by=request.user, at=clock.now())
    except payments.CreditRefused as refusal:
        messages.error(request, refusal.message)
    else:
        numbers = sorted({use.allocation.invoice.number for use in uses})
        what = f"de la facture {numbers[0]}" if len(numbers) == 1 else f"des factures {in_words(numbers)}"
        messages.success(request, f"{euros(payments.total_of(uses))} de votre avoir sont déduits {what}.")
    return redirect("billing:invoices")


def _ticked(family: Family, numbers: list[str], *, at: datetime) -> list[queries.InvoiceSheet]:
    """Return the invoices of these numbers, the oldest first; raises Http404 when one is not the household's."""
    found = queries.invoices_of(family).filter(number__in=numbers).order_by("month", "number")
    if len(found) < len(set(numbers)):
        raise Http404
    return queries.sheets_of(found, at=at)


def _leave_for_bank(request: HttpRequest, invoices: list[Invoice], page: str) -> HttpResponse:
    """Start a payment of some invoices; ``page`` is where who gives up, or is refused, goes back."""
    in_instalments = "en-plusieurs-fois" in request.POST
    context = {
        "invoices": invoices,
        "page": page,
        "chosen": request.POST.get("service", ""),
        "in_instalments": in_instalments,
    }
    try:
        started = payments.start_payment(
            invoice_ids=[invoice.pk for invoice in invoices],
            family=request.family,
            user=request.user,
            at=clock.now(),
            provider=request.POST.get("service", ""),
            confirmed="confirme" in request.POST,
            in_instalments=in_instalments,
        )
    except payments.PaymentInProgress:
        return render(request, "billing/pay_again.html", context)
    except payments.PaymentRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(page)
    way = provider_named(started.attempt.provider)
    plan = plan_by(started.attempt) if in_instalments else None
    own = {"attempt": started.attempt, "form": started.form, "way": way, "plan": plan}
    return render(request, "billing/pay.html", {**context, **own})


# --- The bank's notification ------------------------------------------------------------------------------------------

CROWDED = 0.5  # share of the threads at work: above it a message is kept and answered, then applied by the worker
ANSWERS = {
    PayzenMessage.Outcome.STORED: "OK-waiting",
    PayzenMessage.Outcome.APPLIED: "OK-applied",
    PayzenMessage.Outcome.REPEATED: "OK-already-known",
    PayzenMessage.Outcome.NOTED: "OK-noted",
    PayzenMessage.Outcome.FLAGGED: "OK-flagged",
}


@csrf_exempt
@login_not_required
def payzen_ipn(request: HttpRequest) -> HttpResponse:
    """PayZen's server message. Never answers by a redirect, and by a failure only when sending it again can help.

    200: kept, whatever it says. 400, 413, 415: nobody who knows the key wrote this; nothing is kept. 503: we could not
    keep it. A message that is kept but cannot be applied now is answered 200: the sweep of each minute takes it up.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        content_type = request.headers.get("Content-Type", "")
        verified = verify(parse_notification(_body_of(request), content_type), payzen_config(), at=clock.now())
    except NotificationRefused as refusal:
        count_refused_notification(refusal.code)
        return _plain(refusal.answer, refusal.http_status)
    except PayzenConfigError as error:
        log.error("Notification PayZen illisible sans configuration : %s", error)
        return _plain("KO-not-configured", 503)
    return _keep_and_apply(verified)


def _body_of(request: HttpRequest) -> bytes:
    # Read once its size is known, and never as request.POST: the signature covers the bytes as they came.
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise NotificationTooLarge
    try:
        return request.body
    except UnreadablePostError as error:
        raise MalformedNotification from error


def _keep_and_apply(verified: VerifiedNotification) -> HttpResponse:
    at = clock.now()
    try:
        message, is_new = payments.store_notification(verified, at=at)
    except DatabaseError:
        log.exception("Notification PayZen impossible à conserver")
        return _plain("KO-try-again", 503)
    if not is_new and message.outcome != PayzenMessage.Outcome.STORED:
        return _plain("OK-duplicate")
    if workload.busy() > CROWDED:  # the worker's in a moment, and the sweep's if the worker is not told
        wake(tasks.apply_stored_message, message.pk)
        return _plain("OK-stored")
    try:
        message = payments.apply_message(message.pk, at=at)
    except Exception:  # kept: the sweep applies it, and sending it again would bring nothing more
        log.exception("Notification PayZen %s conservée, à appliquer", message.pk)
        return _plain("OK-stored")
    return _plain(ANSWERS[PayzenMessage.Outcome(message.outcome)])


@csrf_exempt
@login_not_required
def payfip_notification(request: HttpRequest) -> HttpResponse:
    """PayFiP says that an operation has ended; nobody signs it, so that nothing of it is believed: the worker asks PayFiP.

    200: one of our operations. 404: none of ours; nothing is kept.
    """
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    said = {name.lower(): value for name, value in (*request.GET.items(), *request.POST.items())}
    if payments.hear_of(said.get("idop", "")[:36], at=clock.now()):
        return _plain("OK-asking")
    count_refused_notification("payfip-idop")
    return _plain("KO-unknown", 404)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


# --- The way back -----------------------------------------------------------------------------------------------------

REFRESH_SECONDS = 4
MOST_REFRESHES = 45  # three minutes
ASK_FROM = timedelta(seconds=20)
ASK_UNTIL = timedelta(hours=1)
ASK_EVERY_SECONDS = 20


@never_cache
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def payment_return(request: HttpRequest, reference: str) -> HttpResponse:
    """Where the bank sends the payer back: what the database knows, whoever asks; whose it is, to the household alone.

    Nothing is believed of the browser. While the bank's word is awaited, the page comes back by itself. A bank that sends the
    payer back by a form has her come again by an address.
    """
    if request.method == "POST":
        return redirect("billing:return", reference)
    attempt = get_object_or_404(PaymentAttempt.objects.select_related("invoice__window"), reference=reference)
    at = clock.now()
    outcome = outcome_of(attempt, at=at)
    if outcome.is_waiting:
        _hurry(attempt, at=at)
    shown = _count(request.GET.get("essai", ""))
    refreshes = outcome.is_waiting and shown < MOST_REFRESHES
    context = {
        "attempt": attempt,
        "outcome": outcome,
        "plan": plan_by(attempt),
        "is_member": attempt.family_id in [family.pk for family in request.families],
        "is_here": request.family is not None and attempt.family_id == request.family.pk,
        "refresh_url": f"?{urlencode({'essai': shown + 1})}" if refreshes else "",
        "refresh_seconds": REFRESH_SECONDS,
        "sign_in_url": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "billing/return.html", context)


def _hurry(attempt: PaymentAttempt, *, at: datetime) -> None:
    """Have the bank asked soon about a payer who is back, at most every twenty seconds."""
    is_time = ASK_FROM <= at - attempt.created_at <= ASK_UNTIL
    if is_time and cache.add(f"payzen-demande-{attempt.pk}", True, ASK_EVERY_SECONDS):
        payments.ask_at_next_pass([attempt.pk], at=at)


def _count(text: str) -> int:
    return min(int(text), MOST_REFRESHES) if text.isascii() and text.isdigit() and len(text) < 5 else 0
