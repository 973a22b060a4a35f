"""The deposit slips, to be read, printed and taken away."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from unfold.decorators import action, display

from billing.exports import lists
from billing.models import DepositSlip, Payment
from billing.till_papers import deposit_pdf
from billing.views.receipts import paper_response
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment
from castres_portal.base.tables import to_csv

HEADS = ("Quittance", "Reçu le", "Foyer", "Dossier", "Banque", "N° de chèque", "Tireur", "Titres", "Numéros", "Montant")


@admin.register(DepositSlip)
class DepositSlipAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """What left the régie."""

    export_columns = lists.SLIPS
    list_display = ("number", "kind", "amount_shown", "made", "who", "account")
    list_display_links = ("number",)
    list_filter = ("kind", "made_at")
    search_fields = ("number", "deposited_payments__payment__number", "deposited_payments__payment__family__name")
    search_help_text = "Bordereau, quittance ou famille"
    list_select_related = ("made_by",)
    actions_detail = ("paper", "table")
    fields = (("number", "kind"), ("amount_shown", "account"), ("made", "who"), "rows_shown")
    readonly_fields = ("amount_shown", "made", "who", "rows_shown")
    who = person_shown("made_by", "Préparé par")

    @display(description="Montant", ordering="amount")
    def amount_shown(self, slip: DepositSlip) -> str:
        """Return its amount."""
        return euros(slip.amount)

    @display(description="Le", ordering="made_at")
    def made(self, slip: DepositSlip) -> str:
        """Return when."""
        return moment(slip.made_at)

    @display(description="Ce qu’il porte")
    def rows_shown(self, slip: DepositSlip) -> str:
        """Return its cheques or CESU."""
        return render_to_string("billing/admin/till/slip_rows.html", {"rows": _rows(slip)})

    def has_read_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who sees slips may print them."""
        return self.has_view_permission(request)

    @action(description="Bordereau en PDF", permissions=["read"], url_path="pdf", icon="picture_as_pdf")
    def paper(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out its paper."""
        slip = get_object_or_404(DepositSlip.objects.select_related("made_by"), pk=object_id)
        return paper_response(deposit_pdf(slip), f"bordereau-{slip.number}.pdf")

    @action(description="CSV", permissions=["read"], url_path="csv", icon="table")
    def table(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out its rows for a spreadsheet."""
        slip = get_object_or_404(DepositSlip, pk=object_id)
        lines = [
            (
                row.number,
                row.received_at,
                row.family.name,
                row.family.number,
                row.till_entry.bank,
                row.till_entry.cheque_number,
                row.till_entry.drawer,
                row.till_entry.title_count,
                row.till_entry.title_numbers,
                row.amount,
            )
            for row in _rows(slip)
        ]
        response = HttpResponse(to_csv(HEADS, lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="bordereau-{slip.number}.csv"'
        return response


def _rows(slip: DepositSlip) -> list[Payment]:
    rows = Payment.objects.filter(deposited__slip=slip).order_by("received_at", "pk")
    return list(rows.select_related("family", "till_entry"))
