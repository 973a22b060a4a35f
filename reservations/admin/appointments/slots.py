"""The slots: their list, the page that opens them, the week and its paper."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, Exists, IntegerField, OuterRef, Prefetch, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time, long_day
from reservations.admin.appointments.forms import OpeningForm
from reservations.models import Appointment, AppointmentPlace, AppointmentSlot
from reservations.pdfs import agenda_pdf
from reservations.queries.appointments import HOLDING, agenda
from reservations.rules.appointments import PlannedDay, slot_count
from reservations.services.appointments import open_slots, withdraw_slots
from reservations.services.appointments.opening import preview_opening


class FreeFilter(admin.SimpleListFilter):
    """Who has it."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("libre", "Libre"), ("pris", "Pris"), ("retire", "Retiré")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AppointmentSlot]) -> QuerySet[AppointmentSlot]:
        """Keep the slots of a state."""
        if self.value() == "retire":
            return queryset.exclude(withdrawn_at=None)
        held = Exists(Appointment.objects.filter(HOLDING, slot=OuterRef("pk")))
        if self.value() == "libre":
            return queryset.filter(~held, withdrawn_at=None)
        return queryset.filter(held) if self.value() == "pris" else queryset


@admin.register(AppointmentSlot)
class AppointmentSlotAdmin(ReadOnlyMixin, PortalAdmin):
    """Every slot, who has it; opened by weeks, withdrawn by the handful, never rewritten."""

    list_display = ("day", "hours", "receives", "place", "state", "family")
    list_display_links = None
    list_filter = (FreeFilter, "place", "receives")
    list_select_related = ("place",)
    search_fields = ("receives", "appointments__family__name", "appointments__family__number")
    search_help_text = "Qui reçoit, ou famille"
    date_hierarchy = "starts_at"
    actions = ("withdraw",)
    actions_list = ("week", "open_slots_page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentSlot]:
        """Bring who has each slot along."""
        held = Appointment.objects.filter(HOLDING).select_related("family")
        past = Case(When(ends_at__lt=clock.now(), then=Value(1)), default=Value(0), output_field=IntegerField())
        rows = AppointmentSlot.objects.annotate(past=past).order_by(*self.get_ordering(request))
        return rows.prefetch_related(Prefetch("appointments", queryset=held, to_attr="held"))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Put what is to come first."""
        return ("past", "starts_at", "place__name", "receives")

    @display(description="Jour", ordering="starts_at")
    def day(self, slot: AppointmentSlot) -> str:
        """Return the day."""
        return long_day(slot.starts_at)

    @display(description="Heure")
    def hours(self, slot: AppointmentSlot) -> str:
        """Return the hours."""
        return f"{clock_time(slot.starts_at)} – {clock_time(slot.ends_at)}"

    @display(description="État", label={"Libre": "info", "Pris": "success", "Retiré": "warning"})
    def state(self, slot: AppointmentSlot) -> str:
        """Return whether a family has it."""
        if slot.held:  # type: ignore[attr-defined]
            return "Pris"
        return "Libre" if slot.withdrawn_at is None else "Retiré"

    @display(description="Famille")
    def family(self, slot: AppointmentSlot) -> str:
        """Return the household that has it."""
        return str(slot.held[0].family) if slot.held else "–"  # type: ignore[attr-defined]

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent opens and withdraws slots."""
        return bool(request.user.has_perm("reservations.change_appointmentslot"))

    def has_open_permission(self, request: HttpRequest) -> bool:
        """Say whether this agent opens slots."""
        return bool(request.user.has_perm("reservations.add_appointmentslot"))

    @admin.action(description="Retirer les créneaux libres", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[AppointmentSlot]) -> None:
        """Offer the free ones no more."""
        ids = list(queryset.values_list("pk", flat=True))
        count = withdraw_slots(slots=ids, at=clock.now())
        messages.success(request, f"Créneaux retirés : {count}.")
        if count < len(ids):
            messages.info(
                request,
                f"Créneaux laissés : {len(ids) - count}, pris par une famille, déjà retirés ou passés. Pour annuler le "
                "rendez-vous d’une famille, ouvrez-le : elle lira vos mots.",
            )

    @action(description="Agenda de la semaine", url_path="agenda/", icon="calendar_view_week", permissions=["view"])
    def week(self, request: HttpRequest) -> HttpResponse:
        """Show a week, or give it as a paper."""
        day = _day(request.GET.get("jour", "")) or clock.today()
        place = request.GET.get("lieu", "")
        found = agenda(day, place=int(place) if place.isdecimal() and len(place) < 10 else None)
        if request.GET.get("papier"):
            response = HttpResponse(agenda_pdf(found, at=clock.now()), content_type="application/pdf")
            response["Content-Disposition"] = f'inline; filename="agenda-{found.monday:%Y-%m-%d}.pdf"'
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": f"Petite enfance : semaine du {long_day(found.monday).partition(' ')[2]}",
            "opts": self.opts,
            "week": found,
            "today": clock.today(),
            "now": clock.now(),
            "places": list(AppointmentPlace.objects.all()),
            "place": place,
            "may_book": request.user.has_perm("reservations.add_appointment"),
            "may_open": self.has_open_permission(request),
        }
        return TemplateResponse(request, "reservations/admin/agenda.html", context)

    @action(description="Ouvrir des créneaux", url_path="ouvrir/", icon="add", permissions=["open"])
    def open_slots_page(self, request: HttpRequest) -> HttpResponse:
        """Show what an opening would make, then make it."""
        posted = request.POST if request.method == "POST" else None
        form = OpeningForm(posted, today=clock.today())
        days: list[PlannedDay] | None = None
        if posted is not None and form.is_valid():
            options = {name: form.cleaned_data[name] for name in ("closed_days", "skip_school_holidays")}
            days = preview_opening(form.opening(), **options)
            if posted.get("do") == "open" and posted.get("seen") == str(slot_count(days)):
                try:
                    made = open_slots(
                        place=form.cleaned_data["place"],
                        opening=form.opening(),
                        user=request.user,
                        at=clock.now(),
                        **options,
                    )
                except Refusal as refusal:
                    messages.error(request, refusal.message)
                else:
                    messages.success(request, f"Créneaux ouverts : {len(made)}. Les familles peuvent les prendre.")
                    first = clock.in_paris(made[0].starts_at).date()
                    return redirect(f"{self.agenda_url()}?jour={first:%Y-%m-%d}")
            elif posted.get("do") == "open":
                messages.warning(request, "Les créneaux ont changé depuis l’aperçu : relisez-les avant de les ouvrir.")
        context = {
            **self.admin_site.each_context(request),
            "title": "Ouvrir des créneaux",
            "opts": self.opts,
            "form": form,
            "days": days,
            "count": slot_count(days or []),
        }
        return TemplateResponse(request, "reservations/admin/open_slots.html", context)

    @staticmethod
    def agenda_url() -> str:
        """Return where the week is."""
        return reverse("admin:reservations_appointmentslot_week")


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
