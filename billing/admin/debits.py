"""SEPA direct debits in the back office: mandates to be read, collections to be told, sent, found and returned."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDateWidget

from billing.exports import lists
from billing.forms.debits import CollectionForm, ReturnsForm
from billing.models import Debit, DebitBatch, SepaMandate
from billing.queries.debits import sums_of
from billing.rules.debits import earliest_collection
from billing.sepa.returns import read_returns, write_returns
from billing.services import debits as services
from billing.services.debits.batches import invoices_to_debit
from billing.views.debits import mandate_response
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, long_day

STATES = {"Annoncée": "info", "Fichier prêt": "warning", "Encaissée": "success"}


@admin.register(SepaMandate)
class SepaMandateAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """What the households signed; the account is shown by its end."""

    export_columns = lists.MANDATES
    list_display = ("rum", "family", "holder", "account", "signed_at", "state")
    list_select_related = ("family",)
    search_fields = ("rum", "family__name", "family__number", "holder")
    fields = (
        *("rum", "family", "holder", "account", "bank", "creditor", "creditor_id"),
        *("signer", "signed_at", "used_on", "ended_at", "ending"),
    )
    readonly_fields = fields
    actions_detail = ("copy",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SepaMandate]:
        """Leave the account's number where it is."""
        return super().get_queryset(request).defer("iban")

    @display(description="Compte")
    def account(self, mandate: SepaMandate) -> str:
        """Return the end of the IBAN."""
        return mandate.masked_iban

    @display(description="État", label={"En vigueur": "success", "Terminé": "info"}, ordering="ended_at")
    def state(self, mandate: SepaMandate) -> str:
        """Say whether it may be used."""
        return "Terminé" if mandate.ended_at else "En vigueur"

    def has_copy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie alone reads a whole IBAN."""
        return request.user.has_perm("billing.change_sepamandate")

    @action(description="Copie du mandat (PDF)", permissions=["copy"], url_path="copie", icon="picture_as_pdf")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out the PDF of the mandate."""
        return mandate_response(get_object_or_404(SepaMandate, pk=object_id))


@admin.register(DebitBatch)
class DebitBatchAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """The collections, each with its debits."""

    export_columns = lists.DEBITS
    list_display = ("day", "count", "amount", "returned", "state")
    actions_list = ("announce", "take_returns")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DebitBatch]:
        """Bring the sums along."""
        taken = ~Q(debits__state=Debit.State.DROPPED)
        return (
            super()
            .get_queryset(request)
            .annotate(
                debit_count=Count("debits", filter=taken),
                debit_sum=Sum("debits__amount", filter=taken),
                returned_count=Count("debits", filter=Q(debits__state=Debit.State.RETURNED)),
            )
        )

    @display(description="Prélèvement le", ordering="collect_on")
    def day(self, batch: DebitBatch) -> str:
        """Return the day in words."""
        return long_day(batch.collect_on).capitalize()

    @display(description="Prélèvements")
    def count(self, batch: DebitBatch) -> int:
        """Return how many are taken."""
        return int(getattr(batch, "debit_count", 0))

    @display(description="Montant")
    def amount(self, batch: DebitBatch) -> str:
        """Return what they come to."""
        return euros(getattr(batch, "debit_sum", None) or Decimal(0))

    @display(description="Rejets")
    def returned(self, batch: DebitBatch) -> int:
        """Return how many the bank sent back."""
        return int(getattr(batch, "returned_count", 0))

    @display(description="État", label=STATES)
    def state(self, batch: DebitBatch) -> str:
        """Say how far it has gone."""
        if batch.confirmed_at:
            return "Encaissée"
        return "Fichier prêt" if batch.sent_at else "Annoncée"

    def get_urls(self) -> list[Any]:
        """Add what is done with a collection."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/fichier/", wrap(self.file), name="billing_debitbatch_file"),
            path("<int:pk>/preparer/", wrap(self.prepare), name="billing_debitbatch_prepare"),
            path("<int:pk>/constater/", wrap(self.confirm), name="billing_debitbatch_confirm"),
            *super().get_urls(),
        ]

    def has_collect_permission(self, request: HttpRequest) -> bool:
        """The régie collects; the other agents read."""
        return request.user.has_perm("billing.add_debitbatch")

    @action(
        description="Annoncer un prélèvement",
        icon="campaign",
        permissions=["collect"],
        url_path="annoncer",
        variant=ActionVariant.PRIMARY,
    )
    def announce(self, request: HttpRequest) -> HttpResponse:
        """Ask the day, tell the families, lead to the collection."""
        first = earliest_collection(clock.today())
        form = CollectionForm(request.POST if request.method == "POST" else None, first=first)
        form.fields["collect_on"].widget = UnfoldAdminDateWidget()
        if form.is_valid():
            try:
                batch = services.announce_debits(
                    collect_on=form.cleaned_data["collect_on"],
                    by=request.user,  # type: ignore[arg-type]
                    at=clock.now(),
                )
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, "Les familles sont prévenues par courriel.")
                return redirect("admin:billing_debitbatch_change", batch.pk)
        invoices = invoices_to_debit()
        total = sum((invoice.owed for invoice in invoices), Decimal(0))  # type: ignore[attr-defined]
        text = "Rien à prélever : aucun foyer avec un mandat ne doit une facture qui ne soit déjà annoncée."
        if invoices:
            text = (
                f"{len(invoices)} facture{'s' if len(invoices) > 1 else ''} de foyers avec un mandat, {euros(total)} en tout. "
                "Chaque foyer reçoit un courriel ; le premier jour possible est le "
                f"{long_day(first)}, quatorze jours après l’annonce."
            )
        return self._act(request, "Annoncer un prélèvement", text, form, "Prévenir les familles")

    @action(
        description="Reprendre des rejets",
        icon="undo",
        permissions=["collect"],
        url_path="rejets",
    )
    def take_returns(self, request: HttpRequest) -> HttpResponse:
        """Read the bank's file and show what it would change; sent again, apply it."""
        shown = request.POST.get("lignes", "") if request.method == "POST" else ""
        posted = request.method == "POST" and not shown
        form = ReturnsForm(request.POST if posted else None, request.FILES if posted else None)
        matches: list[services.Match] = []
        try:
            if shown:
                count = services.apply_returns(
                    returns=read_returns(shown.encode(), today=clock.today()), at=clock.now()
                )
                words = "1 rejet enregistré" if count == 1 else f"{count} rejets enregistrés"
                messages.success(request, f"{words}. Rien n’est facturé en plus ; les familles sont prévenues.")
                return redirect("admin:billing_debitbatch_changelist")
            if form.is_valid():
                returns = read_returns(form.cleaned_data["returns"].read(), today=clock.today())
                matches, shown = services.match_returns(returns), write_returns(returns)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        context = {
            **self.admin_site.each_context(request),
            "title": "Reprendre des rejets",
            "opts": self.opts,
            "form": form,
            "matches": matches,
            "shown": shown,
            "can_apply": any(not match.refusal for match in matches),
        }
        return TemplateResponse(request, "billing/admin/returns.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a collection: its debits, where it stands, what can be done next."""
        batch = get_object_or_404(DebitBatch.objects.select_related("announced_by", "confirmed_by"), pk=object_id)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": str(batch),
            "opts": self.opts,
            "batch": batch,
            "state": self.state(batch),
            "told_by": person_shown("announced_by", "")(self, batch),
            "found_by": person_shown("confirmed_by", "")(self, batch),
            "sums": sums_of(batch),
            "debits": batch.debits.select_related("mandate", "invoice__family").defer("mandate__iban").order_by("pk"),
            "can_collect": self.has_collect_permission(request),
            "is_due": batch.collect_on <= clock.today(),
        }
        return TemplateResponse(request, "billing/admin/debits.html", context)

    def prepare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the bank's file."""
        return self._do(request, pk, lambda: services.make_file(batch=pk, at=clock.now()), "Le fichier est prêt.")

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record the money found on the account."""
        return self._do(
            request,
            pk,
            lambda: services.confirm_batch(batch=pk, by=request.user, at=clock.now()),  # type: ignore[arg-type]
            "L’encaissement est constaté : les factures sont réglées.",
        )

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out the bank's file: it holds whole IBANs, so to the régie alone."""
        if not self.has_collect_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(DebitBatch, pk=pk)
        if not batch.sent_at:
            raise Http404
        response = FileResponse(batch.file.open("rb"), as_attachment=True, filename=f"{batch.message_id}.xml")
        response["Cache-Control"] = "no-store, private"
        return response

    def _do(self, request: HttpRequest, pk: int, deed: Any, done: str) -> HttpResponse:
        if request.method != "POST" or not self.has_collect_permission(request):
            raise PermissionDenied
        get_object_or_404(DebitBatch, pk=pk)
        try:
            deed()
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, done)
        return redirect(reverse("admin:billing_debitbatch_change", args=[pk]))

    def _act(self, request: HttpRequest, title: str, text: str, form: Any, button: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "text": text,
            "form": form,
            "button": button,
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
