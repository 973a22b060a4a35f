"""What an agent must look at, until she says that it is settled."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.decorators import action, display

from billing.exports import lists
from billing.models import Anomaly
from billing.services.anomalies import settle_anomalies
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.exports.admin import ExportMixin


class SettledFilter(admin.SimpleListFilter):
    """What is still open, unless asked otherwise."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what may be asked besides the open ones."""
        return [("reglees", "Réglées"), ("toutes", "Toutes")]

    def choices(self, changelist: Any) -> Any:
        """Call the default choice by its name."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] if choice["query_string"] != "?" else "À régler"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Anomaly]) -> QuerySet[Anomaly]:
        """Keep the anomalies of the state asked for."""
        if self.value() == "toutes":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "reglees")


@admin.register(Anomaly)
class AnomalyAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Invoices held back, money that came unexpectedly: named, explained, settled by somebody."""

    export_columns = lists.ANOMALIES
    list_display = ("kind_shown", "message", "family", "invoice", "noticed_at", "state")
    list_filter = (SettledFilter, "kind", "noticed_at")
    list_select_related = ("family", "invoice", "run", "settled_by")
    search_fields = ("message", "family__name", "family__number", "invoice__number")
    search_help_text = "Famille, facture ou mots de l’anomalie"
    actions = ("settle",)
    actions_detail = ("settle_this",)
    fields = (
        "kind",
        "message",
        ("family", "invoice"),
        "run",
        ("attempt", "payzen_message"),
        "noticed_at",
        ("settled_at", "settled_by"),
    )

    @display(description="Nature", ordering="kind")
    def kind_shown(self, anomaly: Anomaly) -> str:
        """Return its name."""
        return Anomaly.Kind(anomaly.kind).label

    @display(description="État", label={"À régler": "warning", "Réglée": "success"}, ordering="settled_at")
    def state(self, anomaly: Anomaly) -> str:
        """Say whether somebody settled it."""
        return "Réglée" if anomaly.settled_at else "À régler"

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie settles; the other agents read."""
        return request.user.has_perm("billing.change_anomaly")

    @admin.action(description="Marquer réglées", permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Anomaly]) -> None:
        """Settle those that were ticked."""
        count = settle_anomalies(list(queryset.values_list("pk", flat=True)), by=request.user, at=clock.now())
        messages.success(request, f"Anomalies marquées réglées : {count}.")

    @action(description="Marquer réglée", permissions=["settle"], url_path="regler", icon="check")
    def settle_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Settle this one, once confirmed."""
        anomaly = get_object_or_404(Anomaly, pk=object_id)
        if request.method == "POST":
            settle_anomalies([anomaly.pk], by=request.user, at=clock.now())
            messages.success(request, "Anomalie marquée réglée.")
            return redirect("admin:billing_anomaly_change", object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": "Marquer réglée",
            "opts": self.opts,
            "text": f"{anomaly.get_kind_display()} : {anomaly.message}",
            "button": "Marquer réglée",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
