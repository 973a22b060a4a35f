"""The closings of the till, to be read and printed."""

from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from unfold.decorators import action, display

from billing.exports import lists
from billing.models import Payment, TillClosing
from billing.queries.till import sums_of
from billing.rules.till import net_of
from billing.till_papers import closing_pdf
from billing.views.receipts import paper_response
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment


@admin.register(TillClosing)
class TillClosingAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Each time the till was counted."""

    export_columns = lists.CLOSINGS
    list_display = ("number", "closed", "who", "total", "expected", "counted", "gap")
    list_display_links = ("number",)
    list_filter = ("closed_at",)
    search_fields = ("number", "closed_payments__payment__number")
    search_help_text = "Arrêté ou quittance"
    list_select_related = ("closed_by",)
    actions_detail = ("paper",)
    fields = (("number", "closed"), "who", ("expected", "counted"), ("gap", "explanation"), "sums_shown")
    readonly_fields = ("closed", "who", "expected", "counted", "gap", "sums_shown")
    who = person_shown("closed_by", "Arrêté par")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring the sum of each."""
        return super().get_queryset(request).annotate(net=Sum("closed_payments__payment__amount"))

    @display(description="Le", ordering="closed_at")
    def closed(self, closing: TillClosing) -> str:
        """Return when."""
        return moment(closing.closed_at)

    @display(description="Total net")
    def total(self, closing: Any) -> str:
        """Return what it holds."""
        return euros(closing.net or 0)

    @display(description="Espèces attendues")
    def expected(self, closing: TillClosing) -> str:
        """Return what the drawer should have held."""
        return euros(closing.cash_expected)

    @display(description="Espèces comptées")
    def counted(self, closing: TillClosing) -> str:
        """Return what it held."""
        return euros(closing.cash_counted)

    @display(description="Écart")
    def gap(self, closing: TillClosing) -> str:
        """Return the difference."""
        difference = closing.cash_counted - closing.cash_expected
        return euros(difference) if difference else "–"

    @display(description="Par moyen")
    def sums_shown(self, closing: TillClosing) -> str:
        """Return the sums by means, and the movements."""
        rows = Payment.objects.filter(closed__closing=closing).order_by("received_at", "pk")
        sums = sums_of(rows)
        context = {"sums": sums, "net": net_of(sums), "rows": rows.select_related("family")}
        return render_to_string("billing/admin/till/sums.html", context)

    def has_read_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who sees closings may print them."""
        return self.has_view_permission(request)

    @action(description="Arrêté en PDF", permissions=["read"], url_path="pdf", icon="picture_as_pdf")
    def paper(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out its paper."""
        closing = get_object_or_404(TillClosing.objects.select_related("closed_by"), pk=object_id)
        return paper_response(closing_pdf(closing), f"arrete-{closing.number}.pdf")
