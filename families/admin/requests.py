"""The requests of the households: what waits first, and one page to read, take, answer and decide each."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from families import request_kinds
from families.forms.requests import MessageForm
from families.models import FamilyRequest
from families.pdfs import acknowledgement
from families.queries.requests import (
    WAITING_FIRST,
    file_of,
    late_requests,
    open_requests,
    requests_for_agents,
)
from families.services import requests as services

Do = Callable[..., Any]


class WordsForm(forms.Form):
    """What an agent tells the family with her decision."""

    words = forms.CharField(
        label="Réponse à la famille",
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Obligatoire pour un refus, utile pour un accord. La famille lit ces mots tels quels.",
    )


class WaitingFilter(admin.SimpleListFilter):
    """What is to be done, and by whom."""

    title = "à faire"
    parameter_name = "afaire"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the heaps."""
        return [
            ("ouvertes", "À traiter"),
            ("retard", "En retard"),
            ("moi", "À ma charge"),
            ("libres", "Sans agent"),
            ("messages", "Message à lire"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FamilyRequest]) -> QuerySet[FamilyRequest]:
        """Keep the heap chosen."""
        heaps: dict[str, Callable[[], QuerySet[FamilyRequest]]] = {
            "ouvertes": lambda: queryset.filter(pk__in=open_requests().values("pk")),
            "retard": lambda: queryset.filter(pk__in=late_requests(today=clock.today()).values("pk")),
            "moi": lambda: queryset.filter(pk__in=open_requests().filter(handler=request.user).values("pk")),
            "libres": lambda: queryset.filter(pk__in=open_requests().filter(handler=None).values("pk")),
            "messages": lambda: queryset.filter(unread_by_service=True),
        }
        return heaps.get(self.value() or "", lambda: queryset)()


class KindFilter(admin.SimpleListFilter):
    """Which kind of request."""

    title = "démarche"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds that exist."""
        return [(kind.slug, kind.label) for kind in request_kinds.all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FamilyRequest]) -> QuerySet[FamilyRequest]:
        """Keep the kind chosen."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(FamilyRequest)
class FamilyRequestAdmin(ReadOnlyMixin, PortalAdmin):
    """What families asked: what is late first, then what waits."""

    list_display = ("number", "kind_shown", "summary", "asked_by", "state", "promise", "in_charge", "received_at")
    list_filter = (WaitingFilter, KindFilter, "status", "received_at")
    search_fields = ("number", "family__number", "family__name", "summary", "sender_name", "sender_email")
    search_help_text = "Numéro, famille, objet ou expéditeur"

    def get_queryset(self, request: HttpRequest) -> QuerySet[FamilyRequest]:
        """Put first what waits longest."""
        return requests_for_agents(today=clock.today())

    def get_ordering(self, request: HttpRequest) -> Any:
        """Keep the order of the query, unless a column is chosen."""
        return WAITING_FIRST

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent answers families."""
        return bool(request.user.has_perm("families.change_familyrequest"))

    @display(description="Démarche", ordering="kind")
    def kind_shown(self, asked: FamilyRequest) -> str:
        """Return the name of the kind."""
        return request_kinds.kind_of(asked).label

    @display(description="De")
    def asked_by(self, asked: FamilyRequest) -> str:
        """Return the household, or who wrote without an account."""
        return str(asked.family) if asked.family else asked.sender_name

    @display(
        description="État",
        ordering="status",
        label={
            "Reçue": "info",
            "En cours": "info",
            "Attend la famille": "warning",
            "Traitée": "success",
            "Traitée en partie": "warning",
            "Refusée": "danger",
            "Retirée": "",
            "Message à lire": "warning",
        },
    )
    def state(self, asked: FamilyRequest) -> str:
        """Return the state in the agents' words."""
        if asked.unread_by_service:
            return "Message à lire"
        return {"encours": "En cours", "attente": "Attend la famille"}.get(asked.status, asked.get_status_display())

    @display(description="Promesse", ordering="promised_on")
    def promise(self, asked: FamilyRequest) -> str:
        """Return by when an answer was promised, or how late it is."""
        if not asked.is_open or asked.promised_on is None:
            return "–"
        late = (clock.today() - asked.promised_on).days
        return (
            f"En retard de {late} jour{'s' if late > 1 else ''}"
            if late > 0
            else f"Avant le {asked.promised_on:%d/%m/%Y}"
        )

    @display(description="Chargé du dossier", ordering="handler__last_name")
    def in_charge(self, asked: FamilyRequest) -> str:
        """Return the agent in charge."""
        return asked.handler.greeting if asked.handler else "–"

    def get_urls(self) -> list[URLPattern]:
        """Give the acknowledgement a place beside the page."""
        view = self.admin_site.admin_view(self.acknowledgement)
        return [path("<int:pk>/accuse-de-reception/", view, name="families_familyrequest_paper"), *super().get_urls()]

    def acknowledgement(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the acknowledgement as the family has it, to be printed at the counter."""
        asked = self._asked(request, pk)
        response = HttpResponse(acknowledgement(asked), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="accuse-de-reception-{asked.number}.pdf"'
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a request whole; on POST take it, write to the family, accept or refuse."""
        asked = self._asked(request, object_id)
        page = _Page(asked, request)
        if request.method == "POST":
            if not self.has_decide_permission(request):
                raise PermissionDenied
            if page.do(request.POST.get("do", "")):
                return redirect("admin:families_familyrequest_change", asked.pk)
        else:
            services.mark_read_by_service(asked)
        kind = request_kinds.kind_of(asked)
        context = {
            **self.admin_site.each_context(request),
            **kind.load_detail(asked),
            "title": f"{kind.label} – demande n° {asked.number}",
            "opts": self.opts,
            "asked": asked,
            "kind": kind,
            "file": file_of(asked),
            "late": asked.is_late(clock.today()),
            "may_decide": self.has_decide_permission(request),
            "is_mine": asked.handler_id == request.user.pk,
            "message_form": page.message_form,
            "words_form": page.words_form,
            "accept_form": page.accept_form,
        }
        return TemplateResponse(request, "families/admin/request.html", context)

    def _asked(self, request: HttpRequest, pk: str | int) -> FamilyRequest:
        rows = FamilyRequest.objects.select_related("family", "guardian__user", "handler", "decided_by", "entered_by")
        asked = get_object_or_404(rows, pk=pk)
        if not self.has_view_permission(request, asked):
            raise PermissionDenied
        return asked


class _Page:
    """The forms of one request's page; what was typed stays when a deed is refused."""

    def __init__(self, asked: FamilyRequest, request: HttpRequest) -> None:
        self.asked, self.request = asked, request
        kind = request_kinds.kind_of(asked)
        deed = request.POST.get("do")
        typed, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        writes, decides = deed in ("write", "ask"), deed in ("accept", "refuse")
        self.message_form = MessageForm(
            typed if writes else None, files if writes else None, asked=asked, prefix="message"
        )
        self.message_form.fields["body"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        self.words_form = WordsForm(typed if decides else None, prefix="decision")
        self.accept_form = None
        if asked.is_open and kind.accept_form:
            form_class = kind.accept_form(asked)
            self.accept_form = form_class(
                typed if deed == "accept" else None, files if deed == "accept" else None, prefix="accord"
            )

    def do(self, deed: str) -> bool:
        """Do what was asked; say what happened, or why not. Return whether to show the page afresh."""
        deeds: dict[str, Callable[[], str | None]] = {
            "take": self._take,
            "release": self._release,
            "write": self._write,
            "ask": lambda: self._write(expects_answer=True),
            "accept": self._accept,
            "refuse": self._refuse,
        }
        if deed not in deeds:
            return True
        try:
            said = deeds[deed]()
        except Refusal as refusal:
            messages.error(self.request, refusal.message)
            return False
        if said is None:
            return False
        messages.success(self.request, said)
        return True

    def _call(self, service: Do, **given: Any) -> None:
        service(request=self.asked, by=self.request.user, at=clock.now(), **given)

    def _take(self) -> str:
        self._call(services.take_in_charge)
        return "Cette demande est à votre charge ; la famille voit que quelqu’un s’en occupe."

    def _release(self) -> str:
        self._call(services.release_request)
        return "Cette demande n’a plus d’agent en charge."

    def _write(self, *, expects_answer: bool = False) -> str | None:
        form = self.message_form
        if not form.is_valid():
            return None
        services.write_message(
            request=self.asked,
            body=form.cleaned_data["body"],
            submission=form.cleaned_data["submission"],
            at=clock.now(),
            agent=self.request.user,
            expects_answer=expects_answer,
            answers=form.answers(),
        )
        return "Le message est envoyé ; un courriel prévient la famille."

    def _accept(self) -> str | None:
        forms_ok = self.words_form.is_valid()
        if self.accept_form is not None:
            forms_ok = self.accept_form.is_valid() and forms_ok
        if not forms_ok:
            return None
        answers = self.accept_form.cleaned_data if self.accept_form is not None else {}
        self._call(services.accept_request, words=self.words_form.cleaned_data["words"], answers=answers)
        return f"La demande n° {self.asked.number} est acceptée ; la famille est prévenue."

    def _refuse(self) -> str | None:
        if not self.words_form.is_valid():
            return None
        self._call(services.refuse_request, words=self.words_form.cleaned_data["words"])
        return f"La demande n° {self.asked.number} est refusée ; la famille est prévenue."
