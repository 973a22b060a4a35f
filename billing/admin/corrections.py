"""Corrections of issued invoices: the régie confirms or refuses what is proposed, and sees what is due back."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.decorators import action, display

from billing.exports import lists
from billing.exports.corrections import refunds_csv, refunds_workbook
from billing.forms.corrections import RefundForm, RefuseForm
from billing.models import Allocation, CreditNote, CreditNoteLine, CreditNoteRefund, Supplement, SupplementLine
from billing.queries.corrections import decided_with, with_spare
from billing.queries.delivery import unreachable_bodies
from billing.queries.handed_over import is_handed_over
from billing.services import corrections
from billing.views.credit_notes import credit_note_file
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros

Status = CreditNote.Status
TONES = {"À décider": "warning", "Confirmé": "success", "Refusé": "danger"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DecidedFilter(admin.SimpleListFilter):
    """What is still to be decided, unless asked otherwise."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what may be asked besides those to decide."""
        return [("confirmes", "Confirmés"), ("refuses", "Refusés"), ("tous", "Tous")]

    def choices(self, changelist: Any) -> Any:
        """Call the default choice by its name."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] if choice["query_string"] != "?" else "À décider"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the corrections of the state asked for."""
        wanted = {"confirmes": Status.CONFIRMED, "refuses": Status.REFUSED}.get(self.value() or "", Status.PROPOSED)
        return queryset if self.value() == "tous" else queryset.filter(status=wanted)


class DueFilter(admin.SimpleListFilter):
    """Those of which something is left."""

    title = "reste à rendre"
    parameter_name = "reste"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the one question."""
        return [("oui", "À déduire ou à rembourser")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the confirmed ones with something left."""
        return queryset.filter(Q(spare__gt=0), status=Status.CONFIRMED) if self.value() else queryset


class CorrectionAdmin(ReadOnlyMixin, PortalAdmin):
    """What credit notes and supplements have in common."""

    list_select_related = ("family", "invoice", "decided_by")
    search_fields = ("invoice__number", "family__name", "family__number", "words")
    search_help_text = "Facture, famille ou mots de l’explication"
    actions = ("confirm",)
    actions_detail: tuple[str, ...] = ("confirm_this", "refuse")
    while_proposed: tuple[str, ...] = ("confirm_this", "refuse")
    once_confirmed: tuple[str, ...] = ()
    proposed = person_shown("proposed_by", "Proposé par")
    decided = person_shown("decided_by", "Décidé par")

    @display(description="État", label=TONES, ordering="status")
    def state(self, row: Any) -> str:
        """Return where it stands."""
        return Status(row.status).label

    @display(description="Montant", ordering="total")
    def total_shown(self, row: Any) -> str:
        """Return its total."""
        return euros(row.total)

    @display(description="Motif", ordering="reason")
    def reason_shown(self, row: Any) -> str:
        """Return why."""
        return CreditNote.Reason(row.reason).label

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The régie decides; the other agents read."""
        return request.user.has_perm("billing.change_creditnote")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Show the buttons that still mean something: a second click on an older page is answered in a sentence."""
        row = self.model.objects.filter(pk=object_id).first()
        shown = (
            self.while_proposed if row is None or row.is_proposed else self.once_confirmed if row.is_confirmed else ()
        )
        return [each for each in super().get_actions_detail(request, object_id) if each.method.__name__ in shown]

    def confirm_one(self, row: Any, request: HttpRequest) -> None:
        """Call the service that confirms."""
        raise NotImplementedError

    @admin.action(description="Confirmer", permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Confirm those that were ticked; one that cannot be is said, and stops no other."""
        done = 0
        for row in queryset.filter(status=Status.PROPOSED).order_by("proposed_at", "pk"):
            try:
                self.confirm_one(row, request)
                done += 1
            except Refusal as refusal:
                messages.error(request, f"{row} : {refusal.message}")
        messages.success(request, f"{self.opts.verbose_name_plural} confirmés : {done}.".capitalize())

    @action(description="Confirmer", permissions=["decide"], url_path="confirmer", icon="check")
    def confirm_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Confirm this one, once asked again."""
        row = get_object_or_404(self.model, pk=object_id)
        if request.method == "POST":
            try:
                self.confirm_one(row, request)
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, f"{self.opts.verbose_name} confirmé.".capitalize())
            return redirect(f"admin:billing_{self.opts.model_name}_change", object_id)
        return self._ask(request, "Confirmer", f"{row} : {euros(row.total)}. {row.words}", "Confirmer")

    @action(description="Refuser", permissions=["decide"], url_path="refuser", icon="close")
    def refuse(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then refuse."""
        row = get_object_or_404(self.model, pk=object_id)
        form = RefuseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                corrections.refuse_correction(correction=row, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"{self.opts.verbose_name} refusé.".capitalize())
                return redirect(f"admin:billing_{self.opts.model_name}_change", object_id)
        return self._ask(request, "Refuser", f"{row} : {euros(row.total)}. {row.words}", "Refuser", form)

    def _ask(self, request: HttpRequest, title: str, text: str, button: str, form: Any = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "text": text,
            "form": form,
            "button": button,
        }
        return TemplateResponse(request, "billing/admin/act.html", context)


class CreditLineInline(ReadOnlyInline):
    """What is given back of each line."""

    model = CreditNoteLine
    fields = ("line", "care_part", "food_part", "amount")
    readonly_fields = fields
    verbose_name_plural = "lignes"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditNoteLine]:
        """Bring the lines along."""
        return super().get_queryset(request).select_related("line")


class UseInline(ReadOnlyInline):
    """The invoices that it went on."""

    model = Allocation
    fields = ("invoice", "amount")
    readonly_fields = fields
    verbose_name_plural = "déduit de"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Allocation]:
        """Bring the invoices along."""
        return super().get_queryset(request).select_related("invoice", "credit_note")


class RefundInline(ReadOnlyInline):
    """What the comptable paid back."""

    model = CreditNoteRefund
    fields = ("amount", "reference", "recorded_at")
    readonly_fields = fields


@admin.register(CreditNote)
class CreditNoteAdmin(ExportMixin, CorrectionAdmin):
    """Credit notes: proposed, confirmed, refused, and what is left of them."""

    export_columns = lists.CREDIT_NOTES
    list_display = ("shown", "family", "invoice", "reason_shown", "total_shown", "spare_shown", "state", "decided")
    list_filter = (DecidedFilter, DueFilter, "reason")
    inlines = (CreditLineInline, UseInline, RefundInline)
    actions_list = ("due_csv", "due_xlsx")
    actions_detail = ("confirm_this", "refuse", "pdf", "refund")
    once_confirmed = ("pdf", "refund")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shown", "state"),
                    ("family", "invoice"),
                    ("reason_shown", "total_shown"),
                    "words",
                    "together_shown",
                )
            },
        ),
        ("Décision", {"fields": (("proposed_at", "proposed"), ("decided_at", "decided"), "refusal", "spare_shown")}),
    )
    readonly_fields = (
        "shown",
        "state",
        "reason_shown",
        "total_shown",
        "spare_shown",
        "together_shown",
        "proposed",
        "decided",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditNote]:
        """Bring what is left."""
        return with_spare(super().get_queryset(request)).select_related("family", "invoice", "proposed_by")

    @display(description="Avoir", ordering="number")
    def shown(self, note: CreditNote) -> str:
        """Return its number, once it has one."""
        return note.number or "Proposé"

    @display(description="Reste à rendre")
    def spare_shown(self, note: Any) -> str:
        """Return what no invoice has of it."""
        return euros(note.spare) if note.is_confirmed and note.spare else "–"

    @display(description="Décidé avec")
    def together_shown(self, note: CreditNote) -> str:
        """Return the notes of those who paid the same days: one decision for all."""
        rows = decided_with(note)
        return format_html_join(
            "",
            '<div><a class="underline" href="{}">{}, facture {}</a>\u00a0: {}</div>',
            (
                (
                    reverse("admin:billing_creditnote_change", args=[row.pk]),
                    row.family.name,
                    row.invoice.number,
                    euros(row.total),
                )
                for row in rows
            ),
        ) or ("–")

    def confirm_one(self, row: CreditNote, request: HttpRequest) -> None:
        """Confirm a credit note."""
        note = corrections.confirm_credit_note(note=row, by=request.user, at=clock.now())  # type: ignore[arg-type]
        notes = [note, *decided_with(note)]
        for name in unreachable_bodies(each.family_id for each in notes):
            messages.warning(
                request, f"{name} n’a ni espace ni adresse électronique : envoyez-lui son avoir par courrier."
            )
        for each in notes:
            if is_handed_over(each.invoice_id):
                reduce = f"demandez au comptable de réduire le titre de {euros(each.total)}"
                messages.warning(request, f"La facture {each.invoice.number} est transmise au Trésor : {reduce}.")

    def has_read_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Agents who see credit notes may read their papers."""
        return self.has_view_permission(request)

    @action(description="Avoir en PDF", permissions=["read"], url_path="pdf", icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hand out the paper of a confirmed one."""
        return credit_note_file(get_object_or_404(CreditNote, pk=object_id, status=Status.CONFIRMED))

    @action(description="Noter un remboursement", permissions=["decide"], url_path="rembourse", icon="undo")
    def refund(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Write down that the comptable paid back what is left."""
        note = get_object_or_404(self.get_queryset(request), pk=object_id)
        form = RefundForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row = corrections.record_refund(note=note, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"Remboursement de {euros(row.amount)} noté.")
                return redirect("admin:billing_creditnote_change", object_id)
        text = f"{note} : il reste {self.spare_shown(note)}. Notez ici ce que le comptable a remboursé."
        return self._ask(request, "Noter un remboursement", text, "Noter le remboursement", form)

    @action(description="Restes à rendre (CSV)", permissions=["read"], url_path="restes-csv", icon="download")
    def due_csv(self, request: HttpRequest) -> HttpResponse:
        """Give the list of what is due back, for the comptable."""
        return _file(refunds_csv(), "text/csv; charset=utf-8", "avoirs-restes-a-rendre.csv")

    @action(description="Restes à rendre (Excel)", permissions=["read"], url_path="restes-xlsx", icon="download")
    def due_xlsx(self, request: HttpRequest) -> HttpResponse:
        """The same as a workbook."""
        return _file(refunds_workbook(), WORKBOOK, "avoirs-restes-a-rendre.xlsx")


class SupplementLineInline(ReadOnlyInline):
    """How much more each line costs."""

    model = SupplementLine
    fields = ("line", "quotient", "band", "amount")
    readonly_fields = fields
    verbose_name_plural = "lignes"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupplementLine]:
        """Bring the lines along."""
        return super().get_queryset(request).select_related("line")


@admin.register(Supplement)
class SupplementAdmin(ExportMixin, CorrectionAdmin):
    """Supplements: what the next invoice charges of a month that was charged too little."""

    export_columns = lists.SUPPLEMENTS
    list_display = ("invoice", "family", "reason_shown", "total_shown", "state", "decided")
    list_filter = (DecidedFilter, "reason")
    inlines = (SupplementLineInline,)
    fieldsets = (
        (None, {"fields": (("invoice", "state"), "family", ("reason_shown", "total_shown"), "words")}),
        ("Décision", {"fields": (("proposed_at", "proposed"), ("decided_at", "decided"), "refusal")}),
    )
    readonly_fields = ("state", "reason_shown", "total_shown", "proposed", "decided")

    def confirm_one(self, row: Supplement, request: HttpRequest) -> None:
        """Confirm a supplement."""
        corrections.confirm_supplement(supplement=row, by=request.user, at=clock.now())  # type: ignore[arg-type]


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
