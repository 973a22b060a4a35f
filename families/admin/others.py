"""Schools, and the requests of the households."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from families import request_kinds
from families.models import FamilyRequest, School


@admin.register(School)
class SchoolAdmin(PortalAdmin):
    """The town's schools."""

    list_display = ("name", "kind", "street", "phone", "has_canteen")
    list_filter = ("kind", "has_canteen")
    search_fields = ("name", "uai")

    def has_delete_permission(self, request: HttpRequest, obj: School | None = None) -> bool:
        """Children and sites stand on it."""
        return False


@admin.register(FamilyRequest)
class FamilyRequestAdmin(ReadOnlyMixin, PortalAdmin):
    """What families asked, and where it stands: to be read."""

    list_display = ("number", "kind_shown", "summary", "family", "state", "received_at")
    list_filter = ("status", "received_at")
    list_select_related = ("family", "guardian", "entered_by")
    search_fields = ("number", "family__number", "family__name", "summary")
    fields = (
        ("number", "kind_shown"),
        "summary",
        ("family", "guardian", "entered_by"),
        ("state", "received_at", "decided_at"),
        "service",
    )
    readonly_fields = ("kind_shown", "state")

    @display(description="Démarche", ordering="kind")
    def kind_shown(self, request: FamilyRequest) -> str:
        """Return the name of the kind."""
        return request_kinds.kind_of(request).label

    @display(
        description="État",
        ordering="status",
        label={"Reçue": "info", "Traitée": "success", "Traitée en partie": "warning", "Refusée": "danger"},
    )
    def state(self, request: FamilyRequest) -> str:
        """Return the state."""
        return request.get_status_display()
