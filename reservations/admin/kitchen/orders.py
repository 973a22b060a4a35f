"""The orders: their list, the day, the week, adults' meals and picnics. Numbers only, whoever reads."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from accounts.models import User
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, moment, plain_day
from reservations import pdfs
from reservations.exports import kitchen as exports
from reservations.forms.kitchen import ExtrasForm
from reservations.models import KitchenChange, KitchenExtra, KitchenOrder, KitchenOrderLine
from reservations.queries.kitchen.day import KitchenDay, kitchen_day, signed
from reservations.queries.kitchen.orders import extras_between, sites_served
from reservations.queries.kitchen.week import KitchenWeek, kitchen_week
from reservations.services.kitchen import enter_extras

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FRIDAY = 4
Writer = Callable[[datetime], bytes]


@admin.register(KitchenOrder)
class KitchenOrderAdmin(ReadOnlyMixin, PortalAdmin):
    """What was ordered for each day, and the ways to the pages that the cook opens."""

    list_display = ("day_shown", "activity", "ordered", "changed", "frozen", "sent")
    list_display_links = None
    list_filter = ("activity",)
    list_select_related = ("activity",)
    date_hierarchy = "day"
    actions_list = ("day", "week", "extras")

    def get_queryset(self, request: HttpRequest) -> QuerySet[KitchenOrder]:
        """Bring the sums along."""

        def total(model: Any, field: str) -> Any:
            rows = model.objects.filter(order=OuterRef("pk")).order_by().values("order")
            return Coalesce(Subquery(rows.annotate(total=Sum(field)).values("total")), 0)

        rows = super().get_queryset(request)
        return rows.annotate(meals=total(KitchenOrderLine, "meals"), balance=total(KitchenChange, "delta"))

    @display(description="Jour", ordering="day")
    def day_shown(self, order: KitchenOrder) -> Any:
        """Return the day, as a way to its page."""
        return _link(f"{reverse('admin:reservations_kitchenorder_day')}?jour={order.day:%Y-%m-%d}", long_day(order.day))

    @display(description="Repas commandés")
    def ordered(self, order: KitchenOrder) -> int:
        """Return the meals of the order."""
        return int(order.meals)  # type: ignore[attr-defined]

    @display(description="Écart depuis")
    def changed(self, order: KitchenOrder) -> str:
        """Return how many more or fewer."""
        return signed(order.balance) or "–"  # type: ignore[attr-defined]

    @display(description="Figée le", ordering="frozen_at")
    def frozen(self, order: KitchenOrder) -> str:
        """Return when."""
        return moment(order.frozen_at)

    @display(description="Envoyée à la cuisine le", ordering="sent_at")
    def sent(self, order: KitchenOrder) -> str:
        """Return when the mail was written, nothing when nobody is to be told."""
        return moment(order.sent_at) or "–"

    def has_enter_permission(self, request: HttpRequest) -> bool:
        """Say whether this person writes down adults' meals and picnics."""
        return bool(request.user.has_perm("reservations.add_kitchenextra"))

    @action(description="Le jour", url_path="jour/", icon="restaurant", permissions=["view"])
    def day(self, request: HttpRequest) -> HttpResponse:
        """Show a day, or give it as a file."""
        today = clock.today()
        day = day_asked(request) or next_meal_day(today)
        levels = bool(request.GET.get("niveaux"))
        page = kitchen_day(day, today=today, levels=levels)
        if answer := _file(request, f"cuisine-{day:%Y-%m-%d}", _writers_of_day(page)):
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": f"Cuisine : {long_day(day)}",
            "opts": self.opts,
            "page": page,
            "levels": levels,
            "before": neighbour(day, -1),
            "after": neighbour(day, 1),
            "may_enter": self.has_enter_permission(request),
        }
        return TemplateResponse(request, "reservations/admin/kitchen/day.html", context)

    @action(description="La semaine", url_path="semaine/", icon="calendar_view_week", permissions=["view"])
    def week(self, request: HttpRequest) -> HttpResponse:
        """Show a week, or give it as a file."""
        today = clock.today()
        week = kitchen_week(day_asked(request) or next_meal_day(today), today=today)
        if answer := _file(request, f"cuisine-semaine-{week.monday:%Y-%m-%d}", _writers_of_week(week)):
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": f"Cuisine : semaine du {plain_day(week.monday)}",
            "opts": self.opts,
            "week": week,
            "today": today,
        }
        return TemplateResponse(request, "reservations/admin/kitchen/week.html", context)

    @action(description="Adultes et pique-niques", url_path="adultes/", icon="group_add", permissions=["enter"])
    def extras(self, request: HttpRequest) -> HttpResponse:
        """Show what is served besides on a day, and write it down."""
        day = day_asked(request) or next_meal_day(clock.today())
        standing = {(row.site_id, row.kind): row for row in extras_between(day, day)}
        form = ExtrasForm(sites_served(day), standing, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                made = enter_extras(day=day, quantities=form.quantities(), by=cast(User, request.user), at=clock.now())
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, _said(made))
                return redirect(f"{reverse('admin:reservations_kitchenorder_day')}?jour={day:%Y-%m-%d}")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Adultes et pique-niques : {long_day(day)}",
            "opts": self.opts,
            "day": day,
            "today": clock.today(),
            "form": form,
            "kinds": [kind.label for kind in KitchenExtra.Kind],
            "before": neighbour(day, -1),
            "after": neighbour(day, 1),
        }
        return TemplateResponse(request, "reservations/admin/kitchen/extras.html", context)


def _said(made: list[KitchenExtra]) -> str:
    if not made:
        return "Rien n’a changé : les nombres étaient déjà ceux-là."
    return f"{len(made)} nombre{'s' if len(made) > 1 else ''} enregistré{'s' if len(made) > 1 else ''}."


# --- Which day ----------------------------------------------------------------------------------------------------------


def day_asked(request: HttpRequest) -> date | None:
    """Return the day of the address (``jour=2026-12-07``), None when there is none that can be read."""
    try:
        day = date.fromisoformat(request.GET.get("jour", ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def next_meal_day(today: date) -> date:
    """Return today, or the Monday that follows a week-end."""
    return today if today.weekday() <= FRIDAY else neighbour(today, 1)


def neighbour(day: date, step: int) -> date:
    """Return the weekday before (−1) or after (+1)."""
    day += timedelta(days=step)
    while day.weekday() > FRIDAY:
        day += timedelta(days=step)
    return day


# --- Files --------------------------------------------------------------------------------------------------------------


def _writers_of_day(page: KitchenDay) -> dict[str, Writer]:
    return {
        "pdf": lambda at: pdfs.kitchen_day_pdf(page, at=at),
        "csv": lambda at: exports.day_csv(page),
        "xlsx": lambda at: exports.day_workbook(page, at=at),
    }


def _writers_of_week(week: KitchenWeek) -> dict[str, Writer]:
    return {
        "pdf": lambda at: pdfs.kitchen_week_pdf(week, at=at),
        "csv": lambda at: exports.week_csv(week),
        "xlsx": lambda at: exports.week_workbook(week, at=at),
    }


KINDS = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "xlsx": WORKBOOK}


def _file(request: HttpRequest, name: str, writers: dict[str, Writer]) -> HttpResponse | None:
    """Return the page as the file asked for (``fichier=pdf``), None when none is."""
    kind = request.GET.get("fichier", "")
    if kind not in writers:
        return None
    response = HttpResponse(writers[kind](clock.now()), content_type=KINDS[kind])
    shown = "inline" if kind == "pdf" else "attachment"
    response["Content-Disposition"] = f'{shown}; filename="{name}.{kind}"'
    return response


def _link(url: str, text: str) -> Any:
    return format_html('<a href="{}">{}</a>', url, text)
