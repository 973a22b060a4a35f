"""Slowing down a network address that guesses codes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from allauth.core.internal import ratelimit  # the public face of it cannot give back what a success consumed
from django.http import HttpRequest

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.activation import CodeForm
from families.services.activation import CodeRefused

T = TypeVar("T")
TOO_MANY = (
    "Trop d’essais ont échoué depuis votre connexion Internet. Patientez dix minutes, puis renvoyez ce formulaire : "
    "ce que vous avez saisi est conservé."
)


def try_code(request: HttpRequest, form: CodeForm, service: Callable[..., T]) -> tuple[T | None, int]:
    """Give a service what a valid form says; return its answer, or None and a form that says why, and the HTTP status.

    Every refused code counts against the network address, known or not: what slows down tells nothing either.
    """
    usage = ratelimit.consume(request, app="allauth.account", action="activation")
    if usage is None:
        form.add_error(None, TOO_MANY)
        return None, HTTPStatus.TOO_MANY_REQUESTS
    try:
        answer = service(text=form.cleaned_data["code"], birth_date=form.cleaned_data["birth_date"], at=clock.now())
    except CodeRefused as refusal:
        form.add_error(None, refusal.message)
        return None, HTTPStatus.OK
    except Refusal as refusal:
        usage.rollback()
        form.add_error(None, refusal.message)
        return None, HTTPStatus.OK
    usage.rollback()
    return answer, HTTPStatus.OK
