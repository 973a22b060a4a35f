"""« Échéances »: what the bank debited, or is to debit, of the payments in instalments."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from billing.exports.instalments import INSTALMENTS
from billing.models import Instalment
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, plain_day

TONES = {"Prélevée": "success", "Prévue": "info", "Non prélevée": "danger"}


class StateFilter(admin.SimpleListFilter):
    """Where an instalment stands."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("prevues", "Prévues"), ("prelevees", "Prélevées"), ("manquees", "Non prélevées")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Instalment]) -> QuerySet[Instalment]:
        """Keep those of the state asked for."""
        if self.value() == "prevues":
            return queryset.filter(payment=None, ended_at=None)
        if self.value() == "prelevees":
            return queryset.filter(payment__isnull=False, ended_at=None)
        return queryset.filter(ended_at__isnull=False) if self.value() == "manquees" else queryset


@admin.register(Instalment)
class InstalmentAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """The schedules that families chose and began: the first instalment of each was debited."""

    export_columns = INSTALMENTS
    export_related = ("attempt__family", "attempt__invoice", "payment")
    list_display = ("due", "family", "invoice", "rank", "sum_shown", "state")
    list_display_links = ("due",)
    list_filter = (StateFilter, "due_on")
    list_select_related = ("attempt__family", "attempt__invoice")
    search_fields = (
        "attempt__order_id",
        "attempt__family__name",
        "attempt__family__number",
        "attempt__invoice__number",
    )
    search_help_text = "Référence, facture ou famille"
    date_hierarchy = "due_on"
    ordering = ("due_on", "attempt", "rank")
    fields = ("attempt", ("rank", "due_on"), "amount", "payment", ("ended_at", "ending"), "told_late_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instalment]:
        """Leave out the schedules that never began: the family gave up, or her card was refused."""
        begun = Instalment.objects.filter(payment__isnull=False).values("attempt")
        return super().get_queryset(request).filter(attempt__in=begun)

    @display(description="Prélevée le", ordering="due_on")
    def due(self, row: Instalment) -> str:
        """Return the day of the debit."""
        return plain_day(row.due_on)

    @display(description="Famille", ordering="attempt__family__name")
    def family(self, row: Instalment) -> str:
        """Return whose it is."""
        return str(row.attempt.family)

    @display(description="Facture", ordering="attempt__invoice__number")
    def invoice(self, row: Instalment) -> str:
        """Return the invoice that it pays."""
        return row.attempt.invoice.number

    @display(description="Montant", ordering="amount")
    def sum_shown(self, row: Instalment) -> str:
        """Return the sum."""
        return euros(row.amount)

    @display(description="État", label=TONES)
    def state(self, row: Instalment) -> str:
        """Say where it stands."""
        return row.label
