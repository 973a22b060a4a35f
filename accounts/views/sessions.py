"""« Mes connexions »: where one's space is open, and how to close it there. Also the answer to « Rester connecté »."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.middleware import seconds_left
from accounts.queries.sessions import connections_of
from accounts.services.sessions import end_session, end_sessions


@never_cache
@require_http_methods(["GET", "POST"])
def connections(request: HttpRequest) -> HttpResponse:
    """List the open sessions; a POST ends all of them but this one."""
    key = request.session.session_key
    if request.method == "POST":
        ended = end_sessions(user=request.user, but=key)
        words = {0: "Aucun autre appareil n’était connecté.", 1: "Un autre appareil est déconnecté."}
        messages.success(request, words.get(ended, f"{ended} autres appareils sont déconnectés."))
        return redirect("usersessions_list")
    return render(
        request, "usersessions/usersession_list.html", {"connections": connections_of(request.user, current=key)}
    )


@require_POST
def end_connection(request: HttpRequest, number: int) -> HttpResponse:
    """End one session; ending the present one signs out."""
    current = UserSession.objects.filter(session_key=request.session.session_key, user=request.user, pk=number)
    if current.exists():
        logout(request)
        messages.success(request, "Vous êtes déconnecté de cet appareil.")
        return redirect("account_login")
    try:
        end_session(user=request.user, number=number)
    except UserSession.DoesNotExist:
        raise Http404 from None
    messages.success(request, "Cet appareil est déconnecté.")
    return redirect("usersessions_list")


@never_cache
@require_http_methods(["GET", "POST"])
def activity(request: HttpRequest) -> HttpResponse:
    """Say how many seconds are left before the session ends. A GET changes nothing; a POST begins the silence again."""
    return JsonResponse({"seconds": seconds_left(request), "token": get_token(request)})
