"""Monthly billing in the back office: preview a month, validate it, watch it go, see what it held back."""

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
from django.utils.dateparse import parse_datetime
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from billing.exports.previews import preview_csv, preview_workbook
from billing.models import BillingRun
from billing.queries.previews import preview_of
from billing.queries.runs import moved_since_preview, progress_of
from billing.rules.periods import parse_month, previous_month
from billing.services import runs
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, month_name, of_month

MONTHS_OFFERED = 12
REFRESH_SECONDS = 2
EXPLANATION = (
    "L’aperçu montre ce qui serait facturé, sans rien émettre ni numéroter. Vous le relisez, puis vous le validez : chaque foyer "
    "qui a des réservations ce mois-là et pas encore de facture en reçoit une. Refaire le même mois ne fait que ce qui manque."
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {"csv": ("text/csv; charset=utf-8", preview_csv), "xlsx": (WORKBOOK, preview_workbook)}


STATES = {
    "Terminée": "success",
    "En cours d’émission": "info",
    "Aperçu en cours": "info",
    "Aperçu à valider": "warning",
}


def months_to_bill(today: date) -> list[tuple[str, str]]:
    """Return the months that are over, the latest first, as choices."""
    months = [previous_month(today)]
    while len(months) < MONTHS_OFFERED:
        months.append(previous_month(months[-1]))
    return [(f"{month:%Y-%m}", month_name(month).capitalize()) for month in months]


class MonthForm(forms.Form):
    """Which month to invoice."""

    month = forms.ChoiceField(label="Mois à préparer", choices=[], widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = months_to_bill(clock.today())  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """Read the month chosen."""
        return parse_month(self.cleaned_data["month"])


@admin.register(BillingRun)
class BillingRunAdmin(ReadOnlyMixin, PortalAdmin):
    """Each passage over the households of a month."""

    list_display = ("month_shown", "started_at", "by", "households", "issued", "amount", "stage")
    list_select_related = ("started_by",)
    by = person_shown("started_by", "Lancée par")
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

    @display(description="État", label=STATES, ordering="finished_at")
    def stage(self, run: BillingRun) -> str:
        """Say where it stands. The field ``state`` is a seal: a column of that name would show it instead of this."""
        if run.finished_at:
            return "Terminée"
        if not run.is_preview:
            return "En cours d’émission"
        return "Aperçu à valider" if run.previewed_at else "Aperçu en cours"

    # A method: unfold's own check of a named permission would ask the database while pages are being described.
    def has_bill_permission(self, request: HttpRequest) -> bool:
        """The régie invoices; the other agents read."""
        return request.user.has_perm("billing.add_billingrun")

    @action(
        description="Préparer un mois",
        icon="play_circle",
        permissions=["bill"],
        url_path="facturer",
        variant=ActionVariant.PRIMARY,
    )
    def bill_a_month(self, request: HttpRequest) -> HttpResponse:
        """Ask which month, start its preview, and lead to its page."""
        form = MonthForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                run = runs.start_preview(month=form.cleaned_data["month"], by=request.user, at=clock.now())
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                return redirect("admin:billing_billingrun_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Préparer la facturation d’un mois",
            "opts": self.opts,
            "text": EXPLANATION,
            "form": form,
            "button": "Voir l’aperçu de ce mois",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a preview to be validated, or how far a run has gone; the page looks again by itself until that is over."""
        run = get_object_or_404(BillingRun.objects.select_related("started_by", "validated_by"), pk=object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run.is_preview:
            return self._act(request, run) if request.method == "POST" else self._preview_page(request, run)
        progress = progress_of(run)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Facturation {of_month(run.month)}",
            "opts": self.opts,
            "run": run,
            "progress": progress,
            "moved": moved_since_preview(run) if progress.finished else [],
            "anomalies": run.anomalies.select_related("family")[:100],
            "refresh_seconds": None if progress.finished and not progress.papers_waiting else REFRESH_SECONDS,
        }
        return TemplateResponse(request, "billing/admin/run.html", context)

    def _preview_page(self, request: HttpRequest, run: BillingRun) -> HttpResponse:
        kind = request.GET.get("fichier", "")
        if kind in FILES and run.previewed_at:
            content_type, write = FILES[kind]
            response = HttpResponse(write(run), content_type=content_type)
            response["Content-Disposition"] = f'attachment; filename="apercu-{run.month:%Y-%m}.{kind}"'
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": f"Aperçu de la facturation {of_month(run.month)}",
            "opts": self.opts,
            "run": run,
            "preview": preview_of(run),
            "seen": run.previewed_at.isoformat() if run.previewed_at else "",
            "may_bill": self.has_bill_permission(request),
            "refresh_seconds": None if run.previewed_at else REFRESH_SECONDS,
        }
        return TemplateResponse(request, "billing/admin/preview.html", context)

    def _act(self, request: HttpRequest, run: BillingRun) -> HttpResponse:
        """Validate, count again or abandon a preview, as its buttons ask."""
        if not self.has_bill_permission(request):
            raise PermissionDenied
        try:
            if "abandonner" in request.POST:
                runs.abandon_preview(run=run)
                messages.success(request, f"L’aperçu {of_month(run.month)} est abandonné. Rien n’a été émis.")
                return redirect("admin:billing_billingrun_changelist")
            if "recalculer" in request.POST:
                runs.preview_again(run=run)
            else:
                seen = parse_datetime(request.POST.get("seen", ""))
                done = runs.validate_run(run=run, seen=seen, by=request.user, at=clock.now())
                if done.validated_at:
                    messages.success(
                        request, f"La facturation {of_month(run.month)} est validée, les factures partent."
                    )
                else:
                    messages.warning(request, runs.CHANGED)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        return redirect("admin:billing_billingrun_change", run.pk)
