"""The FranceConnect button, wherever a page wants it; nothing at all while its keys are not set."""

from typing import Any

from django import template
from django.template.context import Context

from accounts.franceconnect import config, session
from accounts.franceconnect.rules import Identity
from castres_portal.base import clock

register = template.Library()


@register.inclusion_tag("accounts/franceconnect/button.html", takes_context=True)
def franceconnect_button(context: Context, next_url: str = "") -> dict[str, Any]:
    """``{% franceconnect_button %}``: the button and what it is; ``next_url`` is where to go once signed in."""
    asked = context["request"].GET.get("next", "")
    return {
        "is_open": config.is_open(),
        "next_url": next_url or asked,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def franceconnect_is_open() -> bool:
    """``{% franceconnect_is_open as open %}``: say whether FranceConnect is offered."""
    return config.is_open()


@register.simple_tag(takes_context=True)
def franceconnect_identity(context: Context) -> Identity | None:
    """``{% franceconnect_identity as identity %}``: the identity that waits in this visit to be linked, if any."""
    return session.waiting(context["request"].session, at=clock.now()) if config.is_open() else None
