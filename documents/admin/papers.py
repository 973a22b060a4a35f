"""The papers delivered: found by their number, read, withdrawn; and delivered at the counter."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from documents import paper_kinds
from documents.models import IssuedPaper
from documents.paper_kinds import PaperKind
from documents.queries.papers import is_genuine
from documents.services.papers import issue_paper, withdraw_paper
from documents.views.papers import pdf_response
from families.models import Family

MOST_FOUND = 20


class ReasonForm(forms.Form):
    """Why a paper is taken back."""

    reason = forms.CharField(
        label="Motif",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="La famille le lit. Qui vérifie le document lit seulement qu’il est retiré.",
        error_messages={"required": "Dites pourquoi ce document est retiré : la famille le lit."},
    )


class StateFilter(admin.SimpleListFilter):
    """Whether it still holds."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("valable", "Valable"), ("retire", "Retiré")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IssuedPaper]) -> QuerySet[IssuedPaper]:
        """Keep the papers of a state."""
        return queryset.filter(withdrawn_at__isnull=self.value() == "valable") if self.value() else queryset


@admin.register(IssuedPaper)
class IssuedPaperAdmin(ReadOnlyMixin, PortalAdmin):
    """Every paper as it was delivered: read only, but for its withdrawal."""

    list_display = ("number", "title", "family", "guardian", "issued", "state")
    list_filter = (StateFilter, "title", "issued_at")
    list_select_related = ("family", "guardian")
    search_fields = ("number", "family__number", "family__name")
    search_help_text = "Numéro du document ou famille"
    actions_list = ("counter",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssuedPaper]:
        """Leave what the papers say in the database: the list has no use for it."""
        return super().get_queryset(request).defer("content")

    @display(description="Délivré le", ordering="issued_at")
    def issued(self, paper: IssuedPaper) -> str:
        """Return when."""
        return moment(paper.issued_at)

    @display(description="État", label={"Valable": "success", "Retiré": "danger"})
    def state(self, paper: IssuedPaper) -> str:
        """Return whether it still holds."""
        return "Valable" if paper.withdrawn_at is None else "Retiré"

    def has_issue_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent delivers papers."""
        return bool(request.user.has_perm("documents.add_issuedpaper"))

    def get_urls(self) -> list[URLPattern]:
        """Give the PDF and the delivery at the counter a place beside the page."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", view(self.pdf), name="documents_issuedpaper_pdf"),
            path("delivrer/<int:family>/<slug:kind>/", view(self.deliver), name="documents_issuedpaper_deliver"),
            *super().get_urls(),
        ]

    # --- One paper ----------------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a paper; on POST take it back."""
        paper = self._paper(request, object_id)
        may_withdraw = request.user.has_perm("documents.change_issuedpaper")
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not may_withdraw:
                raise PermissionDenied
            if form.is_valid() and self._withdraw(request, paper, form.cleaned_data["reason"]):
                return redirect("admin:documents_issuedpaper_change", paper.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{paper.title} n° {paper.number}",
            "opts": self.opts,
            "paper": paper,
            "genuine": is_genuine(paper),
            "may_withdraw": may_withdraw,
            "form": form,
        }
        return TemplateResponse(request, "documents/admin/paper.html", context)

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give a paper as the family has it."""
        return pdf_response(self._paper(request, str(pk)))

    def _withdraw(self, request: HttpRequest, paper: IssuedPaper, reason: str) -> bool:
        try:
            withdraw_paper(paper=paper.pk, user=request.user, reason=reason, at=clock.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return False
        messages.success(request, f"Le document n° {paper.number} est retiré : sa vérification le dit aussitôt.")
        return True

    def _paper(self, request: HttpRequest, pk: str) -> IssuedPaper:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = IssuedPaper.objects.select_related("family", "guardian", "issued_by", "withdrawn_by")
        return get_object_or_404(rows, pk=pk if pk.isdecimal() else 0)

    # --- At the counter -----------------------------------------------------------------------------------------------

    @action(description="Délivrer un document", url_path="delivrer/", icon="print", permissions=["issue"])
    def counter(self, request: HttpRequest) -> HttpResponse:
        """Find a family, then choose what to deliver."""
        asked = request.GET.get("q", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "title": "Délivrer un document",
            "opts": self.opts,
            "asked": asked,
            "found": _families(asked),
            "kinds": paper_kinds.all_kinds(),
        }
        return TemplateResponse(request, "documents/admin/counter.html", context)

    def deliver(self, request: HttpRequest, family: int, kind: str) -> HttpResponse:
        """Ask what the paper is about, then deliver it."""
        if not self.has_issue_permission(request):
            raise PermissionDenied
        household = get_object_or_404(Family, pk=family)
        known = paper_kinds.kind_named(kind)
        if known is None:
            raise Http404
        at = clock.now()
        form = known.make_form(household, at.date(), request.POST if request.method == "POST" else None)
        for field in form.fields.values():
            if isinstance(field.widget, forms.RadioSelect):
                _dress(field, UnfoldAdminRadioSelectWidget())
            elif not field.widget.is_hidden:
                _dress(field, UnfoldAdminTextInputWidget())
        if request.method == "POST" and form.is_valid() and (paper := self._issue(request, household, known, form)):
            messages.success(
                request, f"Le document n° {paper.number} est délivré ; il est aussi dans l’espace du foyer."
            )
            return redirect("admin:documents_issuedpaper_change", paper.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": known.label,
            "opts": self.opts,
            "family": household,
            "form": form,
        }
        return TemplateResponse(request, "documents/admin/deliver.html", context)

    @staticmethod
    def _issue(request: HttpRequest, family: Family, kind: PaperKind, form: forms.Form) -> IssuedPaper | None:
        try:
            return issue_paper(
                kind=kind,
                family=family,
                guardian=None,
                user=request.user,
                answers=form.cleaned_data,
                submission=form.cleaned_data["submission"],
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
            return None


def _dress(field: forms.Field, widget: forms.Widget) -> None:
    widget.choices = getattr(field, "choices", [])
    widget.attrs.update({name: value for name, value in field.widget.attrs.items() if name != "class"})
    field.widget = widget


def _families(asked: str) -> QuerySet[Family] | list[Family]:
    if len(asked) < 2:
        return []
    wanted = Q(name__icontains=asked) | Q(number__iexact=asked) | Q(guardians__last_name__icontains=asked)
    return Family.objects.filter(wanted).distinct().prefetch_related("guardians")[:MOST_FOUND]
