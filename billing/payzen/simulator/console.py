"""The back office's pages: payments, their messages, the operations, the rules and the faults."""

from collections.abc import Callable

from django.conf import settings
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from . import backoffice, clock, instalments, journal
from .models import Payment, RejectedForm, Switches, Transaction

MOST_ROWS = 100
SwitchesForm = modelform_factory(Switches, fields="__all__")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The latest payments, or those of one order."""
    order = request.GET.get("commande", "").strip()
    found = Payment.objects.prefetch_related("transactions", "notifications")
    if order:
        found = found.filter(order_id__icontains=order)
    context = {
        "payments": found[:MOST_ROWS],
        "order": order,
        "now": clock.now(),
        "shop": settings.SHOP,
        "day": journal.asked_day(""),
    }
    return render(request, "bank/home.html", context)


@require_GET
def detail(request: HttpRequest, token: str) -> HttpResponse:
    """One payment: its transactions, what can be done to them, every message and its answer."""
    return _show(request, get_object_or_404(Payment, token=token))


def _show(request: HttpRequest, payment: Payment, problem: str = "") -> HttpResponse:
    context = {
        "payment": payment,
        "transactions": payment.transactions.all(),
        "notifications": payment.notifications.select_related("transaction"),
        "problem": problem,
    }
    return render(request, "bank/detail.html", context, status=409 if problem else 200)


@require_POST
def resend(request: HttpRequest, token: str) -> HttpResponse:
    """Send again the notification of a page that ended without a transaction."""
    payment = get_object_or_404(Payment, token=token)
    return _operate(request, payment, lambda: backoffice.resend(payment, None))


@require_POST
def next_instalment(request: HttpRequest, token: str) -> HttpResponse:
    """Let the day of the next instalment come: the card pays it, or refuses it."""
    payment = get_object_or_404(Payment, token=token)
    accept = request.POST.get("carte") != "refuse"
    try:
        instalments.debit_next(payment, accept=accept, at=clock.now())
    except instalments.NothingPlanned as problem:
        return _show(request, payment, str(problem))
    return redirect("console_payment", token=payment.token)


@require_POST
def operate(request: HttpRequest, uuid: str, operation: str) -> HttpResponse:
    """Carry out one back-office operation on a transaction."""
    transaction = get_object_or_404(Transaction, uuid=uuid)
    try:
        cents = _cents(request.POST.get("euros", ""))
    except ValueError:
        return _show(request, transaction.payment, "Le montant doit s’écrire comme «\u00a012,34\u00a0».")
    work = operations(transaction, cents).get(operation)
    if work is None:
        return HttpResponse("Opération inconnue.", status=404, content_type="text/plain; charset=utf-8")
    return _operate(request, transaction.payment, work)


def operations(transaction: Transaction, cents: int | None) -> dict[str, Callable[[], object]]:
    """The operations by the name that stands in the address."""
    return {
        "renvoyer": lambda: backoffice.resend(transaction.payment, transaction),
        "rembourser": lambda: backoffice.refund(transaction, cents, at=clock.now()),
        "annuler": lambda: backoffice.cancel(transaction),
        "valider": lambda: backoffice.validate(transaction),
        "echec-remise": lambda: backoffice.fail_capture(transaction),
    }


def _operate(request: HttpRequest, payment: Payment, work: Callable[[], object]) -> HttpResponse:
    try:
        work()
    except backoffice.Impossible as problem:
        return _show(request, payment, str(problem))
    return redirect("console_payment", token=payment.token)


def _cents(text: str) -> int | None:
    text = text.replace("\u00a0", "").replace("€", "").strip().replace(",", ".")
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (whole.isdecimal() and (not part or part.isdecimal()) and len(part) <= 2):
        raise ValueError
    return int(whole) * 100 + int(part.ljust(2, "0"))


@require_GET
def daily_file(request: HttpRequest) -> HttpResponse:
    """Hand out the journal of a day, as the platform mails it the night after."""
    try:
        day = journal.asked_day(request.GET.get("jour", "").strip())
    except ValueError:
        return HttpResponse("Le jour s’écrit AAAA-MM-JJ.", status=400, content_type="text/plain; charset=utf-8")
    file = journal.daily_file(day, shop=settings.SHOP, at=clock.now())
    response = HttpResponse(file.content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


@require_POST
def capture_all(request: HttpRequest) -> HttpResponse:
    backoffice.capture_all(at=clock.now())
    return redirect("home")


@require_http_methods(["GET", "POST"])
def switches(request: HttpRequest) -> HttpResponse:
    """The notification rules and the faults of the whole bank."""
    form = SwitchesForm(request.POST or None, instance=Switches.current(), label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("console_switches")
    rules = [field for field in form if field.name.startswith("rule_") or field.name == "retry"]
    others = [field for field in form if field not in rules]
    context = {"form": form, "groups": {"Règles de notification": rules, "Pannes et durées": others}}
    return render(request, "bank/switches.html", context | {"shop": settings.SHOP})


@require_GET
def rejected(request: HttpRequest) -> HttpResponse:
    """The forms refused: on the platform, a mail to the shop's administrator."""
    return render(request, "bank/rejected_list.html", {"forms": RejectedForm.objects.all()[:MOST_ROWS]})
