"""Asking the password (or the second factor) again before what matters most. Other applications put it on their views."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows import reauthentication
from allauth.core.internal.httpkit import serialize_request
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

View = Callable[..., HttpResponseBase]


def sensitive(view: View) -> View:
    """Let a view run only for who proved less than fifteen minutes ago that she is there; ask her otherwise.

    She comes back to the page asked for. A form that had been sent runs again by itself once she has answered, with all that
    she had typed (it waits in her session, in the database); files do not survive, so a page that takes some asks on GET.
    """

    @wraps(view)
    def asked_again(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not reauthentication.is_reauthentication_required(request, app="allauth.account"):
            return view(request, *args, **kwargs)
        target = request.get_full_path()
        if request.method == "POST":
            # The library resumes a form whose path is where it goes back to: the query string travels in the form kept.
            request.session[reauthentication.STATE_SESSION_KEY] = {"request": serialize_request(request)}
            target = request.path
        methods = get_adapter().get_reauthentication_methods(request.user)
        return redirect(f"{methods[0]['url']}?{urlencode({'next': target})}")

    return asked_again
