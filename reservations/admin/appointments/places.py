"""Where families are received."""

from django.contrib import admin
from django.http import HttpRequest

from castres_portal.base.admin import PortalAdmin
from reservations.models import AppointmentPlace


@admin.register(AppointmentPlace)
class AppointmentPlaceAdmin(PortalAdmin):
    """A place, as mails and calendars name it."""

    list_display = ("name", "street", "phone", "is_demo")
    search_fields = ("name",)
    search_help_text = "Nom du lieu"
    fields = ("name", "street", ("postcode", "city"), "phone", "directions", "is_demo")

    def has_delete_permission(self, request: HttpRequest, obj: AppointmentPlace | None = None) -> bool:
        """A place that has slots stays."""
        return (obj is None or not obj.slots.exists()) and super().has_delete_permission(request, obj)
