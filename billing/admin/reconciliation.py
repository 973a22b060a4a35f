"""« Contrôle des comptes »: what the last check found, what an agent explained, and PayZen's file beside the ledger."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from billing.models import Discrepancy, ReconciliationRun
from billing.services.reconciliation import explain_discrepancy
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment, month_name

SHOWN = 200
STATES = {"Tout concorde": "success", "Écarts": "danger", "Interrompu": "warning"}


class ExplanationForm(forms.Form):
    """Why a discrepancy is as it is."""

    words = forms.CharField(label="Explication", max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


@admin.register(ReconciliationRun)
class ReconciliationAdmin(ReadOnlyMixin, PortalAdmin):
    """Each check, and the page of one."""

    list_display = ("when", "month_shown", "invoices", "payments", "messages", "found", "new", "state")
    list_filter = ("started_at",)

    @display(description="Contrôle du", ordering="started_at")
    def when(self, run: ReconciliationRun) -> str:
        """Return when it began."""
        return moment(run.started_at)

    @display(description="Mois", ordering="month")
    def month_shown(self, run: ReconciliationRun) -> str:
        """Return what it looked at."""
        return month_name(run.month).capitalize() if run.month else "Tous"

    @display(description="Résultat", label=STATES, ordering="found")
    def state(self, run: ReconciliationRun) -> str:
        """Say in a word what it found."""
        if run.finished_at is None:
            return "Interrompu"
        return "Écarts" if run.found else "Tout concorde"

    def get_urls(self) -> list[URLPattern]:
        """Give the last check and each explanation a page."""
        view = self.admin_site.admin_view
        return [
            path("dernier/", view(self.last), name="billing_reconciliationrun_last"),
            path("ecarts/<int:pk>/expliquer/", view(self.explain), name="billing_reconciliationrun_explain"),
            *super().get_urls(),
        ]

    def last(self, request: HttpRequest) -> HttpResponse:
        """Show the last check that came to its end."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, ReconciliationRun.objects.filter(finished_at__isnull=False).first())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one check."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, get_object_or_404(ReconciliationRun, pk=object_id))

    def explain(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write why a discrepancy is as it is."""
        if not request.user.has_perm("billing.change_discrepancy"):
            raise PermissionDenied
        row = get_object_or_404(Discrepancy, pk=pk)
        form = ExplanationForm(request.POST or None, initial={"words": row.explanation})
        if request.method == "POST" and form.is_valid():
            try:
                explain_discrepancy(
                    discrepancy=row.pk, words=form.cleaned_data["words"], by=request.user, at=clock.now()
                )
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "Écart expliqué. Il reste affiché tant que le contrôle le trouve.")
                return redirect("admin:billing_reconciliationrun_last")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Expliquer\u00a0: {row.get_kind_display()}",
            "opts": self.opts,
            "text": f"{row.words} Attendu\u00a0: {row.expected}. Trouvé\u00a0: {row.found}.",
            "form": form,
            "button": "Noter l’explication",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)

    def _page(self, request: HttpRequest, run: ReconciliationRun | None) -> HttpResponse:
        rows = found_by(run) if run else Discrepancy.objects.none()
        explained = rows.filter(explained_at__isnull=False)
        context = {
            **self.admin_site.each_context(request),
            "title": "Contrôle des comptes",
            "opts": self.opts,
            "run": run,
            "open": list(rows.filter(explained_at=None)[:SHOWN]),
            "explained": list(explained[:SHOWN]),
            "shown": SHOWN,
            "may_explain": request.user.has_perm("billing.change_discrepancy"),
        }
        return TemplateResponse(request, "billing/admin/reconciliation.html", context)


def found_by(run: ReconciliationRun) -> QuerySet[Discrepancy]:
    """Return what a check found, with what it is about."""
    rows = Discrepancy.objects.filter(first_run__lte=run.pk, last_run__gte=run.pk)
    if run.month:
        rows = rows.filter(month=run.month)
    return rows.select_related("family", "invoice", "payment", "attempt", "message", "explained_by", "first_run")
