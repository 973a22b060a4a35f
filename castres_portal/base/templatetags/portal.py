"""The words and pieces that every page is made of: the filters of ``base.french`` and the components of templates/components/."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import (
    heroicon_mini,
    heroicon_outline,
    heroicon_solid,
)

from castres_portal.base import french
from castres_portal.base.month_grid import build_month_grid

register = template.Library()

ICON_STYLES = {"outline": heroicon_outline, "solid": heroicon_solid, "mini": heroicon_mini}

ALERTS = {
    "info": "information-circle",
    "success": "check-circle",
    "warning": "exclamation-triangle",
    "danger": "exclamation-circle",
}

# Tone and icon of each state: the word and the icon say it, the colour only repeats it.
STATUSES = {
    "booked": ("good", "check"),
    "paid": ("good", "check"),
    "accepted": ("good", "check"),
    "done": ("good", "check"),
    "active": ("good", "check"),
    "open": ("open", "pencil-square"),
    "free": ("open", "plus"),
    "new": ("open", "sparkles"),
    "due": ("due", "exclamation-circle"),
    "unpaid": ("due", "exclamation-circle"),
    "pending": ("wait", "clock"),
    "processing": ("wait", "clock"),
    "waiting": ("wait", "clock"),
    "refused": ("bad", "x-mark"),
    "failed": ("bad", "x-mark"),
    "cancelled": ("off", "minus"),
    "closed": ("off", "lock-closed"),
    "expired": ("off", "lock-closed"),
    "unchanged": ("off", "minus"),
}


for word in (
    french.euros,
    french.long_day,
    french.plain_day,
    french.short_day,
    french.moment,
    french.clock_time,
    french.month_name,
    french.of_month,
    french.of_name,
    french.in_words,
    french.phone_link,
    french.phone,
):
    register.filter(word.__name__, word)


# --- Pieces of a page -------------------------------------------------------------------------------------------------


def _render(component: str, **context: Any) -> str:
    # Without the file's last line feed, which would put a blank before the full stop that follows.
    return SafeString(get_template(f"components/{component}.html").render(context).rstrip())


@lru_cache(maxsize=256)
def _drawing(name: str, size: int, style: str) -> str:
    attributes = {"aria-hidden": "true", "focusable": "false", "class": "icon"}
    return ICON_STYLES[style](name, size=size, **attributes)


@register.simple_tag
def icon(name: str, size: int = 20, style: str = "outline") -> str:
    """Draw a heroicon; always decorative, so hidden from screen readers (the text beside it speaks)."""
    return _drawing(str(name), size, str(style))


@register.simple_block_tag
def alert(content: str, level: str = "info", title: str = "") -> str:
    """``{% alert "warning" title="…" %}…{% endalert %}``: a notice inside a page."""
    return _render("alert", content=content, level=level, title=title, icon=ALERTS[level])


@register.filter
def alert_level(tag: str) -> str:
    """Name of the notice for a message's level (``error`` is a danger, ``debug`` an information)."""
    return {"error": "danger", "debug": "info"}.get(tag, tag if tag in ALERTS else "info")


@register.filter
def alert_icon(tag: str) -> str:
    """Icon of the notice for a message's level."""
    return ALERTS[alert_level(tag)]


@register.simple_block_tag
def card(
    content: str, title: str = "", link: str = "", icon: str = "", level: int = 2, id: str = "", note: str = ""
) -> str:
    """``{% card title="…" link=url icon="banknotes" %}…{% endcard %}``: a framed section; with a link, all of it leads there."""
    return _render("card", content=content, title=title, link=link, icon=icon, level=level, id=id, note=note)


@register.simple_tag
def tile(url: str, title: str, icon: str, text: str = "") -> str:
    """``{% tile url "Coordonnées" "phone" "Téléphone, adresse" %}``: a way to a page of the space, among its like."""
    return _render("tile", url=url, title=title, icon=icon, text=text)


@register.simple_tag
def status(state: str, label: str) -> str:
    """``{% status "paid" "Réglée" %}``: a state, said by a word, an icon and a colour."""
    tone, drawing = STATUSES.get(str(state), ("off", "minus"))
    return _render("status", tone=tone, icon=drawing, label=label)


@register.simple_tag
def money(amount: Decimal | int | str | None, strong: bool = False) -> str:
    """``{% money invoice.total %}``: an amount whose figures line up in a column."""
    return _render("money", amount=french.euros(amount), strong=strong)


@register.simple_tag
def stepper(steps: Sequence[str] | str, current: int) -> str:
    """Show the steps of a form, ``current`` counted from 1. A string is cut at ``|``: ``{% stepper "Code|Compte" 1 %}``."""
    names = steps.split("|") if isinstance(steps, str) else list(steps)
    rows = [
        {"number": number, "name": name, "state": _step_state(number, current)} for number, name in enumerate(names, 1)
    ]
    return _render("stepper", steps=rows, current=current, total=len(rows))


def _step_state(number: int, current: int) -> str:
    if number == current:
        return "current"
    return "done" if number < current else "next"


@register.simple_tag
def empty_state(title: str, text: str = "", url: str = "", action: str = "", icon: str = "inbox") -> str:
    """Say that there is nothing here yet, and what to do about it."""
    return _render("empty_state", title=title, text=text, url=url, action=action, icon=icon)


@register.simple_block_tag
def fact(content: str, label: str) -> str:
    """``<dl class="facts">{% fact "Payeur" %}…{% endfact %}</dl>``: one line of a list of facts."""
    return _render("fact", content=content, label=label)


@register.simple_tag
def form_actions(
    label: str, cancel_url: str = "", cancel: str = "Annuler", icon: str = "", tone: str = "primary"
) -> str:
    """The button that ends a form, and the way out beside it."""
    return _render("form_actions", label=label, cancel_url=cancel_url, cancel=cancel, icon=icon, tone=tone)


@register.simple_tag(takes_context=True)
def breadcrumb(context: Context, *parts: str) -> str:
    """``{% breadcrumb "Mes factures" url "Facture 2610000001" %}``: label, address, …, and the label of this page."""
    user = getattr(context.get("request"), "user", None)
    signed_in = bool(user and user.is_authenticated)
    crumbs = [{"label": "Mon accueil", "url": reverse("dashboard")} if signed_in else {"label": "Accueil", "url": "/"}]
    crumbs += [{"label": label, "url": url} for label, url in zip(parts[0:-1:2], parts[1:-1:2], strict=True)]
    return _render("breadcrumb", crumbs=crumbs, here=parts[-1])


@register.simple_tag(takes_context=True)
def nav_link(context: Context, name: str, label: str, icon: str, sections: str = "") -> str:
    """One entry of the menu; current on its own page and on the ``sections`` below it (namespaces or names of addresses)."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = ""
    if match and match.view_name == name:
        current = "page"
    elif match and {match.view_name, *match.namespaces} & set(sections.split()):
        current = "true"
    return _render("nav_link", url=reverse(name), label=label, icon=icon, current=current)


@register.simple_tag
def month_nav(month: date, previous_url: str = "", next_url: str = "") -> str:
    """The month shown, and the way to the one before and the one after (an empty address: nothing there)."""
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    after = date(month.year + (month.month == 12), month.month % 12 + 1, 1)
    return _render("month_nav", month=month, previous_url=previous_url, next_url=next_url, before=before, after=after)


@register.simple_tag
def month_grid(weeks: Iterable[Sequence[dict[str, Any] | None]], caption: str = "") -> str:
    """The calendar of a month; see ``castres_portal.base.month_grid`` for what a day holds."""
    return _render("month_grid", grid=build_month_grid(weeks, caption=caption))


@register.simple_tag
def month_legend() -> str:
    """What the signs of the calendar mean."""
    return _render("month_legend")


@register.simple_tag
def month_bar() -> str:
    """The bar that ends the calendar's form and stays in sight: what has changed, and the button that validates it."""
    return _render("month_bar")


@register.simple_tag
def mail_button(url: str, label: str) -> str:
    """The link of a mail as a button, with its address in full beneath for those whose reader shows none."""
    return _render("mail_button", url=url, label=label)


# --- Pages that have no context ---------------------------------------------------------------------------------------


@register.simple_tag
def town_facts() -> dict[str, Any]:
    """Give the town's facts to a page rendered without a request: ``{% town_facts as town %}``."""
    return settings.TOWN


@dataclass(frozen=True)
class Page:
    """A page number of a list, or a gap between two of them."""

    number: int | None
    current: bool = False


@register.simple_tag
def page_numbers(page_obj: Any) -> list[Page]:
    """The page numbers worth showing under a list: the ends, and those around the present one."""
    shown = page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    return [Page(n if isinstance(n, int) else None, n == page_obj.number) for n in shown]
