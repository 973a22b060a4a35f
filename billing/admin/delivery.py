"""Invoices that go by post, and who chose to read them on line."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from billing.exports import lists
from billing.models import DeliveryChoice, Invoice, PrintBatch
from billing.rules.periods import parse_month
from billing.services.printing import ask_batch
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import month_name, of_month
from castres_portal.base.tables import to_csv

MONTHS_OFFERED = 12
EXPLANATION = (
    "Le lot réunit les factures du mois des foyers qui n’ont pas choisi la facture en ligne, quand elles n’ont pas encore été "
    "imprimées, rangées par commune, rue et numéro. Chaque facture commence sur une feuille : imprimez recto verso."
)


class BatchForm(forms.Form):
    """Of which month."""

    month = forms.ChoiceField(label="Factures du mois", choices=[], widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = Invoice.objects.order_by("-month").values_list("month", flat=True).distinct()[:MONTHS_OFFERED]
        choices = [(f"{month:%Y-%m}", month_name(month).capitalize()) for month in months]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """Read the month chosen."""
        return parse_month(self.cleaned_data["month"])


@admin.register(PrintBatch)
class PrintBatchAdmin(ReadOnlyMixin, PortalAdmin):
    """The batches of invoices to be printed and posted."""

    list_display = ("month_shown", "asked_at", "asked_by_shown", "invoices", "sheets_shown", "state", "files")
    list_display_links = None
    list_select_related = ("asked_by",)
    list_filter = ("month",)
    actions_list = ("prepare",)
    asked_by_shown = person_shown("asked_by", "demandé par")

    @display(description="Mois", ordering="month")
    def month_shown(self, batch: PrintBatch) -> str:
        """Return the month in words."""
        return month_name(batch.month).capitalize()

    @display(description="Feuilles")
    def sheets_shown(self, batch: PrintBatch) -> str:
        """Return the sheets to print on both sides, once they are known."""
        return str(batch.sheets) if batch.made_at else "–"

    @display(description="État", label={"Prêt": "success", "En fabrication": "info"}, ordering="made_at")
    def state(self, batch: PrintBatch) -> str:
        """Say whether it can be printed."""
        return "Prêt" if batch.made_at else "En fabrication"

    @display(description="Fichiers")
    def files(self, batch: PrintBatch) -> str:
        """Lead to the PDF and to the list of its letters."""
        letters = reverse("admin:billing_printbatch_letters", args=[batch.pk])
        if not batch.made_at:
            return format_html('<a href="{}">Liste (CSV)</a>', letters)
        pdf = reverse("admin:billing_printbatch_pdf", args=[batch.pk])
        return format_html('<a href="{}">PDF à imprimer</a> · <a href="{}">Liste (CSV)</a>', pdf, letters)

    def get_urls(self) -> list[Any]:
        """Add the files of a batch."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", wrap(self.pdf), name="billing_printbatch_pdf"),
            path("<int:pk>/liste.csv", wrap(self.letters), name="billing_printbatch_letters"),
            *super().get_urls(),
        ]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out the PDF to print."""
        batch = self._batch(request, pk)
        if not batch.made_at:
            raise Http404
        name = f"factures-{batch.month:%Y-%m}-lot-{batch.pk}.pdf"
        response = FileResponse(batch.file.open("rb"), as_attachment=True, filename=name)
        response["Cache-Control"] = "no-store, private"
        return response

    def letters(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the list of the letters, in their order."""
        batch = self._batch(request, pk)
        rows = batch.printed.select_related("invoice").order_by("rank")
        heads = ("Rang", "Facture", "Destinataire", "Adresse")
        table = [
            (
                row.rank,
                row.invoice.number,
                row.invoice.payer_name,
                ", ".join(row.invoice.payer_address.splitlines()),
            )
            for row in rows
        ]
        response = HttpResponse(to_csv(heads, table), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="lot-{batch.pk}.csv"'
        response["Cache-Control"] = "no-store, private"
        return response

    def _batch(self, request: HttpRequest, pk: int) -> PrintBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(PrintBatch, pk=pk)

    def has_prepare_permission(self, request: HttpRequest) -> bool:
        """The régie prints; the other agents read."""
        return request.user.has_perm("billing.add_printbatch")

    @action(
        description="Préparer un lot",
        icon="print",
        permissions=["prepare"],
        url_path="preparer",
        variant=ActionVariant.PRIMARY,
    )
    def prepare(self, request: HttpRequest) -> HttpResponse:
        """Ask which month, keep its letters together, and lead back to the list."""
        form = BatchForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                batch = ask_batch(month=form.cleaned_data["month"], by=request.user, at=clock.now())  # type: ignore[arg-type]
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                letters = "1 facture" if batch.invoices == 1 else f"{batch.invoices} factures"
                messages.success(request, f"{letters} {of_month(batch.month)} : le PDF arrive dans la liste.")
                return redirect("admin:billing_printbatch_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": "Préparer un lot d’impression",
            "opts": self.opts,
            "text": EXPLANATION,
            "form": form,
            "button": "Préparer ce lot",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)


@admin.register(DeliveryChoice)
class DeliveryChoiceAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Who chose what, when; the last choice of a household counts."""

    export_columns = lists.DELIVERY
    list_display = ("family", "way", "chosen_at", "guardian", "chosen_by_shown")
    list_select_related = ("family", "guardian", "chosen_by")
    list_filter = ("online",)
    search_fields = ("family__name", "family__number")
    chosen_by_shown = person_shown("chosen_by", "saisi par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryChoice]:
        """The latest first."""
        return super().get_queryset(request).order_by("-chosen_at", "-pk")

    @display(description="Choix", label={"En ligne": "success", "Par courrier": "info"}, ordering="online")
    def way(self, choice: DeliveryChoice) -> str:
        """Say how the invoices come."""
        return "En ligne" if choice.online else "Par courrier"
