"""Monthly billing in the back office: start it, watch it go, see what it held back."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from billing.models import BillingRun
from billing.queries.runs import progress_of
from billing.rules.periods import parse_month, previous_month
from billing.services import runs
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, month_name, of_month

MONTHS_OFFERED = 12
REFRESH_SECONDS = 2
EXPLANATION = (
    "Chaque foyer qui a des réservations ce mois-là et pas encore de facture en reçoit une. Une facture émise ne change plus. "
    "Relancer le même mois ne facture que ce qui manque."
)


def months_to_bill(today: date) -> list[tuple[str, str]]:
    """Return the months that are over, the latest first, as choices."""
    months = [previous_month(today)]
    while len(months) < MONTHS_OFFERED:
        months.append(previous_month(months[-1]))
    return [(f"{month:%Y-%m}", month_name(month).capitalize()) for month in months]


class MonthForm(forms.Form):
    """Which month to invoice."""

    month = forms.ChoiceField(label="Mois à facturer", choices=[], widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = months_to_bill(clock.today())  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """Read the month chosen."""
        return parse_month(self.cleaned_data["month"])


@admin.register(BillingRun)
class BillingRunAdmin(ReadOnlyMixin, PortalAdmin):
    """Each passage over the households of a month."""

    list_display = ("month_shown", "started_at", "started_by", "households", "issued", "amount", "state")
    list_select_related = ("started_by",)
    list_filter = ("month",)
    actions_list = ("bill_a_month",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BillingRun]:
        """Bring the sums of the chunks."""
        sums = {"issued_sum": Sum("chunks__invoices"), "amount_sum": Sum("chunks__amount")}
        return super().get_queryset(request).annotate(**sums)

    @display(description="Mois", ordering="month")
    def month_shown(self, run: BillingRun) -> str:
        """Return the month in words."""
        return month_name(run.month).capitalize()

    @display(description="Factures")
    def issued(self, run: BillingRun) -> int:
        """Return the number of invoices issued."""
        return getattr(run, "issued_sum", None) or 0

    @display(description="Montant")
    def amount(self, run: BillingRun) -> str:
        """Return what they come to."""
        return euros(getattr(run, "amount_sum", None) or Decimal(0))

    @display(description="État", label={"Terminée": "success", "En cours": "info"}, ordering="finished_at")
    def state(self, run: BillingRun) -> str:
        """Say whether it is finished."""
        return "Terminée" if run.finished_at else "En cours"

    # A method: unfold's own check of a named permission would ask the database while pages are being described.
    def has_bill_permission(self, request: HttpRequest) -> bool:
        """The régie invoices; the other agents read."""
        return request.user.has_perm("billing.add_billingrun")

    @action(
        description="Facturer un mois",
        icon="play_circle",
        permissions=["bill"],
        url_path="facturer",
        variant=ActionVariant.PRIMARY,
    )
    def bill_a_month(self, request: HttpRequest) -> HttpResponse:
        """Ask which month, start its run, and lead to its page."""
        form = MonthForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                run = runs.start_run(month=form.cleaned_data["month"], by=request.user, at=clock.now())
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                return redirect("admin:billing_billingrun_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Facturer un mois",
            "opts": self.opts,
            "text": EXPLANATION,
            "form": form,
            "button": "Facturer ce mois",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how far a run has gone; the page looks again by itself until it is finished."""
        run = get_object_or_404(BillingRun.objects.select_related("started_by"), pk=object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        progress = progress_of(run)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Facturation {of_month(run.month)}",
            "opts": self.opts,
            "run": run,
            "progress": progress,
            "anomalies": run.anomalies.select_related("family")[:100],
            "refresh_seconds": None if progress.finished and not progress.papers_waiting else REFRESH_SECONDS,
        }
        return TemplateResponse(request, "billing/admin/run.html", context)
