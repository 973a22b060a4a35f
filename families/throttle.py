"""Slowing down a network address that guesses codes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from django.http import HttpRequest

from accounts import devices, throttle
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.activation import CodeForm
from families.services.activation import CodeRefused

T = TypeVar("T")


def try_code(request: HttpRequest, form: CodeForm, service: Callable[..., T]) -> tuple[T | None, int]:
    """Give a service what a valid form says; return its answer, or None and a form that says why, and the HTTP status.

    Every refused code counts against the network address, known or not: what slows down tells nothing either.
    """
    at = clock.now()
    try:
        attempt = throttle.admit_code(network=devices.address_of(request), at=at)
    except throttle.TooSoon as refusal:
        form.add_error(None, refusal.message)
        return None, HTTPStatus.TOO_MANY_REQUESTS
    try:
        answer = service(text=form.cleaned_data["code"], birth_date=form.cleaned_data["birth_date"], at=at)
    except CodeRefused as refusal:
        form.add_error(None, refusal.message)
        return None, HTTPStatus.OK
    except Refusal as refusal:
        attempt.succeeded()
        form.add_error(None, refusal.message)
        return None, HTTPStatus.OK
    attempt.succeeded()
    return answer, HTTPStatus.OK
