"""Règlements, their versions, and who accepted which, in the agents' back office."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from documents.models import Regulation, RegulationAcceptance, RegulationVersion
from documents.queries.regulations import awaited_households, versions_in_force
from families.models import Family


class VersionInline(ReadOnlyInline):
    """The versions of a règlement; each opens its own page."""

    model = RegulationVersion
    fields = ("open_it", "in_force_on", "is_demo")
    readonly_fields = ("open_it",)
    hide_title = True

    @display(description="Version")
    def open_it(self, version: RegulationVersion) -> SafeString:
        """Lead to the text, and to who accepted it."""
        page = reverse("admin:documents_regulationversion_change", args=[version.pk])
        return format_html('<a class="underline" href="{}">Version {}</a>', page, version.number)


@admin.register(Regulation)
class RegulationAdmin(PortalAdmin):
    """A règlement intérieur."""

    list_display = ("title", "slug")
    search_fields = ("title",)
    search_help_text = "Titre"
    prepopulated_fields = {"slug": ("title",)}
    inlines = (VersionInline,)
    actions_detail = ("new_version",)

    def has_write_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent writes versions."""
        return request.user.has_perm("documents.add_regulationversion")

    @action(description="Nouvelle version", icon="post_add", permissions=["write"], url_path="nouvelle-version")
    def new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page that writes a version of this règlement."""
        return redirect(f"{reverse('admin:documents_regulationversion_add')}?regulation={int(object_id)}")

    def has_delete_permission(self, request: HttpRequest, obj: Regulation | None = None) -> bool:
        """Activities and acceptances stand on it."""
        return False


@admin.register(RegulationVersion)
class RegulationVersionAdmin(PortalAdmin):
    """One text; as soon as a family has accepted it, it is only read."""

    list_display = ("regulation", "number", "in_force_on", "is_demo")
    list_filter = ("regulation",)
    list_select_related = ("regulation",)
    date_hierarchy = "in_force_on"
    fields = (("regulation", "number"), ("in_force_on", "is_demo"), "body")
    actions_detail = ("acceptances", "awaited")

    def get_fields(self, request: HttpRequest, obj: RegulationVersion | None = None) -> Any:
        """A text that is only read keeps its paragraphs."""
        read_only = obj is not None and not self.has_change_permission(request, obj)
        return (*self.fields[:-1], "text") if read_only else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: RegulationVersion | None = None) -> Any:
        """The text as paragraphs is made, not typed."""
        return (*super().get_readonly_fields(request, obj), "text")

    @display(description="Texte")
    def text(self, version: RegulationVersion) -> str:
        """Return the text: a made field keeps the ends of its lines, a typed one does not."""
        return version.body

    def has_change_permission(self, request: HttpRequest, obj: RegulationVersion | None = None) -> bool:
        """What was accepted stays as it was."""
        return not (obj and obj.is_accepted) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RegulationVersion | None = None) -> bool:
        """What was accepted is kept."""
        return not (obj and obj.is_accepted) and super().has_delete_permission(request, obj)

    def has_see_awaited_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent may see which households have not accepted."""
        return request.user.has_perm("documents.view_regulationacceptance")

    @action(description="Qui l’a accepté", icon="done_all", permissions=["see_awaited"], url_path="acceptations")
    def acceptances(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to who accepted this version, and when."""
        page = reverse("admin:documents_regulationacceptance_changelist")
        return redirect(f"{page}?version__id__exact={int(object_id)}")

    @action(
        description="Qui doit encore l’accepter",
        icon="pending_actions",
        permissions=["see_awaited"],
        url_path="attendus",
    )
    def awaited(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """List the households concerned where nobody has accepted this version."""
        version = get_object_or_404(
            RegulationVersion.objects.select_related("regulation").defer("body"), pk=int(object_id)
        )
        in_force = version in versions_in_force(clock.today())
        rows = awaited_households(version, clock.today()) if in_force else Family.objects.none()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{version} : acceptations attendues",
            "in_force": in_force,
            "page_obj": Paginator(rows, 50).get_page(request.GET.get("page")),
        }
        return render(request, "documents/admin/awaited.html", context)


@admin.register(RegulationAcceptance)
class RegulationAcceptanceAdmin(ReadOnlyMixin, PortalAdmin):
    """Who accepted which version, and when."""

    list_display = ("accepted_at", "family", "guardian_shown", "version")
    list_filter = ("version__regulation", "version")
    list_select_related = ("family", "guardian", "version__regulation")
    search_fields = ("family__number", "family__name", "guardian__last_name")
    search_help_text = "Famille ou responsable"
    date_hierarchy = "accepted_at"

    @display(description="Responsable", ordering="guardian__last_name")
    def guardian_shown(self, acceptance: RegulationAcceptance) -> str:
        """Return who accepted."""
        return acceptance.guardian.full_name
