"""Signing in with FranceConnect, from the button to the way back, its failures included; linking, unlinking, signing out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LogoutView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.franceconnect import client, config, links, session
from accounts.franceconnect.provider import PROVIDER_ID, callback_address, signed_out_address
from accounts.franceconnect.tokens import TokenRefused
from castres_portal.base import clock
from castres_portal.base.errors import Refusal

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Problem:
    """Why a sign-in with FranceConnect did not end well, as the page says it."""

    title: str
    text: str
    status: int = HTTPStatus.OK


AGAIN = "Vous pouvez recommencer, ou vous connecter avec votre adresse électronique et votre mot de passe."
DECLINED = Problem("Vous n’avez pas continué avec FranceConnect", f"Rien n’a été transmis à l’Espace Citoyens. {AGAIN}")
DOWN = Problem(
    "FranceConnect ne répond pas pour le moment",
    "Cela ne vient pas de vous, et votre espace n’est pas touché. Réessayez un peu plus tard, ou connectez-vous avec votre "
    "adresse électronique et votre mot de passe.",
    HTTPStatus.SERVICE_UNAVAILABLE,
)
NOT_DONE = Problem(
    "La connexion avec FranceConnect n’a pas abouti",
    f"FranceConnect n’a pas accepté la demande. {AGAIN}",
    HTTPStatus.BAD_REQUEST,
)
LOST = Problem(
    "Cette connexion a été interrompue",
    "Elle a duré plus de dix minutes, a déjà servi, ou a commencé dans un autre navigateur : par sécurité, nous ne la "
    f"terminons pas. {AGAIN}",
    HTTPStatus.BAD_REQUEST,
)
DOUBTFUL = Problem(
    "Nous n’avons pas pu vérifier la réponse de FranceConnect",
    f"Par sécurité, nous l’avons écartée et rien n’en est gardé. {AGAIN}",
    HTTPStatus.BAD_REQUEST,
)
BY_ERROR = {
    "access_denied": DECLINED,
    "login_required": DECLINED,
    "interaction_required": DECLINED,
    "server_error": DOWN,
    "temporarily_unavailable": DOWN,
}


def when_open(view: View) -> View:
    """Let a page exist only while FranceConnect's keys are set."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not config.is_open():
            raise Http404
        return view(request, *args, **kwargs)

    return answer


def show(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Say kindly what went wrong, with the other way to sign in."""
    return render(request, "accounts/franceconnect/problem.html", {"problem": problem}, status=problem.status)


# --- Signing in -------------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_POST
@when_open
def start(request: HttpRequest) -> HttpResponse:
    """Leave for FranceConnect."""
    provider = get_adapter().get_provider(request, PROVIDER_ID)
    try:
        return provider.redirect(request, "login", next_url=get_next_redirect_url(request))
    except (client.Unavailable, client.Refused) as error:
        log.warning("FranceConnect injoignable au départ : %s", error)
        return show(request, DOWN)


@login_not_required
@never_cache
@when_open
def callback(request: HttpRequest) -> HttpResponse:
    """Come back from FranceConnect: signed in, known or not; or with a reason."""
    state = statekit.unstash_state(request, provider_id=PROVIDER_ID, state_id=request.GET.get("state", ""))
    if state is None or request.GET.get("iss", config.load().base_url) != config.load().base_url:
        return show(request, LOST)
    if "code" not in request.GET:
        return show(request, BY_ERROR.get(request.GET.get("error", ""), NOT_DONE))
    # A token's life is counted by the clocks of both servers, whatever date a demonstration shows.
    now = timezone.now()
    try:
        access, id_token = client.exchange_code(
            request.GET["code"], redirect_uri=callback_address(), verifier=state.get("pkce_code_verifier", "")
        )
        sub = client.read_id_token(id_token, nonce=state["nonce"], at=now)
        identity = client.fetch_identity(access, sub=sub, at=now)
    except client.Unavailable as error:
        log.warning("FranceConnect injoignable au retour : %s", error)
        return show(request, DOWN)
    except client.Refused as error:
        log.warning("FranceConnect n’a pas accepté l’échange : %s", error)
        return show(request, NOT_DONE)
    except TokenRefused as reason:
        log.warning("Réponse de FranceConnect écartée : %s", reason)
        return show(request, DOUBTFUL)
    request.session[session.SIGN_OUT] = id_token
    if not links.is_known(sub):
        session.remember(request.session, identity, at=clock.now())
    login = get_adapter().get_provider(request, PROVIDER_ID).sociallogin_from_response(request, {"sub": sub})
    login.state = state
    return complete_social_login(request, login)


@login_not_required
@never_cache
@when_open
def unknown(request: HttpRequest) -> HttpResponse:
    """« Nous ne connaissons pas encore cette identité »: sign in to link it, or open one's space with a code."""
    identity = session.waiting(request.session, at=clock.now())
    if identity is None:
        return redirect("account_login")
    if request.user.is_authenticated:
        return redirect("socialaccount_connections")
    return render(request, "accounts/franceconnect/unknown.html", {"identity": identity})


@login_not_required
@require_POST
@when_open
def forget(request: HttpRequest) -> HttpResponse:
    """« Ce n’est pas moi »: forget the identity, and sign out of FranceConnect."""
    session.forget(request.session)
    return redirect("franceconnect_sign_out")


# --- Linking ----------------------------------------------------------------------------------------------------------


@never_cache
@when_open
@reauthentication_required(allow_get=True)
def connections(request: HttpRequest) -> HttpResponse:
    """The account's FranceConnect link: none, one, or one to confirm (the password is asked again)."""
    identity = session.waiting(request.session, at=clock.now())
    if request.method == "POST" and identity:
        session.forget(request.session)
        try:
            links.link(user=request.user, identity=identity)
        except Refusal as refusal:
            if isinstance(refusal, links.NotTheSame):
                user = request.user
                about, expected = f"Compte {user.email}", user.get_full_name()
                links.note_mismatch(about=about, expected=expected, identity=identity, at=clock.now())
            messages.error(request, refusal.message)
        else:
            messages.success(
                request, "FranceConnect est lié à votre compte : vous pouvez vous connecter avec l’un ou l’autre."
            )
        return redirect("socialaccount_connections")
    context = {"identity": identity, "link": links.link_of(request.user)}
    return render(request, "accounts/franceconnect/link.html", context)


@require_POST
@when_open
@reauthentication_required
def unlink(request: HttpRequest) -> HttpResponse:
    """Undo the link."""
    try:
        links.unlink(user=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "FranceConnect n’est plus lié à votre compte.")
    return redirect("socialaccount_connections")


# --- Signing out ------------------------------------------------------------------------------------------------------


class SignOut(LogoutView):
    """Sign out here, always; then, if this visit came by FranceConnect, offer to sign out there too."""

    def post(self, *args: object, **kwargs: object) -> HttpResponse:
        """Sign out; what FranceConnect asks for to sign out survives in the empty session that follows."""
        hint = self.request.session.get(session.SIGN_OUT)
        response = super().post(*args, **kwargs)
        if hint and config.is_open():
            self.request.session[session.SIGN_OUT] = hint
            return redirect("franceconnect_sign_out")
        return response


logout = SignOut.as_view()


@login_not_required
@never_cache
@when_open
def sign_out(request: HttpRequest) -> HttpResponse:
    """Go on to FranceConnect's own sign-out. A page of ours stands between, whose link works should nothing else do."""
    hint = request.session.pop(session.SIGN_OUT, None)
    if not hint:
        return redirect("home")
    try:
        address = client.server().end_session
    except (client.Unavailable, client.Refused) as error:
        log.warning("FranceConnect injoignable à la déconnexion : %s", error)
        return render(request, "accounts/franceconnect/signed_out.html", {"elsewhere": False})
    state = get_random_string(32)
    request.session["franceconnect_sign_out_state"] = state
    asked = {"id_token_hint": hint, "state": state, "post_logout_redirect_uri": signed_out_address()}
    return render(request, "accounts/franceconnect/sign_out.html", {"address": f"{address}?{urlencode(asked)}"})


@login_not_required
@never_cache
@when_open
def signed_out(request: HttpRequest) -> HttpResponse:
    """Back from FranceConnect's sign-out; a state that is not ours says nothing of what happened there."""
    state = request.session.pop("franceconnect_sign_out_state", None)
    return render(
        request,
        "accounts/franceconnect/signed_out.html",
        {"elsewhere": bool(state) and state == request.GET.get("state")},
    )


# --- The names that allauth may ask for -------------------------------------------------------------------------------


@login_not_required
@when_open
def cancelled(request: HttpRequest) -> HttpResponse:
    """The visitor did not go on."""
    return show(request, DECLINED)


@login_not_required
@when_open
def failed(request: HttpRequest) -> HttpResponse:
    """Something else went wrong."""
    return show(request, NOT_DONE)


@login_not_required
@when_open
def no_signup(request: HttpRequest) -> HttpResponse:
    """Nobody opens a space with an identity alone."""
    return redirect("franceconnect_unknown")
