"""The appointments: their list, the page of one, and the one that an agent takes for a family."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time, long_day
from families.models import Family, Guardian
from reservations.admin.appointments.forms import CounterForm
from reservations.models import Appointment, AppointmentSlot
from reservations.queries.appointments import AppointmentSheet, creche_children, free_slots
from reservations.services import appointments as services

MOST_FOUND = 20


class WordsForm(forms.Form):
    """What is told to the family when its appointment is cancelled."""

    words = forms.CharField(
        label="Mot à la famille",
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Elle le reçoit par courriel, avec le lien pour choisir un autre créneau.",
        error_messages={"required": "Dites à la famille pourquoi son rendez-vous est annulé."},
    )


class NoteForm(forms.Form):
    """The service's own note."""

    note = forms.CharField(
        label="Note du service",
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="La famille peut en demander copie : restez factuel, rien sur la santé.",
    )


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyMixin, PortalAdmin):
    """Families' appointments."""

    list_display = ("when", "family", "who_shown", "receives", "state", "number")
    list_display_links = ("when", "number")
    list_filter = ("status", "slot__place", "slot__receives")
    list_select_related = ("slot__place", "family", "child", "request")
    search_fields = ("request__number", "family__name", "family__number", "child_name", "child__last_name")
    search_help_text = "Numéro de demande, famille ou enfant"
    date_hierarchy = "slot__starts_at"
    ordering = ("-slot__starts_at",)

    @display(description="Rendez-vous", ordering="slot__starts_at")
    def when(self, row: Appointment) -> str:
        """Return its day and hour."""
        return f"{long_day(row.slot.starts_at)}, {clock_time(row.slot.starts_at)}"

    @display(description="Enfant")
    def who_shown(self, row: Appointment) -> str:
        """Return the child."""
        return row.who

    @display(description="Avec", ordering="slot__receives")
    def receives(self, row: Appointment) -> str:
        """Return who receives."""
        return row.slot.receives

    @display(
        description="État",
        ordering="status",
        label={"Prévu": "info", "Famille venue": "success", "Famille absente": "warning", "Annulé": "danger"},
    )
    def state(self, row: Appointment) -> str:
        """Return where it stands."""
        return row.get_status_display()

    @display(description="Demande", ordering="request__number")
    def number(self, row: Appointment) -> str:
        """Return the number of its request."""
        return row.request.number

    def get_urls(self) -> list[URLPattern]:
        """Give the appointment taken at the counter a page."""
        view = self.admin_site.admin_view(self.counter)
        return [path("prendre/<int:slot>/", view, name="reservations_appointment_counter"), *super().get_urls()]

    # --- One appointment ----------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an appointment; on POST say who came, note, move or cancel."""
        row = self._row(request, object_id)
        may_change = request.user.has_perm("reservations.change_appointment")
        deed = request.POST.get("do", "") if request.method == "POST" else ""
        if deed and not may_change:
            raise PermissionDenied
        words = WordsForm(request.POST if deed == "cancel" else None)
        note = NoteForm(request.POST if deed == "note" else None, initial={"note": row.note})
        if deed and self._do(request, row, deed, words, note):
            return redirect("admin:reservations_appointment_change", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Rendez-vous : {row.who}",
            "opts": self.opts,
            "row": row,
            "sheet": AppointmentSheet(row, clock.now()),
            "has_begun": row.slot.starts_at <= clock.now(),
            "may_change": may_change,
            "words_form": words,
            "note_form": note,
            "free": self._free(row) if may_change and row.status == Appointment.Status.PLANNED else [],
        }
        return TemplateResponse(request, "reservations/admin/appointment.html", context)

    def _do(self, request: HttpRequest, row: Appointment, deed: str, words: WordsForm, note: NoteForm) -> bool:
        at, by = clock.now(), request.user
        try:
            if deed in ("came", "missed"):
                services.mark_appointment(appointment=row.pk, came=deed == "came", at=at)
                said = "C’est noté."
            elif deed == "note" and note.is_valid():
                services.note_appointment(appointment=row.pk, note=note.cleaned_data["note"])
                said = "La note est enregistrée."
            elif deed == "cancel" and words.is_valid():
                text = words.cleaned_data["words"]
                services.cancel_appointment(appointment=row.pk, user=by, at=at, words=text, by_agent=True)
                said = f"Le rendez-vous est annulé. {_told(row)}"
            elif deed == "move" and request.POST.get("slot", "").isdecimal():
                slot = int(request.POST["slot"])
                services.move_appointment(appointment=row.pk, slot=slot, user=by, at=at, by_agent=True)
                said = f"Le rendez-vous est déplacé. {_told(row)}"
            else:
                return False
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return False
        messages.success(request, said)
        return True

    @staticmethod
    def _free(row: Appointment) -> list[AppointmentSlot]:
        return list(free_slots().filter(starts_at__gt=clock.now()).select_related("place")[:200])

    def _row(self, request: HttpRequest, pk: str) -> Appointment:
        rows = Appointment.objects.select_related(
            "slot__place", "family", "child", "request__guardian__user", "booked_by", "cancelled_by"
        )
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(rows.prefetch_related("moves"), pk=pk if pk.isdecimal() else 0)

    # --- At the counter -----------------------------------------------------------------------------------------------

    def counter(self, request: HttpRequest, slot: int) -> HttpResponse:
        """Find a family, then take the slot for her."""
        if not request.user.has_perm("reservations.add_appointment"):
            raise PermissionDenied
        chosen = get_object_or_404(AppointmentSlot.objects.select_related("place"), pk=slot)
        asked = request.GET.get("q", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "title": "Prendre un rendez-vous pour une famille",
            "opts": self.opts,
            "slot": chosen,
            "asked": asked,
            "found": _families(asked),
            "family": None,
            "form": None,
        }
        if number := request.GET.get("famille", ""):
            family = Family.objects.filter(pk=number if number.isdecimal() else 0).first()
            if family is None:
                raise Http404
            form = self._counter_form(request, family, chosen)
            if request.method == "POST" and form.is_valid() and (made := self._take(request, family, form)):
                messages.success(request, f"Le rendez-vous est pris, demande n° {made.request.number}. {_told(made)}")
                return redirect("admin:reservations_appointment_change", made.pk)
            context |= {"family": family, "form": form}
        return TemplateResponse(request, "reservations/admin/counter.html", context)

    @staticmethod
    def _counter_form(request: HttpRequest, family: Family, slot: AppointmentSlot) -> CounterForm:
        posted = request.POST if request.method == "POST" else None
        today = clock.today()
        children = creche_children(family, today=today)
        return CounterForm(family, children, today, posted, initial={"slot": slot.pk})

    @staticmethod
    def _take(request: HttpRequest, family: Family, form: CounterForm) -> Appointment | None:
        try:
            return services.book_appointment(
                family=family,
                guardian=form.cleaned_data["guardian"],
                user=request.user,
                slot=form.cleaned_data["slot"],
                asked=form.asked(),
                submission=form.cleaned_data["submission"],
                at=clock.now(),
                by_agent=True,
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
            return None


def _told(row: Appointment) -> str:
    guardian = row.request.guardian
    if guardian and guardian.mail_address and guardian.rights != Guardian.Rights.EXCLUDED:
        return "La famille est prévenue par courriel."
    return "La famille n’a pas d’adresse électronique où écrire : prévenez-la par téléphone."


def _families(asked: str) -> QuerySet[Family] | list[Family]:
    if len(asked) < 2:
        return []
    wanted = Q(name__icontains=asked) | Q(number__iexact=asked) | Q(guardians__last_name__icontains=asked)
    return Family.objects.filter(wanted).distinct().prefetch_related("guardians")[:MOST_FOUND]
