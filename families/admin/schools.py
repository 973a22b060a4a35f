"""The schools."""

from django.contrib import admin
from django.http import HttpRequest

from castres_portal.base.admin import PortalAdmin
from families.models import School


@admin.register(School)
class SchoolAdmin(PortalAdmin):
    """The town's schools."""

    list_display = ("name", "kind", "street", "phone", "has_canteen")
    list_filter = ("kind", "has_canteen")
    search_fields = ("name", "uai")
    search_help_text = "Nom ou UAI de l’école"

    def has_delete_permission(self, request: HttpRequest, obj: School | None = None) -> bool:
        """Children and sites stand on it."""
        return False
