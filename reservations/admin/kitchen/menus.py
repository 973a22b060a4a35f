"""The menus: their list, the week that is typed, the file that is imported, the one that is taken away."""

from datetime import date, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from accounts.models import User
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, moment, plain_day
from castres_portal.base.tables import to_csv
from reservations.admin.kitchen.orders import day_asked
from reservations.forms.menus import MenuFileForm, WeekForm
from reservations.models import Menu, MenuDish
from reservations.queries.menus import menus_between, without_vegetarian
from reservations.rules.calendar import days_between
from reservations.rules.menu_file import HEADS, LineError, menu_rows, read_menu_file
from reservations.rules.menus import MealType, MenuOfDay, monday_of
from reservations.services.menus import MenuChanged, Written, compare, standing_menus, write_menus

FRIDAY = timedelta(days=4)
WEEK = timedelta(days=7)
WEEKS_TAKEN_BEFORE, WEEKS_TAKEN_AFTER = 4, 9


@admin.register(Menu)
class MenuAdmin(ReadOnlyMixin, PortalAdmin):
    """Every menu; written by week or from a file, never one by one."""

    list_display = ("day_shown", "meal", "line", "changed", "who")
    list_display_links = None
    list_filter = ("meal",)
    list_select_related = ("changed_by",)
    search_fields = ("dishes__name",)
    search_help_text = "Un plat"
    date_hierarchy = "day"
    actions_list = ("week", "import_file", "export")
    who = person_shown("changed_by", "Par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Menu]:
        """Bring the dishes along."""
        return super().get_queryset(request).prefetch_related(Prefetch("dishes", MenuDish.objects.order_by("position")))

    @display(description="Jour", ordering="day")
    def day_shown(self, menu: Menu) -> Any:
        """Return the day, as a way to its week."""
        url = f"{reverse('admin:reservations_menu_week')}?jour={menu.day:%Y-%m-%d}&repas={menu.meal}"
        return format_html('<a href="{}">{}</a>', url, long_day(menu.day))

    @display(description="Plats")
    def line(self, menu: Menu) -> str:
        """Return the whole meal."""
        return ", ".join(dish.name for dish in menu.dishes.all())

    @display(description="Modifié le", ordering="changed_at")
    def changed(self, menu: Menu) -> str:
        """Return when."""
        return moment(menu.changed_at)

    def has_write_permission(self, request: HttpRequest) -> bool:
        """Say whether this person writes menus."""
        return bool(request.user.has_perms(["reservations.add_menu", "reservations.change_menu"]))

    @action(description="Écrire une semaine", url_path="semaine/", icon="edit_calendar", permissions=["write"])
    def week(self, request: HttpRequest) -> HttpResponse:
        """Show a week to write, and write it."""
        meal = request.GET.get("repas", MealType.LUNCH.value)
        meal = meal if meal in MealType.values else MealType.LUNCH.value
        monday = monday_of(day_asked(request) or clock.today())
        days = list(days_between(monday, monday + FRIDAY))
        standing = _standing(days, meal)
        form = WeekForm(days, meal, standing, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                written = write_menus(
                    menus=form.menus(), shown=form.shown(), by=cast(User, request.user), at=clock.now()
                )
            except MenuChanged as refusal:
                messages.warning(request, refusal.message)
                now = _standing(days, meal)
                form.show_again(now, refusal.days)
                for day in refusal.days:
                    line = now[day].line if day in now else "plus de menu"
                    messages.info(request, f"{long_day(day).capitalize()}, ce qui est enregistré : {line}.")
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, said(written))
                return redirect(f"{request.path}?jour={monday:%Y-%m-%d}&repas={meal}")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Menus : semaine du {plain_day(monday)}",
            "opts": self.opts,
            "form": form,
            "days": form.by_day(),
            "monday": monday,
            "before": monday - WEEK,
            "after": monday + WEEK,
            "meal": meal,
            "meals": MealType.choices,
            "without_vegetarian": without_vegetarian(monday, monday + FRIDAY),
            "today": clock.today(),
        }
        return TemplateResponse(request, "reservations/admin/kitchen/menu_week.html", context)

    @action(description="Importer un fichier", url_path="importer/", icon="upload_file", permissions=["write"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Read a file, show what it would change, then take it."""
        form, found, preview = MenuFileForm(), None, None
        if request.method == "POST" and request.POST.get("do") == "import":
            found = read_menu_file(request.POST.get("text", "").encode())
            if not found.errors and self._take(request, list(found.menus)):
                return redirect(f"{reverse('admin:reservations_menu_week')}?jour={found.menus[0].day:%Y-%m-%d}")
        elif request.method == "POST":
            form = MenuFileForm(request.POST, request.FILES)
            if form.is_valid():
                found = read_menu_file(form.cleaned_data["file"])
        if found is not None and not found.errors:
            preview = _preview(list(found.menus))
        errors: list[LineError] = list(found.errors) if found else []
        context = {
            **self.admin_site.each_context(request),
            "title": "Importer des menus",
            "opts": self.opts,
            "form": form,
            "errors": errors,
            "preview": preview,
            "heads": HEADS,
        }
        return TemplateResponse(request, "reservations/admin/kitchen/menu_import.html", context)

    def _take(self, request: HttpRequest, menus: list[MenuOfDay]) -> bool:
        try:
            written = write_menus(menus=menus, by=cast(User, request.user), at=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return False
        messages.success(request, said(written))
        return True

    @action(description="Exporter (CSV)", url_path="exporter/", icon="download", permissions=["view"])
    def export(self, request: HttpRequest) -> HttpResponse:
        """Give the menus of the weeks around, or of one week, as a file that can be imported again."""
        if asked := day_asked(request):
            first, last = monday_of(asked), monday_of(asked) + 6 * date.resolution
        else:
            monday = monday_of(clock.today())
            first, last = monday - WEEKS_TAKEN_BEFORE * WEEK, monday + WEEKS_TAKEN_AFTER * WEEK
        menus = [menu for found in menus_between(first, last).values() for menu in found]
        response = HttpResponse(to_csv(HEADS, menu_rows(menus)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="menus-{first:%Y-%m-%d}.csv"'
        return response


def _standing(days: list[date], meal: str) -> dict[date, MenuOfDay]:
    return {day: menus[0] for day, menus in menus_between(days[0], days[-1], meal=meal).items()}


def _preview(menus: list[MenuOfDay]) -> dict[str, Any]:
    """Return what taking menus would do, each with its word, and the text to send back when it is agreed."""
    standing = standing_menus({(menu.day, menu.meal) for menu in menus})
    written = compare(menus, standing)
    words = {
        **dict.fromkeys(written.made, "nouveau"),
        **dict.fromkeys(written.changed, "remplace"),
        **dict.fromkeys(written.same, "inchangé"),
    }
    return {
        "rows": [(menu, words[menu.day, menu.meal], standing.get((menu.day, menu.meal))) for menu in menus],
        "count": written.count,
        "text": to_csv(HEADS, menu_rows(menus)).decode("utf-8-sig"),
    }


def said(written: Written) -> str:
    """Say what became of menus."""
    if not written.count:
        return "Rien n’a changé : ces menus étaient déjà ainsi."
    parts = [
        f"{len(keys)} {word}{'s' if len(keys) > 1 else ''}"
        for keys, word in ((written.made, "créé"), (written.changed, "modifié"), (written.removed, "retiré"))
        if keys
    ]
    return f"Menus enregistrés : {', '.join(parts)}."
