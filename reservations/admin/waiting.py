"""The waiting lists in the back office: every entry, the days on which somebody waits, one day's list."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import long_day, moment
from reservations.exports import lists
from reservations.models import ActivitySite, WaitingEntry, WaitingMove
from reservations.queries.waiting_desk import day_list, waiting_days
from reservations.services import waiting

Status = WaitingEntry.Status
COLOURS = {
    Status.WAITING.label: "info",
    Status.OFFERED.label: "warning",
    Status.TAKEN.label: "success",
    Status.DECLINED.label: "danger",
}


class MoveInline(ReadOnlyInline):
    """Why an entry went up."""

    model = WaitingMove
    fields = ("at", "from_rank", "to_rank", "reason", "by_shown")
    readonly_fields = ("by_shown",)
    by_shown = person_shown("by", "Par")


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Who waits, waited, was offered a place. What can be done is on the page of the day."""

    export_columns = lists.WAITING
    list_display = ("day", "child", "activity", "place", "family", "state", "since", "day_link")
    list_filter = ("status", "activity", "site__school")
    list_select_related = ("child", "family", "activity", "site__school", "site__venue")
    search_fields = ("child__last_name", "child__first_name", "family__number", "family__name", "request__number")
    search_help_text = "Enfant, famille ou numéro de demande"
    date_hierarchy = "day"
    ordering = ("-day", "site", "position", "joined_at")
    fields = (
        ("day", "state"),
        ("child", "family"),
        ("activity", "site"),
        ("formula", "request"),
        ("since", "blocked_by"),
        ("offered_at", "offered_until"),
        ("ended_at", "ended_by_shown"),
        ("end_reason", "booking"),
        "day_link",
    )
    readonly_fields = ("state", "since", "ended_by_shown", "day_link")
    ended_by_shown = person_shown("ended_by", "Terminée par")
    inlines = (MoveInline,)
    actions_list = ("days",)

    @display(description="Lieu", ordering="site")
    def place(self, entry: WaitingEntry) -> str:
        """Return where."""
        return entry.site.place_name

    @display(description="État", ordering="status", label=COLOURS)
    def state(self, entry: WaitingEntry) -> str:
        """Return the state."""
        return entry.get_status_display()

    @display(description="Depuis le", ordering="joined_at")
    def since(self, entry: WaitingEntry) -> str:
        """Return when it joined."""
        return moment(entry.joined_at)

    @display(description="Liste du jour")
    def day_link(self, entry: WaitingEntry) -> SafeString:
        """Lead to the list of its day."""
        return format_html('<a class="underline" href="{}">Ouvrir</a>', _day_url(entry.site_id, entry.day))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent moves and withdraws families."""
        return bool(request.user.has_perm("reservations.change_waitingentry"))

    # --- The days -----------------------------------------------------------------------------------------------------

    @action(description="Jours où une famille attend", url_path="jours/", icon="hourglass_top", permissions=["view"])
    def days(self, request: HttpRequest) -> HttpResponse:
        """Show the days on which somebody waits, with their places."""
        found = waiting_days(at=clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": "Listes d’attente, jour par jour",
            "opts": self.opts,
            "days": [(row, _day_url(row.site.pk, row.day)) for row in found],
        }
        return TemplateResponse(request, "reservations/admin/waiting_days.html", context)

    def get_urls(self) -> list[URLPattern]:
        """Give the list of a day a page."""
        view = self.admin_site.admin_view(self.one_day)
        return [path("jour/<int:site>/<str:day>/", view, name="reservations_waitingentry_day"), *super().get_urls()]

    def one_day(self, request: HttpRequest, site: int, day: str) -> HttpResponse:
        """Show the list of a site and day; on POST move a family up, withdraw it, or offer the free places now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        related = ("activity", "school", "venue")
        where = get_object_or_404(ActivitySite.objects.select_related(*related), pk=site)
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise Http404 from None
        typed: dict[str, str] = {}
        if request.method == "POST":
            if not self.has_manage_permission(request):
                raise PermissionDenied
            try:
                messages.success(request, _do(request, where, when))
            except Refusal as refusal:
                messages.error(request, refusal.message)
                typed = {name: request.POST.get(name, "") for name in ("entry", "do", "rank", "reason")}
            else:
                return redirect(_day_url(where.pk, when))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Liste d’attente du {long_day(when)}",
            "subtitle": str(where),
            "opts": self.opts,
            "list": day_list(where, when, at=clock.now()),
            "now": clock.now(),
            "may_manage": self.has_manage_permission(request),
            "typed": typed,
        }
        return TemplateResponse(request, "reservations/admin/waiting_day.html", context)


def _day_url(site: int, day: date) -> str:
    return reverse("admin:reservations_waitingentry_day", args=[site, day.isoformat()])


def _do(request: HttpRequest, site: ActivitySite, day: date) -> str:
    """Do what an agent asked of a day's list, and say it. Raises Refusal; 404 for an entry of another day."""
    at, deed, by = clock.now(), request.POST.get("do", ""), request.user
    if deed == "offer":
        made = waiting.offer_day(site.pk, day, at=at)
        if not made:
            raise Refusal(
                "Aucune place n’a pu être proposée : il n’y en a pas de libre, ou aucun enfant ne peut venir."
            )
        return f"Places proposées : {made}. Les familles sont prévenues par courriel."
    number = request.POST.get("entry", "")
    entries = WaitingEntry.objects.filter(site=site, day=day)
    entry = get_object_or_404(entries, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    reason = request.POST.get("reason", "")
    if deed == "withdraw":
        waiting.withdraw_entry(entry=entry.pk, reason=reason, by=by, at=at)  # type: ignore[arg-type]
        return "La famille est retirée de la liste et en est prévenue par courriel."
    if deed == "move":
        wanted = request.POST.get("rank", "")
        rank = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
        move: Any = waiting.move_up(entry=entry.pk, rank=rank, reason=reason, by=by, at=at)  # type: ignore[arg-type]
        return f"La famille passe du rang {move.from_rank} au rang {move.to_rank}. Le motif est conservé."
    raise Http404
