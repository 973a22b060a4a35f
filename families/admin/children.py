"""A child's page in the back office: who she is, where she lives, the days exchanged."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from unfold.admin import TabularInline
from unfold.decorators import action, display

from castres_portal.base.admin import PortalAdmin
from families.admin.forms import CustodyFormSet, StayForm, SwapFormSet
from families.models import Child, Custody, CustodyException


class StayInline(TabularInline):
    """Where a child lives, household by household."""

    model = Custody
    form = StayForm
    formset = CustodyFormSet
    extra = 0
    autocomplete_fields = ("family",)
    fields = ("family", "rhythm", "first_monday", "starts_on", "ends_on")
    verbose_name_plural = "résidences"


class SwapInline(TabularInline):
    """Days that the households exchanged."""

    model = CustodyException
    formset = SwapFormSet
    extra = 0
    autocomplete_fields = ("family",)
    fields = ("family", "starts_on", "ends_on", "reason")


@admin.register(Child)
class ChildAdmin(PortalAdmin):
    """A child, whatever the household."""

    actions_detail = ("health",)

    list_display = ("name_shown", "birth_date", "school", "level", "homes")
    list_filter = ("level", "school")
    list_select_related = ("school",)
    search_fields = ("last_name", "first_name", "families__number", "families__name")
    search_help_text = "Nom ou prénom de l’enfant, numéro ou nom du foyer"
    autocomplete_fields = ("school",)
    inlines = (StayInline, SwapInline)
    fieldsets = ((None, {"fields": (("first_name", "last_name"), ("birth_date", "level"), ("school", "class_name"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Child]:
        """Bring the households."""
        return super().get_queryset(request).prefetch_related("families")

    def has_delete_permission(self, request: HttpRequest, obj: Child | None = None) -> bool:
        """A child's bookings and invoices stay."""
        return False

    @display(description="Enfant", ordering="last_name")
    def name_shown(self, child: Child) -> str:
        """Return the child's name."""
        return child.full_name

    @display(description="Foyers")
    def homes(self, child: Child) -> str:
        """Return the households."""
        return ", ".join(str(family) for family in child.families.all()) or "–"

    def has_read_health_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent may open a child's health sheet."""
        return request.user.has_perm("families.view_healthrecord")

    @action(description="Fiche sanitaire", icon="medical_information", permissions=["read_health"], url_path="sante")
    def health(self, request: HttpRequest, object_id: str) -> Any:
        """Lead to the page that opens the sheet and leaves a trace."""
        return redirect("admin:families_healthrecord_sheet", int(object_id))
