"""What the counter wrote, and the ways to the régie's own pages."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from unfold.decorators import action, display

from accounts.models import User
from billing.admin.till import collecting, pages
from billing.exports import lists
from billing.forms.till import ReverseForm
from billing.models import Payment, TillEntry
from billing.services.till import reverse_collection
from billing.till_papers import receipt_pdf
from billing.views.receipts import paper_response
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, moment

TAKEN, CALLED_OFF, REVERSAL = "Encaissé", "Annulé", "Annulation"
TONES = {TAKEN: "success", CALLED_OFF: "danger", REVERSAL: "warning"}


@admin.register(TillEntry)
class TillEntryAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Money taken at the counter: read, printed again, called off with a reason; never rewritten."""

    export_columns = lists.TILL
    list_display = ("number", "family_shown", "means_shown", "amount_shown", "received", "state", "who")
    list_filter = ("payment__means", "cause", "payment__received_at")
    search_fields = (
        "payment__number",
        "payment__family__name",
        "payment__family__number",
        "cheque_number",
        "payment__allocations__invoice__number",
    )
    search_help_text = "Quittance, famille, facture ou numéro de chèque"
    list_select_related = ("payment__family", "payment__till_reversal", "taken_by", "reverses")
    actions_list = ("home",)
    actions_detail = ("receipt", "reverse")
    fields = (
        ("number", "received"),
        ("family_shown", "who"),
        ("means_shown", "amount_shown"),
        "state",
        "details_shown",
        "invoices_shown",
        ("cause", "reason"),
    )
    readonly_fields = (
        "number",
        "received",
        "family_shown",
        "who",
        "means_shown",
        "amount_shown",
        "state",
        "details_shown",
        "invoices_shown",
    )
    who = person_shown("taken_by", "Enregistré par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TillEntry]:
        """Bring the payment along."""
        related = ("payment__family", "payment__till_reversal__payment", "taken_by", "reverses")
        return super().get_queryset(request).select_related(*related)

    def get_urls(self) -> list[URLPattern]:
        """Give the régie's own pages their addresses."""
        wrap = self.admin_site.admin_view
        return [
            path("caisse/", wrap(self.home), name="billing_tillentry_home"),
            path("encaisser/<int:pk>/", wrap(self.collect), name="billing_tillentry_collect"),
            path("journal/", wrap(self.journal), name="billing_tillentry_journal"),
            path("arreter/", wrap(self.close), name="billing_tillentry_close"),
            path("remettre/", wrap(self.deposit), name="billing_tillentry_deposit"),
            *super().get_urls(),
        ]

    # --- What is shown ---

    @display(description="Quittance", ordering="payment__number")
    def number(self, entry: TillEntry) -> str:
        """Return its number."""
        return entry.payment.number

    @display(description="Famille", ordering="payment__family__name")
    def family_shown(self, entry: TillEntry) -> str:
        """Return whose money it is."""
        return str(entry.payment.family)

    @display(description="Moyen", ordering="payment__means")
    def means_shown(self, entry: TillEntry) -> str:
        """Return how it was paid."""
        return entry.payment.get_means_display()

    @display(description="Montant", ordering="payment__amount")
    def amount_shown(self, entry: TillEntry) -> str:
        """Return the amount, with its sign."""
        return euros(entry.payment.amount)

    @display(description="Le", ordering="payment__received_at")
    def received(self, entry: TillEntry) -> str:
        """Return when."""
        return moment(entry.payment.received_at)

    @display(description="État", label=TONES)
    def state(self, entry: TillEntry) -> str:
        """Say whether it still stands."""
        if entry.reverses_id:
            return REVERSAL
        return CALLED_OFF if hasattr(entry.payment, "till_reversal") else TAKEN

    @display(description="Ce qui a été remis")
    def details_shown(self, entry: TillEntry) -> str:
        """Return what the means asked to be written down."""
        return format_html_join("", "<div>{} : <b>{}</b></div>", entry.details) or "–"

    @display(description="Factures")
    def invoices_shown(self, entry: TillEntry) -> str:
        """Return what went to which invoice."""
        shares = entry.payment.allocations.select_related("invoice").order_by("invoice__month")
        rows = [
            (
                reverse("admin:billing_invoice_change", args=[share.invoice_id]),
                share.invoice.number,
                euros(share.amount),
            )
            for share in shares
        ]
        return format_html_join("", '<div><a class="underline" href="{}">{}</a> : {}</div>', rows) or "–"

    # --- What may be done ---

    def has_read_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Agents who see the counter's money may print its receipts."""
        return self.has_view_permission(request)

    def has_reverse_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie calls money off."""
        return request.user.has_perm("billing.reverse_money")

    @action(description="La caisse", permissions=["read"], url_path="accueil", icon="point_of_sale")
    def home(self, request: HttpRequest) -> HttpResponse:
        """Show where the till stands."""
        return pages.home_page(self, request)

    def journal(self, request: HttpRequest) -> HttpResponse:
        """Show every movement in order."""
        return pages.journal_page(self, request)

    def close(self, request: HttpRequest) -> HttpResponse:
        """Close the till."""
        return pages.close_page(self, request)

    def deposit(self, request: HttpRequest) -> HttpResponse:
        """Make a slip."""
        return pages.deposit_page(self, request)

    def collect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a household's money."""
        return collecting.collect_page(self, request, pk)

    @action(description="Quittance en PDF", permissions=["read"], url_path="quittance", icon="picture_as_pdf")
    def receipt(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the receipt."""
        rows = Payment.objects.select_related("family", "till_entry__taken_by", "till_reversal__payment")
        payment = get_object_or_404(rows, pk=object_id, kind=Payment.Kind.PAYMENT)
        return paper_response(receipt_pdf(payment), f"quittance-{payment.number}.pdf")

    @action(description="Annuler cet encaissement", permissions=["reverse"], url_path="annuler", icon="undo")
    def reverse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then write the opposite."""
        entry = get_object_or_404(TillEntry.objects.select_related("payment__family"), pk=object_id)
        payment = entry.payment
        form = ReverseForm(payment.means, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                reversal = reverse_collection(
                    payment=payment, by=cast(User, request.user), at=clock.now(), **form.cleaned_data
                )
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"L’encaissement {payment.number} est annulé ({reversal.number}).")
                return redirect("admin:billing_tillentry_change", reversal.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Annuler l’encaissement {payment.number}",
            "opts": self.opts,
            "text": (
                f"{euros(payment.amount)} ({payment.get_means_display()}), {payment.family}, reçus le "
                f"{moment(payment.received_at)}. Les factures doivent de nouveau cette somme et la famille en est avertie. "
                "L’écriture d’origine reste dans le journal."
            ),
            "form": form,
            "button": "Annuler l’encaissement",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
