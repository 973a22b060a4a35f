"""Enrolments: who is enrolled in what, ending one, moving one, those that wait for an agent, the run at the end of the year."""

from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, QuerySet, Value, When
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import moment, plain_day
from reservations import services
from reservations.exports import lists
from reservations.forms.agents import AgentEndForm, MoveForm
from reservations.models import Enrolment, EnrolmentDemand, YearRollover
from reservations.queries.enrolments import carried_by, ending_preview, move_preview, other_sites

CHILD_AND_FAMILY = ("child__last_name", "child__first_name", "family__number", "family__name")
CHANGE = "reservations.change_enrolment"


class EnrolmentForm(ModelForm):
    """The first day of an enrolment, inside its school year and before its last."""

    def clean(self) -> dict[str, Any]:
        """Refuse a day outside."""
        data = super().clean() or {}
        row, first = self.instance, data.get("starts_on")
        if first and not row.school_year.starts_on <= first <= row.ends_on:
            raise ValidationError(
                {
                    "starts_on": f"Choisissez un jour entre le {plain_day(row.school_year.starts_on)} et le "
                    f"{plain_day(row.ends_on)}."
                }
            )
        return data


class StateFilter(admin.SimpleListFilter):
    """Whether it was ended."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("en-cours", "En cours ou à venir"), ("terminee", "Terminée avant la fin"), ("reportee", "Reportée")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        """Keep the enrolments of a state."""
        if self.value() == "en-cours":
            return queryset.filter(ended_at=None, ends_on__gte=clock.today())
        if self.value() == "terminee":
            return queryset.exclude(ended_at=None)
        return queryset.exclude(rollover=None) if self.value() == "reportee" else queryset


@admin.register(Enrolment)
class EnrolmentAdmin(ExportMixin, PortalAdmin):
    """Who is enrolled in what. Families enrol; an agent ends an enrolment or moves it, and the household is told."""

    form = EnrolmentForm
    export_columns = lists.ENROLMENTS
    list_display = ("child", "family", "activity", "place", "school_year", "starts_on", "ends_on", "state")
    list_filter = (StateFilter, "school_year", "activity", "site__venue", "site__school")
    list_select_related = ("child", "family", "activity", "site__school", "site__venue", "school_year")
    search_fields = (*CHILD_AND_FAMILY, "request__number")
    search_help_text = "Enfant, famille ou numéro de demande"
    date_hierarchy = "starts_on"
    actions_detail = ("end_page", "move_page")
    fields = (
        ("child", "family"),
        ("activity", "school_year"),
        "site",
        ("starts_on", "ends_on"),
        ("request_shown", "acceptance"),
        "ending",
    )
    readonly_fields = (
        "child",
        "family",
        "activity",
        "site",
        "school_year",
        "ends_on",
        "request_shown",
        "acceptance",
        "ending",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An enrolment stands on an accepted règlement: the family makes it, or an agent at the counter."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Enrolment | None = None) -> bool:
        """An enrolment is ended, not deleted."""
        return False

    @display(description="Lieu", ordering="site__school__name")
    def place(self, enrolment: Enrolment) -> str:
        """Return the school or the centre."""
        return enrolment.site.place_name

    @display(description="État", label={"En cours": "success", "À venir": "info", "Terminée": "warning", "Finie": ""})
    def state(self, enrolment: Enrolment) -> str:
        """Return where it stands today."""
        today = clock.today()
        if enrolment.ended_at is not None and enrolment.ends_on < today:
            return "Terminée"
        if enrolment.ends_on < today:
            return "Finie"
        return "En cours" if enrolment.starts_on <= today else "À venir"

    @display(description="Demande")
    def request_shown(self, enrolment: Enrolment) -> SafeString:
        """Lead to the request."""
        return _to_request(enrolment.request_id, enrolment.request.number)

    @display(description="Fin")
    def ending(self, enrolment: Enrolment) -> str | SafeString:
        """Say why and when it was ended, and lead to what became of each day."""
        if enrolment.ended_at is None or enrolment.end_request is None:
            return "Va jusqu’au bout de l’année."
        words = f"{enrolment.get_end_reason_display()}, enregistré le {moment(enrolment.ended_at)}."
        return format_html("{} {}", words, _to_request(enrolment.end_request_id, enrolment.end_request.number))

    # --- Ending and moving ---

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent ends and moves enrolments."""
        return bool(request.user.has_perm(CHANGE))

    @action(description="Mettre fin", icon="event_busy", permissions=["act"], url_path="mettre-fin")
    def end_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the last day, show what it frees, then end."""
        row = self._running(request, object_id)
        if row is None:
            messages.info(request, "Cette inscription est déjà terminée.")
            return redirect("admin:reservations_enrolment_change", object_id)
        at = clock.now()
        form = AgentEndForm(
            request.POST if request.method == "POST" else None,
            initial={"last_day": max(at.date(), row.starts_on), "submission": uuid4()},
        )
        preview = None
        if request.method == "POST" and form.is_valid():
            if request.POST.get("do") == "end" and self._end(request, row, form):
                return redirect("admin:reservations_enrolment_change", row.pk)
            preview = ending_preview(row, form.cleaned_data["last_day"], at=at, by_agent=True)
        context = {"form": form, "preview": None if form.errors else preview}
        return self._page(request, row, f"Mettre fin – {row}", "end_enrolment", context)

    def _end(self, request: HttpRequest, row: Enrolment, form: AgentEndForm) -> bool:
        try:
            ending = services.end_enrolment(
                family=row.family,
                guardian=row.request.guardian,
                user=request.user,  # type: ignore[arg-type]
                enrolment=row.pk,
                at=clock.now(),
                by_agent=True,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error("last_day", refusal.message)
            return False
        messages.success(
            request,
            f"L’inscription est terminée (demande n° {ending.request.number}). Réservations annulées\u00a0: "
            f"{len(ending.freed)}. La famille est prévenue.",
        )
        return True

    @action(description="Changer de lieu", icon="moving", permissions=["act"], url_path="changer-de-lieu")
    def move_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the new place and the day, show which days follow, then move."""
        row = self._running(request, object_id)
        sites = other_sites(row) if row else []
        if row is None or not sites:
            messages.info(
                request, "Cette activité n’a pas d’autre lieu pour cet enfant, ou l’inscription est terminée."
            )
            return redirect("admin:reservations_enrolment_change", object_id)
        at = clock.now()
        form = MoveForm(
            sites,
            request.POST if request.method == "POST" else None,
            initial={"on": max(at.date(), row.starts_on)},
        )
        preview = None
        if request.method == "POST" and form.is_valid():
            if request.POST.get("do") == "move" and (moved := self._move(request, row, form)):
                return redirect("admin:reservations_enrolment_change", moved.pk)
            target = next(site for site in sites if site.pk == form.cleaned_data["site"])
            preview = move_preview(row, target, form.cleaned_data["on"], at=at)
        return self._page(
            request, row, f"Changer de lieu – {row}", "move_enrolment", {"form": form, "preview": preview}
        )

    def _move(self, request: HttpRequest, row: Enrolment, form: MoveForm) -> Enrolment | None:
        try:
            moved = services.move_enrolment(
                enrolment=row.pk,
                user=request.user,  # type: ignore[arg-type]
                at=clock.now(),
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
            return None
        stayed = (
            f" Restent à {moved.old.place_name}, faute de place\u00a0: {len(moved.stayed)}." if moved.stayed else ""
        )
        messages.success(
            request,
            f"{row.child.first_name} est à {moved.enrolment.site.place_name}. Réservations qui suivent\u00a0: "
            f"{len(moved.followed)}.{stayed} La famille est prévenue.",
        )
        return moved.enrolment

    def _running(self, request: HttpRequest, object_id: str) -> Enrolment | None:
        rows = Enrolment.objects.select_related(
            "child__school", "family", "activity", "site__school", "site__venue", "school_year", "request__guardian"
        )
        if not object_id.isdecimal():
            raise Http404
        row = get_object_or_404(rows, pk=object_id)
        return row if row.ended_at is None and row.ends_on >= clock.today() else None

    def _page(
        self, request: HttpRequest, row: Enrolment, title: str, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            f"reservations/admin/{template}.html",
            {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "row": row, **context},
        )


def _to_request(pk: int | None, number: str) -> SafeString:
    url = reverse("admin:families_familyrequest_change", args=[pk])
    return format_html('<a class="underline" href="{}">n° {}</a>', url, number)


@admin.register(EnrolmentDemand)
class EnrolmentDemandAdmin(ReadOnlyMixin, PortalAdmin):
    """Enrolments that families asked for; each is decided on the page of its request."""

    list_display = ("number", "child", "family", "activity", "place", "school_year", "received", "state")
    list_display_links = None
    list_filter = ("status", "activity", "school_year")
    list_select_related = (
        "request",
        "child",
        "family",
        "activity",
        "site__school",
        "site__venue",
        "school_year",
    )
    search_fields = (*CHILD_AND_FAMILY, "request__number")
    search_help_text = "Enfant, famille ou numéro de demande"
    # Those that wait come first, the oldest before.
    ordering = (Case(When(status=EnrolmentDemand.Status.WAITING, then=Value(0)), default=Value(1)).asc(), "pk")

    @display(description="Demande", ordering="request__number")
    def number(self, demand: EnrolmentDemand) -> SafeString:
        """Lead to where it is decided."""
        return _to_request(demand.request_id, demand.request.number)

    @display(description="Lieu demandé")
    def place(self, demand: EnrolmentDemand) -> str:
        """Return the school or the centre."""
        return demand.site.place_name

    @display(description="Reçue le", ordering="request__received_at")
    def received(self, demand: EnrolmentDemand) -> str:
        """Return when it came."""
        return moment(demand.request.received_at)

    @display(
        description="État",
        ordering="status",
        label={"En attente": "warning", "Acceptée": "success", "Refusée": "danger", "Retirée": ""},
    )
    def state(self, demand: EnrolmentDemand) -> str:
        """Return what became of it."""
        return demand.get_status_display()


@admin.register(YearRollover)
class YearRolloverAdmin(ReadOnlyMixin, PortalAdmin):
    """The runs that carried a year's enrolments over; started from the page of the year that receives them."""

    list_display = ("to_year", "from_year", "started", "person", "state", "made")
    list_select_related = ("from_year", "to_year", "started_by")
    fields = ("from_year", "to_year", "started", "person", "state", "made")
    readonly_fields = fields

    @display(description="Lancé le", ordering="started_at")
    def started(self, run: YearRollover) -> str:
        """Return when it was started."""
        return moment(run.started_at)

    @display(description="Par")
    def person(self, run: YearRollover) -> str:
        """Return who started it."""
        return run.started_by.greeting

    @display(description="État", label={"Fini": "success", "En cours": "warning"})
    def state(self, run: YearRollover) -> str:
        """Return whether it is over."""
        return "Fini" if run.finished_at else "En cours"

    @display(description="Inscriptions reportées")
    def made(self, run: YearRollover) -> str:
        """Return what it made, activity by activity."""
        return ", ".join(f"{name}\u00a0: {number}" for name, number in carried_by(run.pk)) or "–"
