"""Children’s health sheets in the agents’ back office: never in a list, opened one by one by a click that leaves a trace."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.french import of_name
from families.models import Child, HealthErasure, HealthRecord, Reading
from families.services.health import open_sheet

MAY_READ = "families.view_healthrecord"


class ChangedFilter(admin.SimpleListFilter):
    """Sheets that changed of late."""

    title = "modification"
    parameter_name = "modifiee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the delays."""
        return [("7", "Depuis 7 jours"), ("30", "Depuis 30 jours")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HealthRecord]) -> QuerySet[HealthRecord]:
        """Keep the sheets changed within the delay chosen."""
        if self.value() not in ("7", "30"):
            return queryset
        return queryset.filter(changed_at__gte=clock.now() - timedelta(days=int(self.value() or 0)))


@admin.register(HealthRecord)
class HealthRecordAdmin(ReadOnlyMixin, PortalAdmin):
    """Whose sheet changed, when and by whom; what it says is behind a click."""

    list_display = ("child_shown", "school_shown", "changed_at", "changed_by", "confirmed_at")
    list_display_links = ("child_shown",)
    list_filter = (ChangedFilter, "child__school")
    list_select_related = ("child__school", "changed_by")
    search_fields = ("child__last_name", "child__first_name", "child__families__number")
    search_help_text = "Enfant ou numéro de dossier"
    ordering = ("-changed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[HealthRecord]:
        """Leave what is encrypted in the database."""
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that opens a child's sheet."""
        mine = path("enfant/<int:child>/", self.admin_site.admin_view(self.sheet), name="families_healthrecord_sheet")
        return [mine, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the page that leaves a trace: the admin's own form would show the sheet without one."""
        if not request.user.has_perm(MAY_READ):
            raise PermissionDenied
        record = get_object_or_404(
            HealthRecord.objects.defer("content"), pk=int(object_id) if object_id.isdigit() else 0
        )
        return redirect("admin:families_healthrecord_sheet", record.child_id)

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is none here: the sheet holds its own."""
        return self.change_view(request, object_id)

    @staticmethod
    def sheet(request: HttpRequest, child: int) -> HttpResponse:
        """Ask before opening; on POST, leave the trace and show the sheet."""
        return open_child_sheet(request, child)

    @display(description="Enfant", ordering="child__last_name")
    def child_shown(self, record: HealthRecord) -> str:
        """Return the child's name."""
        return record.child.full_name

    @display(description="École", ordering="child__school__name")
    def school_shown(self, record: HealthRecord) -> str:
        """Return the child's school."""
        return str(record.child.school or "–")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_child_sheet(request: HttpRequest, child: int) -> HttpResponse:
    """Show a child's sheet to an agent who asked for it by a click; a link that is followed or fetched shows nothing."""
    if not request.user.has_perm(MAY_READ):
        raise PermissionDenied
    found = get_object_or_404(Child.objects.select_related("school"), pk=child)
    context = {
        **admin.site.each_context(request),
        "title": f"Fiche sanitaire {of_name(found.full_name)}",
        "child": found,
    }
    if request.method != "POST":
        return render(request, "families/admin/health_closed.html", context)
    opened = open_sheet(child=found, by=request.user, at=clock.now())
    return render(request, "families/admin/health_open.html", {**context, "opened": opened, "sheet": opened.sheet})


@admin.register(Reading)
class ReadingAdmin(ReadOnlyMixin, PortalAdmin):
    """Who opened what: the same journal as the families read, with the agents' names."""

    list_display = ("at", "agent", "subject", "child", "family")
    list_select_related = ("reader", "child", "family")
    search_fields = ("child__last_name", "child__first_name", "family__number", "reader__last_name", "reader__email")
    search_help_text = "Enfant, numéro de dossier ou agent"
    date_hierarchy = "at"
    fields = ("at", "agent", "reader_shown", "subject", "child", "family")
    readonly_fields = ("agent",)
    agent = person_shown("reader", "Agent")


@admin.register(HealthErasure)
class HealthErasureAdmin(ReadOnlyMixin, PortalAdmin):
    """The nights that erased sheets."""

    list_display = ("school_year", "erased_at", "count")
    fields = list_display
