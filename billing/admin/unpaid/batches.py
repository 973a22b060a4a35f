"""Batches for the Trésor: look at one, take an invoice back, take its file, say that it left, write what was collected."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from billing.exports import lists
from billing.forms.till import money_field
from billing.models import TreasuryBatch, TreasuryHandover
from billing.queries.payments import owed_each
from billing.services.unpaid import mark_sent, record_treasury_payment, withdraw
from billing.treasury_files import FORMATS
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment

PERMISSION = "billing.hand_over_invoices"


class WithdrawForm(forms.Form):
    """Why an invoice is taken back."""

    reason = forms.CharField(
        label="Motif",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Indiquez pourquoi cette facture est retirée du lot."},
    )


class CollectedForm(forms.Form):
    """What the comptable collected."""

    amount = money_field("Somme encaissée par le comptable")


@admin.register(TreasuryBatch)
class TreasuryBatchAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Each batch, prepared then sent."""

    export_columns = lists.TREASURY
    list_display = ("number", "prepared", "who", "count", "total", "state")
    list_display_links = ("number",)
    list_select_related = ("prepared_by", "sent_by")
    search_fields = ("number", "handovers__invoice__number", "handovers__invoice__family__name")
    search_help_text = "Lot, facture ou famille"
    actions_detail = ("file", "send")
    fields = (("number", "state"), ("prepared", "who"), ("sent", "sender"), "rows_shown")
    readonly_fields = ("state", "prepared", "who", "sent", "sender", "rows_shown")
    who = person_shown("prepared_by", "Préparé par")
    sender = person_shown("sent_by", "Envoyé par")
    may_act = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TreasuryBatch]:
        """Bring what each holds; keep what this agent may do, for the links."""
        self.may_act = request.user.has_perm(PERMISSION)
        standing = Q(handovers__withdrawn_at=None)
        sums = {"invoices": Count("handovers", filter=standing), "amount": Sum("handovers__amount", filter=standing)}
        return super().get_queryset(request).annotate(**sums)

    def get_urls(self) -> list[URLPattern]:
        """Give what is done to one invoice its addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("retirer/<int:pk>/", wrap(self.withdraw), name="billing_treasurybatch_withdraw"),
            path("encaisse/<int:pk>/", wrap(self.collected), name="billing_treasurybatch_collected"),
            *super().get_urls(),
        ]

    @display(description="Préparé le", ordering="prepared_at")
    def prepared(self, batch: TreasuryBatch) -> str:
        """Return when."""
        return moment(batch.prepared_at)

    @display(description="Envoyé le", ordering="sent_at")
    def sent(self, batch: TreasuryBatch) -> str:
        """Return when it left."""
        return moment(batch.sent_at) or "–"

    @display(description="Factures")
    def count(self, batch: Any) -> int:
        """Return how many invoices stand in it."""
        return int(batch.invoices)

    @display(description="Montant")
    def total(self, batch: Any) -> str:
        """Return what they come to."""
        return euros(batch.amount or 0)

    @display(description="État", label={"Préparé": "warning", "Envoyé": "success"}, ordering="sent_at")
    def state(self, batch: TreasuryBatch) -> str:
        """Say whether it left."""
        return "Envoyé" if batch.sent_at else "Préparé"

    @display(description="Factures")
    def rows_shown(self, batch: TreasuryBatch) -> str:
        """Return its invoices, with what each still owes."""
        rows = list(batch.handovers.select_related("invoice__family", "withdrawn_by").order_by("invoice__number"))
        owed = owed_each([row.invoice_id for row in rows])
        context = {
            "batch": batch,
            "rows": [(row, max(owed[row.invoice_id], row.amount * 0)) for row in rows],
            "may_act": self.may_act,
        }
        return render_to_string("billing/admin/unpaid/batch_rows.html", context)

    # --- What may be done ---

    def has_hand_over_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie hands over."""
        return request.user.has_perm(PERMISSION)

    @action(description="Fichier CSV", permissions=["hand_over"], url_path="fichier", icon="download")
    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the batch as a file."""
        batch = get_object_or_404(TreasuryBatch, pk=object_id)
        chosen = FORMATS.get(request.GET.get("format", "csv"))
        if chosen is None:
            raise Http404
        file = chosen.write(batch)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store, private"}
        return HttpResponse(file.content, content_type=file.mimetype, headers=headers)

    @action(description="Marquer envoyé", permissions=["hand_over"], url_path="envoyer", icon="send")
    def send(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Say that it left, once confirmed."""
        batch = get_object_or_404(TreasuryBatch, pk=object_id)
        if request.method == "POST":
            try:
                mark_sent(batch=batch, by=cast(User, request.user), at=clock.now())
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, f"Lot {batch.number} envoyé. Ses factures ne peuvent plus en être retirées.")
            return redirect("admin:billing_treasurybatch_change", batch.pk)
        return self._ask(
            request,
            f"Marquer le lot {batch.number} envoyé",
            "Le comptable a le fichier. Ses factures ne pourront plus être retirées du lot : il faudra s’adresser à lui.",
            None,
            "Marquer envoyé",
        )

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, then take an invoice back."""
        handover = self._handover(request, pk)
        form = WithdrawForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                withdraw(handover=handover, by=cast(User, request.user), at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"La facture {handover.invoice.number} est de nouveau à la régie.")
                return redirect("admin:billing_treasurybatch_change", handover.batch_id)
        text = f"{handover.invoice.family}, {euros(handover.amount)}. La régie pourra de nouveau l’encaisser."
        title = f"Retirer la facture {handover.invoice.number} du lot {handover.batch.number}"
        return self._ask(request, title, text, form, "Retirer du lot")

    def collected(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down what the comptable collected of an invoice."""
        handover = self._handover(request, pk)
        form = CollectedForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                payment = record_treasury_payment(
                    handover=handover, by=cast(User, request.user), at=clock.now(), **form.cleaned_data
                )
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"{euros(payment.amount)} encaissés par le comptable ({payment.number}).")
                return redirect("admin:billing_treasurybatch_change", handover.batch_id)
        owed = owed_each([handover.invoice_id])[handover.invoice_id]
        text = (
            f"{handover.invoice.family}. Reste à recouvrer : {euros(max(owed, owed * 0))}. "
            "Cet argent n’entre pas dans la caisse de la régie."
        )
        return self._ask(
            request, f"Encaissé par le Trésor : facture {handover.invoice.number}", text, form, "Enregistrer"
        )

    def _handover(self, request: HttpRequest, pk: int) -> TreasuryHandover:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return get_object_or_404(TreasuryHandover.objects.select_related("batch", "invoice__family"), pk=pk)

    def _ask(
        self, request: HttpRequest, title: str, text: str, form: forms.Form | None, button: str
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "text": text,
            "form": form,
            "button": button,
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
