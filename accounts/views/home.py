"""« Mon compte »: where a person finds what she may change, and where each thing stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.queries.factors import factors_of
from accounts.queries.sessions import connections_of


def home(request: HttpRequest) -> HttpResponse:
    """Show who is signed in and the ways to address, password, second factor, passkeys, sessions and files."""
    user = request.user
    pending = user.emailaddress_set.filter(verified=False).first()
    context = {
        "factors": factors_of(user),
        "connections": connections_of(user, current=request.session.session_key),
        "pending_email": pending.email if pending else "",
    }
    return render(request, "accounts/home.html", context)
