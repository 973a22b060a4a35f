"""How full the sites are: the grid, one day, and the page on which an agent gives days other places."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from accounts.models import User
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import long_day, month_name, plain_day
from reservations.exports import filling as exports
from reservations.forms.asked import asked_in
from reservations.forms.places import FillingForm, PlacesForm
from reservations.models import Activity, ActivitySite, PlacesChange, SiteDay
from reservations.queries.filling import Filling, filling, sites_of
from reservations.queries.filling_day import Outlook, booked_on, filling_day, outlook
from reservations.rules.filling import MARKS, STATE_WORDS, State
from reservations.services.places import Beyond, change_places

CHANGE = "reservations.change_siteday"
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ASKED = ("activity", "site", "starts_on", "ends_on", "weekdays", "deed", "number", "reason")
SHOWN_DAYS = 200
LEGEND = [(state.value, MARKS[state], STATE_WORDS[state]) for state in State if state != State.OFF]


@admin.register(SiteDay)
class SiteDayAdmin(ReadOnlyMixin, PortalAdmin):
    """The days of the sites whose places are counted; what they are is changed on the page of the places, with a reason."""

    list_display = ("day", "site", "places_shown", "day_link")
    list_display_links = None
    list_filter = ("site__activity",)
    list_select_related = ("site__school", "site__venue", "site__activity")
    search_fields = ("site__school__name", "site__venue__name")
    search_help_text = "École ou lieu d’accueil"
    date_hierarchy = "day"
    actions_list = ("filling", "places_page")

    @display(description="Places ce jour-là", ordering="places")
    def places_shown(self, row: SiteDay) -> str:
        """Return the places of its own, or that it has those of its site."""
        return "celles du lieu" if row.places is None else str(row.places)

    @display(description="Remplissage")
    def day_link(self, row: SiteDay) -> Any:
        """Lead to the page of the day."""
        return format_html('<a class="underline" href="{}">Ouvrir</a>', day_url(row.site_id, row.day))

    def has_places_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent changes places."""
        return bool(request.user.has_perm(CHANGE))

    def get_urls(self) -> list[URLPattern]:
        """Give a day a page."""
        view = self.admin_site.admin_view(self.one_day)
        return [path("jour/<int:site>/<str:day>/", view, name="reservations_siteday_day"), *super().get_urls()]

    @action(description="Remplissage", url_path="remplissage/", icon="grid_view", permissions=["view"])
    def filling(self, request: HttpRequest) -> HttpResponse:
        """Show how full the sites are over a month or a period, or give it as a file."""
        at = clock.now()
        asked = request.GET or QueryDict(f"activite={_first_activity()}")
        form = FillingForm(asked)
        activity, site, first, last = form.read(today=at.date())
        sites = sites_of(activity.pk if activity else None, site.pk if site else None)
        page = filling(sites, first, last, at=at, today=at.date())
        if answer := _file(request, page, at):
            return answer
        of_period = bool(form.cleaned_data.get("periode"))
        context = {
            **self.admin_site.each_context(request),
            "title": _title(page, of_period),
            "opts": self.opts,
            "form": form,
            "page": page,
            "chosen": {
                "activite": activity.pk if activity else "",
                "lieu": site.pk if site else "",
                "mois": f"{first:%Y-%m}",
                "periode": form.cleaned_data["periode"].pk if of_period else "",
            },
            "before": None if of_period else (first - timedelta(days=1)),
            "after": None if of_period else (last + timedelta(days=1)),
            "legend": LEGEND,
            "day_prefix": reverse("admin:reservations_siteday_changelist") + "jour/",
            "may_change": self.has_places_permission(request),
            "may_close": request.user.has_perm("reservations.add_closure"),
            "may_wait": request.user.has_perm("reservations.view_waitingentry"),
        }
        return TemplateResponse(request, "reservations/admin/filling/grid.html", context)

    def one_day(self, request: HttpRequest, site: int, day: str) -> HttpResponse:
        """Show a day of a site: places, who is booked for those with the right, where there is room, what was changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        where = get_object_or_404(ActivitySite.objects.select_related("activity", "school", "venue"), pk=site)
        when = _day(day)
        page = filling_day(where, when, at=clock.now())
        sees_children = request.user.has_perms(["reservations.view_booking", "families.view_child"])
        context = {
            **self.admin_site.each_context(request),
            "title": f"Remplissage du {long_day(when)}",
            "subtitle": str(where),
            "opts": self.opts,
            "site": where,
            "day": when,
            "page": page,
            "state_words": STATE_WORDS,
            "sees_children": sees_children,
            "bookings": booked_on(where, when) if sees_children else [],
            "sees_changes": request.user.has_perm("reservations.view_placeschange"),
            "may_move": page.may_go_elsewhere and request.user.has_perm("reservations.change_enrolment"),
            "may_wait": request.user.has_perm("reservations.view_waitingentry"),
            "may_change": self.has_places_permission(request) and when >= clock.today(),
            "may_close": request.user.has_perm("reservations.add_closure"),
            "before": when - timedelta(days=1),
            "after": when + timedelta(days=1),
        }
        return TemplateResponse(request, "reservations/admin/filling/day.html", context)

    @action(description="Changer des places", url_path="places/", icon="tune", permissions=["places"])
    def places_page(self, request: HttpRequest) -> HttpResponse:
        """Say which days have other places and why, see what it does to each, then do it."""
        if not self.has_places_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        form = PlacesForm(request.POST) if posted else PlacesForm(initial=asked_in(request.GET, *ASKED))
        seen: Outlook | None = None
        if posted and form.is_valid():
            if request.POST.get("etape") == "valider":
                try:
                    return self._change(request, form)
                except Refusal as refusal:
                    form.add_error(None, refusal.message)
                    seen = _seen(form) if isinstance(refusal, Beyond) else None
            elif request.POST.get("etape") == "relire":
                seen = _seen(form)
        context = {
            **self.admin_site.each_context(request),
            "title": "Changer des places",
            "opts": self.opts,
            "form": form,
            "seen": seen,
            # What was read is what is done, whatever is typed meanwhile in the form beneath.
            "read": _hidden(request.POST, seen) if seen else [],
            "shown": (seen.changing + seen.skipped)[:SHOWN_DAYS] if seen else [],
            "more": max(0, len(seen.days) - SHOWN_DAYS) if seen else 0,
        }
        return TemplateResponse(request, "reservations/admin/filling/places.html", context)

    def _change(self, request: HttpRequest, form: PlacesForm) -> HttpResponse:
        """Change the places. Raises Refusal."""
        data = form.cleaned_data
        made = change_places(
            **form.span,
            wish=form.wish,
            reason=data["reason"],
            excess_read=data["excess_read"] or 0,
            submission=data["submission"],
            by=cast(User, request.user),
            at=clock.now(),
        )
        messages.success(request, _said(made))
        if len(made) == 1:
            return redirect(day_url(made[0].site_id, made[0].day))
        first = min(change.day for change in made)
        where = reverse("admin:reservations_siteday_filling")
        return redirect(f"{where}?activite={data['activity'].pk}&mois={first:%Y-%m}")


@admin.register(PlacesChange)
class PlacesChangeAdmin(ReadOnlyMixin, PortalAdmin):
    """Every change of places: when, by whom, why."""

    list_display = ("at", "site", "day", "change_shown", "held", "reason", "by_shown")
    list_display_links = None
    list_filter = ("site__activity", "to_usual")
    list_select_related = ("site__school", "site__venue", "site__activity", "by")
    search_fields = ("site__school__name", "site__venue__name", "reason")
    search_help_text = "Lieu ou motif"
    date_hierarchy = "day"
    by_shown = person_shown("by", "Par")

    @display(description="Places")
    def change_shown(self, row: PlacesChange) -> str:
        """Return both numbers."""
        return f"{row.before} → {row.after}{' (habituelles)' if row.to_usual else ''}"


def day_url(site: int, day: date) -> str:
    """Return the address of a day of a site (id)."""
    return reverse("admin:reservations_siteday_day", args=[site, day.isoformat()])


def _first_activity() -> int | str:
    """Return the activity (id) that an agent looks at first: a centre of the school year that counts its places; nothing for
    all of them."""
    rows = ActivitySite.objects.filter(activity__is_open=True, activity__season=Activity.Season.SCHOOL)
    counted = rows.filter(places__isnull=False).order_by("activity__position").values_list("activity_id", flat=True)
    return counted.exclude(venue=None).first() or counted.first() or ""


def _seen(form: PlacesForm) -> Outlook:
    return outlook(**form.span, wish=form.wish, at=clock.now())


def _hidden(posted: QueryDict, seen: Outlook) -> list[tuple[str, str]]:
    """Return the fields that the button to validate sends: those of the preview, and how many children beyond were read."""
    names = [*ASKED, "submission"]
    found = [(name, value) for name in names for value in posted.getlist(name)]
    return [*found, ("excess_read", str(seen.excess))]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not 2000 <= day.year < 2100:
        raise Http404
    return day


def _title(page: Filling, of_period: bool) -> str:
    if of_period:
        return f"Remplissage du {plain_day(page.first)} au {plain_day(page.last)}"
    return f"Remplissage\u00a0: {month_name(page.first)}"


def _said(made: list[PlacesChange]) -> str:
    """« Places changées : 3 jours. 2 enfants de plus que de places : leurs réservations restent. »."""
    several = "s" if len(made) > 1 else ""
    words = f"Places changées\u00a0: {len(made)} jour{several}."
    excess = sum(max(0, change.held - change.after) for change in made)
    if excess:
        words += f" Enfants de plus que de places\u00a0: {excess}\u00a0; leurs réservations restent."
    if any(change.after > max(change.before, change.held) for change in made):
        words += " Les places libres sont proposées à qui attend, dans l’ordre."
    return words


def _file(request: HttpRequest, page: Filling, at: datetime) -> HttpResponse | None:
    """Return the page as the file asked for (``fichier=csv``), None when none is."""
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: exports.filling_csv(page),
        "xlsx": lambda: exports.filling_workbook(page, at=at),
    }
    kind = request.GET.get("fichier", "")
    if kind not in writers:
        return None
    response = HttpResponse(writers[kind](), content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="remplissage-{page.first:%Y-%m-%d}.{kind}"'
    return response
