"""Attempts, messages of the bank and payments in the back office: to be read, and the bank to be asked again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from billing.admin.credit import CreditPages
from billing.exports import lists
from billing.models import Allocation, AttemptShare, Instalment, Payment, PaymentAttempt, PayzenMessage
from billing.services import payments
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros

ATTEMPT_TONES = {
    PaymentAttempt.Status.STARTED.label: "info",
    PaymentAttempt.Status.PENDING.label: "warning",
    PaymentAttempt.Status.PAID.label: "success",
    PaymentAttempt.Status.REFUSED.label: "danger",
    PaymentAttempt.Status.ABANDONED.label: "",
}
MESSAGE_TONES = {
    PayzenMessage.Outcome.STORED.label: "warning",
    PayzenMessage.Outcome.APPLIED.label: "success",
    PayzenMessage.Outcome.REPEATED.label: "",
    PayzenMessage.Outcome.NOTED.label: "info",
    PayzenMessage.Outcome.FLAGGED.label: "danger",
}


class MessageInline(ReadOnlyInline):
    """What the bank said of one attempt."""

    model = PayzenMessage
    fields = ("received_at", "channel", "bank_status", "outcome", "explanation")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "messages de la banque"

    @display(description="état")
    def bank_status(self, message: PayzenMessage) -> str:
        """Return the bank's own word."""
        return payments.transaction_of(message).status


class ShareInline(ReadOnlyInline):
    """What one attempt was to pay of each invoice."""

    model = AttemptShare
    fields = ("invoice", "amount")
    readonly_fields = fields
    verbose_name_plural = "factures à payer"


class InstalmentInline(ReadOnlyInline):
    """The debits to be of one attempt, when the family pays in instalments."""

    model = Instalment
    fields = ("rank", "due_on", "amount", "payment", "ending")
    readonly_fields = fields


class PaymentInline(ReadOnlyInline):
    """The money that one attempt brought."""

    model = Payment
    fields = ("number", "kind", "amount", "received_at", "captured_at")
    readonly_fields = fields
    show_change_link = True


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Each click on « Payer », and what became of it."""

    export_columns = lists.ATTEMPTS
    list_display = ("order_id", "family", "euros", "state", "bank_status", "created_at")
    list_filter = ("status", "provider", "mode", "created_at")
    search_fields = ("order_id", "invoices__number", "family__name", "family__number", "payments__transaction_uuid")
    search_help_text = "Référence, facture, famille ou transaction"
    list_select_related = ("family",)
    actions = ("ask_bank_soon",)
    actions_detail = ("ask_bank",)
    inlines = (ShareInline, InstalmentInline, PaymentInline, MessageInline)
    fields = (
        ("order_id", "created_at"),
        ("family", "user"),
        ("provider", "amount"),
        ("status", "bank_status"),
        ("site_id", "mode"),
        ("trans_id", "utc_date"),
        "bank_operation",
        ("asked_count", "next_ask_at"),
        "failed_asks",
    )

    @display(description="Montant", ordering="amount")
    def euros(self, attempt: PaymentAttempt) -> str:
        """Return the amount asked."""
        return euros(attempt.amount)

    @display(description="État", label=ATTEMPT_TONES, ordering="status")
    def state(self, attempt: PaymentAttempt) -> str:
        """Return what the attempt has become."""
        return PaymentAttempt.Status(attempt.status).label

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie asks the bank; the other agents read."""
        return request.user.has_perm("billing.change_paymentattempt")

    @admin.action(description="Demander à la banque", permissions=["ask"])
    def ask_bank_soon(self, request: HttpRequest, queryset: Any) -> None:
        """Put questions in the worker's hands; their answers show within a minute."""
        count = payments.ask_at_next_pass(list(queryset.values_list("pk", flat=True)), at=clock.now())
        messages.success(request, f"Demandes envoyées\u00a0: {count}. Les réponses s’affichent ici d’ici cinq minutes.")

    @action(description="Demander à la banque", permissions=["ask"], url_path="demander", icon="sync_alt")
    def ask_bank(self, request: HttpRequest, object_id: int) -> HttpResponseRedirect:
        """Ask about one attempt and say what came back."""
        try:
            answer = payments.ask_now(int(object_id), at=clock.now())
        except payments.CANNOT_ASK:
            messages.error(request, "L’accès à la banque n’est pas configuré\u00a0: rien n’a été demandé.")
        else:
            _tell(request, answer)
        return redirect("admin:billing_paymentattempt_change", object_id)


def _tell(request: HttpRequest, answer: payments.Answer) -> None:
    if answer.failure:
        messages.error(request, f"La banque n’a pas répondu ({answer.failure}). Rien n’a changé.")
    elif answer.transactions:
        messages.success(request, f"La banque connaît {answer.transactions} opération(s)\u00a0: elles sont ci-dessous.")
    else:
        messages.info(request, "La banque ne connaît aucune opération\u00a0: rien n’a été payé à cette heure.")


@admin.register(PayzenMessage)
class PayzenMessageAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """What the bank said, as it was kept: without card number, holder or address."""

    export_columns = lists.MESSAGES
    list_display = ("received_at", "channel", "attempt", "fate", "explanation")
    list_filter = ("outcome", "channel", "received_at")
    search_fields = ("attempt__order_id", "attempt__family__name", "explanation")
    search_help_text = "Référence, famille ou explication"
    list_select_related = ("attempt",)
    fields = (
        "received_at",
        "channel",
        "attempt",
        "outcome",
        "applied_at",
        "explanation",
        "signed_with",
        "said",
        "body_sha256",
    )
    readonly_fields = fields

    @display(description="Suite", label=MESSAGE_TONES, ordering="outcome")
    def fate(self, message: PayzenMessage) -> str:
        """Return what was done of it."""
        return PayzenMessage.Outcome(message.outcome).label

    @display(description="Champs")
    def said(self, message: PayzenMessage) -> str:
        """Return the fields, one a line."""
        return format_html_join("", "<div><b>{}</b> {}</div>", sorted(message.fields.items()))


class AllocationInline(ReadOnlyInline):
    """What of a payment went to which invoice."""

    model = Allocation
    fields = ("invoice", "amount")
    readonly_fields = fields


class ChargebackForm(forms.Form):
    """What the bank took back, and the motive that its statement gives."""

    amount = forms.DecimalField(
        label="Montant repris (€)", min_value=0, max_digits=9, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )
    reason = forms.CharField(label="Motif lu sur le relevé", max_length=200, widget=UnfoldAdminTextInputWidget)


@admin.register(Payment)
class PaymentAdmin(ExportMixin, CreditPages, ReadOnlyMixin, PortalAdmin):
    """The money that moved; corrected by another row, never rewritten."""

    export_columns = lists.PAYMENTS
    export_related = ("attempt",)
    list_display = ("number", "family", "kind", "euros", "received_at", "captured_at")
    list_filter = ("kind", "means", "received_at")
    search_fields = ("number", "family__name", "family__number", "attempt__order_id", "transaction_uuid")
    search_help_text = "Numéro, famille, référence ou transaction"
    list_select_related = ("family",)
    date_hierarchy = "received_at"
    inlines = (AllocationInline,)
    actions_list = ("credits",)
    actions_detail = ("chargeback",)
    fields = (
        ("number", "amount"),
        ("kind", "means"),
        ("family", "attempt"),
        ("received_at", "authorised_at"),
        ("captured_at", "authorisation"),
        "transaction_uuid",
    )

    @display(description="Montant", ordering="amount")
    def euros(self, payment: Payment) -> str:
        """Return the amount, with its sign."""
        return euros(payment.amount)

    def has_chargeback_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie alone writes what the bank took back."""
        return request.user.has_perm("billing.add_chargeback")

    @action(description="Noter un impayé", permissions=["chargeback"], url_path="impaye", icon="money_off")
    def chargeback(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask how much the bank took back of a payment that was contested, and why; the invoices owe again."""
        payment = get_object_or_404(Payment, pk=object_id)
        form = ChargebackForm(request.POST or None, initial={"amount": payment.amount})
        if request.method == "POST" and form.is_valid():
            try:
                payments.record_chargeback(payment_id=payment.pk, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "L’impayé est noté\u00a0: la famille en est avertie par courriel.")
                return redirect("admin:billing_payment_change", payment.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Noter un impayé sur {payment.number}",
            "opts": self.opts,
            "text": (
                "Le titulaire de la carte a contesté ce paiement et la banque a repris l’argent\u00a0: elle ne l’annonce pas, "
                "son relevé le dit. Les factures payées devront de nouveau cette somme."
            ),
            "form": form,
            "button": "Noter l’impayé",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
