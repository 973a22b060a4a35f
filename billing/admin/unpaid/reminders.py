"""What households were reminded of, and the list of what is unpaid."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import display

from accounts.models import User
from billing.exports import lists
from billing.models import PaymentReminder
from billing.queries.treasury import UnpaidRow, unpaid_policy, unpaid_rows
from billing.services.unpaid import hand_over
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment
from castres_portal.base.tables import to_csv

PER_PAGE = 100
READY, ALL = "a-transmettre", "tous"
HEADS = ("Facture", "Dossier", "Foyer", "Payeur", "Échéance", "Jours de retard", "Reste à régler", "Relances", "Trésor")


@admin.register(PaymentReminder)
class PaymentReminderAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Each reminder, and whether it reached somebody."""

    export_columns = lists.REMINDERS
    list_display = ("invoice", "family_shown", "rank", "owed_shown", "planned", "outcome_shown")
    list_display_links = None
    list_filter = ("rank", "mails", "planned_at")
    search_fields = ("invoice__number", "invoice__family__name", "invoice__family__number")
    search_help_text = "Facture ou famille"
    list_select_related = ("invoice__family",)

    def get_urls(self) -> list[URLPattern]:
        """Give the list of what is unpaid its address."""
        page = path("impayes/", self.admin_site.admin_view(self.unpaid), name="billing_paymentreminder_unpaid")
        return [page, *super().get_urls()]

    @display(description="Famille", ordering="invoice__family__name")
    def family_shown(self, reminder: PaymentReminder) -> str:
        """Return the household."""
        return str(reminder.invoice.family)

    @display(description="Restait à régler", ordering="owed")
    def owed_shown(self, reminder: PaymentReminder) -> str:
        """Return what was owed then."""
        return euros(reminder.owed) or "–"

    @display(description="Le", ordering="planned_at")
    def planned(self, reminder: PaymentReminder) -> str:
        """Return when."""
        return moment(reminder.planned_at)

    @display(description="Suite")
    def outcome_shown(self, reminder: PaymentReminder) -> str:
        """Return what became of it."""
        return reminder.outcome

    def unpaid(self, request: HttpRequest) -> HttpResponse:
        """Show what is overdue, why it goes to the Trésor or not, and hand over what was ticked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_hand_over = request.user.has_perm("billing.hand_over_invoices")
        if request.method == "POST":
            if not may_hand_over:
                raise PermissionDenied
            if answer := _hand_over(request):
                return answer
        shown = request.GET.get("voir", ALL)
        found = unpaid_rows(at=clock.now(), today=clock.today())
        rows = [row for row in found if not row.state.handed_over]
        ready = [row for row in rows if row.refusal is None]
        wanted = ready if shown == READY else rows
        if request.GET.get("fichier") == "csv":
            return _csv(wanted)
        context = {
            **self.admin_site.each_context(request),
            "title": "Impayés",
            "opts": self.opts,
            "page_obj": Paginator(wanted, PER_PAGE).get_page(request.GET.get("page")),
            "count": len(rows),
            "owed": sum((row.owed for row in rows), start=unpaid_policy().treasury_least * 0),
            "ready": len(ready),
            "ready_owed": sum((row.owed for row in ready), start=unpaid_policy().treasury_least * 0),
            "shown": shown,
            "policy": unpaid_policy(),
            "may_hand_over": may_hand_over,
            "ticked": request.POST.getlist("facture"),
        }
        return TemplateResponse(request, "billing/admin/unpaid/list.html", context)


def _hand_over(request: HttpRequest) -> HttpResponse | None:
    ticked = [int(pk) for pk in request.POST.getlist("facture") if pk.isascii() and pk.isdecimal() and len(pk) < 18]
    try:
        batch = hand_over(invoices=ticked, by=cast(User, request.user), at=clock.now(), today=clock.today())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return None
    messages.success(request, f"Lot {batch.number} préparé. Vérifiez-le, puis prenez son fichier et marquez-le envoyé.")
    return redirect("admin:billing_treasurybatch_change", batch.pk)


def _csv(rows: list[UnpaidRow]) -> HttpResponse:
    lines: list[Any] = [
        (
            row.invoice.number,
            row.invoice.family.number,
            row.invoice.family.name,
            row.invoice.payer_name,
            row.invoice.window.due_on,
            row.days_late,
            row.owed,
            row.state.reminders,
            row.refusal or "à transmettre",
        )
        for row in rows
    ]
    response = HttpResponse(to_csv(HEADS, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="impayes-{clock.today():%Y-%m-%d}.csv"'
    return response
