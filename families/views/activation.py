"""« Activer mon espace »: a code, an address and a password, a link to follow."""

from datetime import datetime, timedelta
from http import HTTPStatus

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from accounts.franceconnect import links
from accounts.franceconnect import session as franceconnect
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.activation import CodeForm, NewAccountForm
from families.models import ActivationCode, Guardian
from families.services import activation
from families.throttle import try_code

HOURS = {"hours": settings.ACTIVATION["link_hours"]}
STATE = "activation"  # in the session: which code was accepted, and until when; never the code itself
STATE_LIFETIME = timedelta(minutes=30)
SENT_TO = "activation_sent_to"
TOO_MANY_MAILS = (
    "Plusieurs liens sont déjà partis avec ce code. Regardez dans votre messagerie, ou réessayez dans une heure."
)


@login_not_required
@never_cache
@sensitive_post_parameters("code")
def activate(request: HttpRequest) -> HttpResponse:
    """First step: the code and a birth date."""
    if request.user.is_authenticated:
        return redirect("families:attach")
    form, status = CodeForm(request.POST or None), HTTPStatus.OK.value
    if request.method == "POST" and form.is_valid():
        code, status = try_code(request, form, activation.check_code)
        if code and _is_hers(request, form, code.guardian):
            until = clock.now() + STATE_LIFETIME
            request.session[STATE] = {"code": code.pk, "until": until.timestamp()}
            return redirect("families:activate_account")
    return render(request, "families/activate.html", {"form": form}, status=status)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def activate_account(request: HttpRequest) -> HttpResponse:
    """Second step: an address and a password. « Afficher » asks for the same page with the password in clear."""
    now = clock.now()
    code = _accepted_code(request, now)
    if code is None:
        messages.info(request, "Saisissez d’abord votre code : trente minutes sont passées, ou il n’est plus valable.")
        return redirect("families:activate")
    shown = "show" in request.POST
    form = NewAccountForm(request.POST or None, guardian=code.guardian, shown=shown)
    if shown:
        form = NewAccountForm(initial=request.POST.dict(), guardian=code.guardian, shown=True)
    elif request.method == "POST" and form.is_valid() and _mail_allowed(request, form, code):
        identity = franceconnect.waiting(request.session, at=now)
        try:
            activation.begin_activation(code_id=code.pk, at=now, identity=identity, **form.cleaned_data)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("families:activate")
        request.session[SENT_TO] = form.cleaned_data["email"].lower()
        return redirect("families:activation_sent")
    return render(request, "families/activate_account.html", {"form": form, "guardian": code.guardian, "shown": shown})


def _is_hers(request: HttpRequest, form: CodeForm, guardian: Guardian) -> bool:
    """Say whether the code is that of the person for whom FranceConnect vouches, if she came by it; leave a trace if not."""
    now = clock.now()
    identity = franceconnect.waiting(request.session, at=now)
    try:
        activation.check_identity(guardian, identity)
    except links.NotTheSame as refusal:
        about = f"Dossier {guardian.family.number}"
        links.note_mismatch(about=about, expected=guardian.full_name, identity=identity, at=now)
        form.add_error(None, refusal.message)
        return False
    return True


def _accepted_code(request: HttpRequest, at: datetime) -> ActivationCode | None:
    """Return the code that this session had accepted within the last half hour."""
    state = request.session.get(STATE) or {}
    if at.timestamp() > state.get("until", 0):
        return None
    return ActivationCode.objects.select_related("guardian__family").filter(pk=state["code"]).first()


def _mail_allowed(request: HttpRequest, form: NewAccountForm, code: ActivationCode) -> bool:
    """Keep a code from being used to write to many addresses."""
    if ratelimit.consume(request, app="allauth.account", action="activation_mail", key=str(code.pk)):
        return True
    form.add_error(None, TOO_MANY_MAILS)
    return False


@login_not_required
@never_cache
def activation_sent(request: HttpRequest) -> HttpResponse:
    """Say where the mail went, and what to do when that is the wrong address."""
    email = request.session.get(SENT_TO)
    if not email:
        return redirect("families:activate")
    return render(request, "families/activation_sent.html", {"email": email, **HOURS})


@csrf_exempt  # checked below: a second click carries the token that the first one's sign-in has just changed
@login_not_required
@never_cache
def activation_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Third step: show one button (mail scanners follow links), then open the space and sign in."""
    now = clock.now()
    if request.method != "POST":
        pending = activation.pending_of(token, at=now)
        if pending is None and request.user.is_authenticated:
            return redirect("dashboard")
        return render(request, "families/activation_confirm.html", {"pending": pending, "problem": "", **HOURS})
    if CsrfViewMiddleware(lambda _: HttpResponse()).process_view(request, lambda _: None, (), {}):
        return redirect("families:activation_confirm", token)
    try:
        user = activation.confirm_activation(link=token, at=now)
    except activation.LinkRefused:
        return redirect("families:activation_confirm", token)
    except Refusal as refusal:
        return render(
            request, "families/activation_confirm.html", {"pending": None, "problem": refusal.message, **HOURS}
        )
    for key in (STATE, SENT_TO):
        request.session.pop(key, None)
    franceconnect.forget(request.session)
    record_authentication(request, user, method="activation", email=user.email)
    messages.success(request, "Votre espace est ouvert. Bienvenue !")
    return perform_login(request, user, email=user.email)
