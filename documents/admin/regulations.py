"""Règlements, their versions, and who accepted which, in the agents' back office."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from documents.models import Regulation, RegulationAcceptance, RegulationVersion


class VersionInline(ReadOnlyInline):
    """The versions of a règlement; each opens its own page."""

    model = RegulationVersion
    fields = ("number", "in_force_on", "is_demo")
    show_change_link = True


@admin.register(Regulation)
class RegulationAdmin(PortalAdmin):
    """A règlement intérieur."""

    list_display = ("title", "slug")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}
    inlines = (VersionInline,)

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

    def has_change_permission(self, request: HttpRequest, obj: RegulationVersion | None = None) -> bool:
        """What was accepted stays as it was."""
        return not (obj and obj.is_accepted) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: RegulationVersion | None = None) -> bool:
        """What was accepted is kept."""
        return not (obj and obj.is_accepted) and super().has_delete_permission(request, obj)


@admin.register(RegulationAcceptance)
class RegulationAcceptanceAdmin(ReadOnlyMixin, PortalAdmin):
    """Who accepted which version, and when."""

    list_display = ("accepted_at", "family", "guardian_shown", "version")
    list_filter = ("version__regulation", "version")
    list_select_related = ("family", "guardian", "version__regulation")
    search_fields = ("family__number", "family__name", "guardian__last_name")
    date_hierarchy = "accepted_at"

    @display(description="Responsable", ordering="guardian__last_name")
    def guardian_shown(self, acceptance: RegulationAcceptance) -> str:
        """Return who accepted."""
        return acceptance.guardian.full_name
