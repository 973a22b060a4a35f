"""The papers that families sent: what waits for an agent first, and one page to read and decide each."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from documents.forms.deposit import AcceptForm, RefuseForm
from documents.models import SupportingDocument
from documents.queries.supporting import REVIEW, VIEW, documents_for, documents_to_review
from documents.services.supporting import accept_document, note_reading, refuse_document
from documents.serving import paper_response

Status = SupportingDocument.Status
TONES = {
    "En cours d’analyse": "info",
    "À examiner": "warning",
    "Acceptée": "success",
    "Refusée": "danger",
    "Expirée": "",
    "Infectée": "danger",
}


class StateFilter(admin.SimpleListFilter):
    """What waits for an agent, unless asked otherwise."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [
            ("toutes", "Toutes"),
            ("analyse", "En cours d’analyse"),
            ("acceptees", "Acceptées"),
            ("expirees", "Expirées"),
            ("refusees", "Refusées"),
            ("infectees", "Infectées"),
        ]

    def choices(self, changelist: Any) -> Any:
        """Call the default choice by its name."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] if choice["query_string"] != "?" else "À examiner"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[SupportingDocument]) -> QuerySet[SupportingDocument]:
        """Keep the papers of the state asked for."""
        today = clock.today()
        accepted = queryset.filter(status=Status.ACCEPTED)
        heaps = {
            "toutes": queryset,
            "analyse": queryset.filter(status=Status.SCANNING),
            "acceptees": accepted.exclude(valid_until__lt=today),
            "expirees": accepted.filter(valid_until__lt=today),
            "refusees": queryset.filter(status=Status.REFUSED),
            "infectees": queryset.exclude(threat=""),
        }
        return heaps.get(self.value() or "", queryset.filter(status=Status.SUBMITTED))


@admin.register(SupportingDocument)
class SupportingDocumentAdmin(ReadOnlyMixin, PortalAdmin):
    """Papers, the oldest to review first. Who may not read confidential ones does not see them."""

    list_display = ("kind", "about_whom", "family", "state", "sent_at", "valid_until")
    list_filter = (StateFilter, "kind", "sent_at")
    search_fields = ("family__number", "family__name", "child__first_name", "child__last_name")
    search_help_text = "Famille ou enfant"
    ordering = ("sent_at", "pk")
    actions_list = ("review_next",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportingDocument]:
        """Leave out what this agent may not read."""
        return documents_for(request.user).order_by("sent_at", "pk")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Agents who may see papers."""
        return bool(request.user.has_perm(VIEW))

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Say whether this agent accepts and refuses."""
        return bool(request.user.has_perm(REVIEW))

    @display(description="Pour", ordering="child__last_name")
    def about_whom(self, document: SupportingDocument) -> str:
        """Return the child or guardian it concerns."""
        return document.about or "Le foyer"

    @display(description="État", label=TONES, ordering="status")
    def state(self, document: SupportingDocument) -> str:
        """Return the state in the agents' words."""
        if document.threat:
            return "Infectée"
        state = document.state_on(clock.today())
        return {"expiree": "Expirée", "deposee": "À examiner"}.get(state) or document.get_status_display()

    @action(description="Examiner la plus ancienne", permissions=["review"], url_path="examiner", icon="fact_check")
    def review_next(self, request: HttpRequest) -> HttpResponse:
        """Open the paper that has waited longest."""
        return _next(request)

    def get_urls(self) -> list[URLPattern]:
        """Give the file a place beside its page."""
        view = self.admin_site.admin_view(self.give_file)
        return [path("<int:pk>/fichier/", view, name="documents_supportingdocument_file"), *super().get_urls()]

    def give_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the file in the browser; that it was read leaves a trace that the family can be shown."""
        document = get_object_or_404(documents_for(request.user), pk=pk)
        note_reading(document=document, by=request.user, at=clock.now())
        return paper_response(document, inline=True)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a paper and decide it; then the next that waits."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(documents_for(request.user), pk=object_id)
        deed = request.POST.get("do", "")
        sent_on = in_paris(document.sent_at).date()
        accept = AcceptForm(request.POST if deed == "accept" else None, document=document, sent_on=sent_on)
        refuse = RefuseForm(request.POST if deed == "refuse" else None)
        if request.method == "POST":
            if not self.has_review_permission(request):
                raise PermissionDenied
            if _decided(request, document, accept if deed == "accept" else refuse):
                return _next(request)
            if not SupportingDocument.objects.filter(pk=document.pk, status=Status.SUBMITTED).exists():
                return redirect("admin:documents_supportingdocument_change", document.pk)  # somebody else decided
        context = {
            **self.admin_site.each_context(request),
            "title": str(document),
            "opts": self.opts,
            "document": document,
            "state": self.state(document),
            "readable": not document.erased_at and document.status != Status.SCANNING,
            "may_decide": self.has_review_permission(request) and document.status == Status.SUBMITTED,
            "accept": accept,
            "refuse": refuse,
            "requests": [row.request for row in document.attachments.select_related("request")],
            "waiting": documents_to_review(request.user).count(),
        }
        return TemplateResponse(request, "documents/admin/review.html", context)


def _decided(request: HttpRequest, document: SupportingDocument, form: AcceptForm | RefuseForm) -> bool:
    """Accept or refuse; say what happened, or why not. Return whether it is done."""
    if not form.is_valid():
        return False
    given = {"document": document, "by": request.user, "at": clock.now()}
    try:
        if isinstance(form, AcceptForm):
            accept_document(**given, **form.cleaned_data)
            messages.success(request, f"{document} ({document.family}) : acceptée, la famille est prévenue.")
        else:
            refuse_document(**given, reason=form.reason())
            messages.success(request, f"{document} ({document.family}) : refusée, la famille est prévenue.")
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        messages.error(request, refusal.message)
        return False
    return True


def _next(request: HttpRequest) -> HttpResponse:
    following = documents_to_review(request.user).first()
    if following is None:
        messages.info(request, "Plus aucune pièce n’attend d’être examinée.")
        return redirect("admin:documents_supportingdocument_changelist")
    return redirect("admin:documents_supportingdocument_change", following.pk)
