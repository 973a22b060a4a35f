"""Issued invoices in the back office: to be read; only their payment may be reopened."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from billing.admin.board import BoardPage
from billing.admin.unpaid.recovery import recovery_page
from billing.exports import lists
from billing.forms.corrections import ProposeForm
from billing.models import Allocation, Anomaly, AttemptShare, Invoice, PaymentAttempt
from billing.queries import invoices as queries
from billing.queries.coverage import split_of
from billing.queries.handed_over import with_treasury
from billing.services.corrections import propose_price_error
from billing.services.windows import reopen_window
from billing.views.invoices import pdf_response
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment, month_name, plain_day

LABEL_TONES = {
    "Réglée": "success",
    "Réglée en partie": "warning",
    "Non réglée": "danger",
    "Transmise au Trésor": "info",
}


class OwedFilter(admin.SimpleListFilter):
    """Whether something is still owed."""

    title = "règlement"
    parameter_name = "reglement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("a-regler", "À régler"), ("en-retard", "En retard"), ("reglees", "Réglées")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Keep the invoices of the state chosen."""
        if self.value() == "a-regler":
            return queries.unpaid(queryset)
        if self.value() == "en-retard":
            return queries.unpaid(queryset).filter(window__due_on__lt=clock.today(), at_treasury=False)
        return queryset.filter(owed__lte=0) if self.value() == "reglees" else queryset


class AllocationInline(ReadOnlyInline):
    """The money put on the invoice, or taken back."""

    model = Allocation
    fields = ("payment", "credit_note", "received_at", "amount")
    readonly_fields = fields
    verbose_name_plural = "règlements"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Allocation]:
        """Bring the payments along."""
        return super().get_queryset(request).select_related("payment", "credit_note__invoice", "invoice")

    @display(description="Reçu le")
    def received_at(self, allocation: Allocation) -> str:
        """Return when the money came."""
        return moment(allocation.payment.received_at if allocation.payment else allocation.credit_note.decided_at)


class AttemptInline(ReadOnlyInline):
    """The clicks on « Payer » for it, alone or with others."""

    model = AttemptShare
    fields = ("attempt", "amount", "status", "started_at")
    readonly_fields = fields
    verbose_name_plural = "tentatives de paiement"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttemptShare]:
        """Bring the attempts along."""
        return super().get_queryset(request).select_related("attempt", "invoice")

    @display(description="État")
    def status(self, share: AttemptShare) -> str:
        """Return what the attempt has become."""
        return PaymentAttempt.Status(share.attempt.status).label

    @display(description="Commencée le")
    def started_at(self, share: AttemptShare) -> str:
        """Return when it began."""
        return moment(share.attempt.created_at)


class AnomalyInline(ReadOnlyInline):
    """What was noticed about it."""

    model = Anomaly
    fields = ("kind", "message", "noticed_at", "settled_at")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "anomalies"


class ReopenForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(
        label="Nouvelle date de fermeture", widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label="Motif", max_length=200, widget=UnfoldAdminTextInputWidget)


@admin.register(Invoice)
class InvoiceAdmin(ExportMixin, BoardPage, ReadOnlyMixin, PortalAdmin):
    """Invoices as they were issued."""

    export_columns = lists.INVOICES
    list_display = ("number", "family", "payer_name", "month_shown", "total_shown", "owed_shown", "state", "due_on")
    list_display_links = ("number",)
    list_filter = (OwedFilter, "for_others", "month", "run")
    list_select_related = ("family", "window")
    search_fields = ("number", "family__name", "family__number", "payer_name")
    search_help_text = "Numéro de facture ou de dossier, nom du foyer ou du payeur"
    inlines = (AllocationInline, AttemptInline, AnomalyInline)
    actions_list = ("board",)
    actions_detail = ("pdf", "collect", "reopen", "propose", "hold")
    fieldsets = (
        (
            None,
            {"fields": (("number", "month_shown"), ("family", "payer_name"), "payer_address", ("regie", "issued_at"))},
        ),
        ("Montant", {"fields": (("total_shown", "paid_shown", "owed_shown"), ("covered_shown", "state"), "note")}),
        ("Paiement en ligne", {"fields": (("opens_at", "closes_at"), ("due_on", "reopened"))}),
        ("Détail", {"fields": ("lines_shown",)}),
        ("Papier", {"fields": (("made_at", "announced_at"), "run")}),
    )
    readonly_fields = (
        "month_shown",
        "total_shown",
        "paid_shown",
        "owed_shown",
        "covered_shown",
        "state",
        "opens_at",
        "closes_at",
        "due_on",
        "reopened",
        "lines_shown",
        "made_at",
        "announced_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        """Bring what is paid, the window and the paper."""
        related = ("family", "window__reopened_by", "pdf", "run")
        return with_treasury(queries.with_paid(super().get_queryset(request))).select_related(*related)

    # --- What is shown ---

    @display(description="Période", ordering="month")
    def month_shown(self, invoice: Invoice) -> str:
        """Return the billed month."""
        return month_name(invoice.month)

    @display(description="Montant", ordering="total")
    def total_shown(self, invoice: Invoice) -> str:
        """Return its total."""
        return euros(invoice.total)

    @display(description="Pris en charge par d’autres")
    def covered_shown(self, invoice: Invoice) -> str:
        """Return what others pay of its lines, besides its total; or that it is itself what another payer is asked."""
        if invoice.for_others:
            return "Facture de prises en charge"
        return euros(invoice.covered) if invoice.covered else "–"

    @display(description="Déjà réglé")
    def paid_shown(self, invoice: Any) -> str:
        """Return what was put on it."""
        return euros(invoice.paid)

    @display(description="Reste à régler", ordering="owed")
    def owed_shown(self, invoice: Any) -> str:
        """Return what it still owes."""
        return euros(invoice.owed)

    @display(description="État", label=LABEL_TONES)
    def state(self, invoice: Invoice) -> str:
        """Return where it stands."""
        return queries.sheet_of(invoice, at=clock.now()).label

    @display(description="Paiement ouvert le")
    def opens_at(self, invoice: Invoice) -> str:
        """Return when its payment opens."""
        return moment(invoice.window.opens_at)

    @display(description="Paiement fermé après le")
    def closes_at(self, invoice: Invoice) -> str:
        """Return when its payment closes."""
        return moment(invoice.window.closes_at)

    @display(description="À régler avant le", ordering="window__due_on")
    def due_on(self, invoice: Invoice) -> str:
        """Return the day it is due."""
        return plain_day(invoice.window.due_on)

    @display(description="Réouverture")
    def reopened(self, invoice: Invoice) -> str:
        """Say who reopened the payment, and why."""
        window = invoice.window
        if not window.reopened_at:
            return "–"
        return f"Le {moment(window.reopened_at)} par {window.reopened_by} : {window.reason}"

    @display(description="Lignes")
    def lines_shown(self, invoice: Invoice) -> SafeString:
        """Return the lines, grouped as the family reads them."""
        context = {"invoice": invoice, "bill": queries.bill_of(invoice), "split": split_of(invoice)}
        return render_to_string("billing/admin/bill.html", context)

    @display(description="PDF fabriqué le")
    def made_at(self, invoice: Invoice) -> str:
        """Return when its paper was made."""
        return moment(invoice.pdf.made_at) or "–"

    @display(description="Annoncée le")
    def announced_at(self, invoice: Invoice) -> str:
        """Return when the mail was written."""
        return moment(invoice.pdf.announced_at) or "–"

    # --- What may be done ---

    def has_read_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Agents who see invoices may read their papers."""
        return self.has_view_permission(request)

    def has_reopen_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régisseur alone reopens a payment."""
        return request.user.has_perm("billing.change_paymentwindow")

    @action(description="Facture en PDF", permissions=["read"], url_path="pdf", icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the paper."""
        return pdf_response(get_object_or_404(Invoice, pk=object_id))

    def has_propose_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie proposes credit notes."""
        return request.user.has_perm("billing.add_creditnote")

    @action(description="Proposer un avoir", permissions=["propose"], url_path="avoir", icon="undo")
    def propose(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask which lines, how much and why, then propose a credit note."""
        invoice = get_object_or_404(Invoice, pk=object_id)
        form = ProposeForm(request.POST or None, invoice=invoice)
        if request.method == "POST" and form.is_valid():
            try:
                note = propose_price_error(invoice=invoice, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"Avoir de {euros(note.total)} proposé : il reste à le confirmer.")
                return redirect("admin:billing_creditnote_change", note.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Proposer un avoir sur la facture {invoice.number}",
            "opts": self.opts,
            "text": "La facture ne change pas. L’avoir compte une fois confirmé ; il ne rend jamais plus que la ligne.",
            "form": form,
            "button": "Proposer l’avoir",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)

    def has_hold_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie stops asking for an invoice, or asks again."""
        return request.user.has_perm("billing.hand_over_invoices")

    @action(
        description="Suspendre ou reprendre le recouvrement",
        permissions=["hold"],
        url_path="recouvrement",
        icon="pause",
    )
    def hold(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Stop asking for an invoice, with a cause, or ask for it again."""
        return recovery_page(self, request, object_id)

    def has_collect_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who takes money at the counter."""
        return request.user.has_perm("billing.collect_money")

    @action(description="Encaisser", permissions=["collect"], url_path="encaisser", icon="point_of_sale")
    def collect(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lead to the counter, this invoice chosen."""
        invoice = get_object_or_404(Invoice, pk=object_id)
        return redirect(f"{reverse('admin:billing_tillentry_collect', args=[invoice.family_id])}?facture={invoice.pk}")

    @action(description="Rouvrir le paiement", permissions=["reopen"], url_path="rouvrir", icon="lock_open")
    def reopen(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask until when and why, then reopen."""
        invoice = get_object_or_404(Invoice.objects.select_related("window"), pk=object_id)
        form = ReopenForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                window = reopen_window(window=invoice.window, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"Le paiement est ouvert jusqu’au {moment(window.closes_at)}.")
                return redirect("admin:billing_invoice_change", invoice.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Rouvrir le paiement de la facture {invoice.number}",
            "opts": self.opts,
            "text": f"Le paiement en ligne ferme après le {moment(invoice.window.closes_at)}. La facture ne change pas.",
            "form": form,
            "button": "Rouvrir le paiement",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
