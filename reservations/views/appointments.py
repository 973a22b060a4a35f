"""« Petite enfance »: take an appointment for a place in a crèche, move it, cancel it, put it in a calendar."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time, long_day
from reservations.emails.appointments import FILE_NAME, meeting_of
from reservations.forms.appointments import AppointmentForm, SlotForm
from reservations.ical import Method, calendar_file
from reservations.models import Appointment
from reservations.queries.appointments import (
    AppointmentSheet,
    appointments_of,
    coming_appointments,
    creche_children,
    free_weeks,
    only_place,
)
from reservations.services.appointments import (
    SlotTaken,
    book_appointment,
    cancel_appointment,
    move_appointment,
)
from reservations.views.household import household_of, posted


@never_cache  # « back » shows the slots as they are now
@require_http_methods(["GET", "HEAD", "POST"])
def early_childhood(request: HttpRequest) -> HttpResponse:
    """The household's appointments to come, the free slots and the one form."""
    family, guardian = household_of(request)
    at = clock.now()
    form = AppointmentForm(creche_children(family, today=at.date()), at.date(), posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = book_appointment(
                family=family,
                guardian=guardian,
                user=request.user,
                slot=form.cleaned_data["slot"],
                asked=form.asked(),
                submission=form.cleaned_data["submission"],
                at=at,
            )
        except Refusal as refusal:
            form.add_error("slot" if isinstance(refusal, SlotTaken) else None, refusal.message)
        else:
            messages.success(request, "Votre rendez-vous est pris. Vous recevez aussi cette confirmation par courriel.")
            return redirect("families:request", made.request.number)
    context = {**_slots(form, at), "coming": coming_appointments(family, at=at)}
    return render(request, "reservations/appointments/ask.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Choose another slot for an appointment."""
    sheet = _sheet_or_404(request, number)
    form = SlotForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            moved = move_appointment(
                appointment=sheet.appointment.pk, slot=form.cleaned_data["slot"], user=request.user, at=sheet.at
            )
        except Refusal as refusal:
            form.add_error("slot", refusal.message)
        else:
            start = moved.slot.starts_at
            messages.success(request, f"Votre rendez-vous est déplacé au {long_day(start)} à {clock_time(start)}.")
            return redirect("families:request", number)
    return render(request, "reservations/appointments/move.html", {**_slots(form, sheet.at), "sheet": sheet})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once more, then cancel."""
    sheet = _sheet_or_404(request, number)
    if request.method == "POST":
        try:
            cancel_appointment(appointment=sheet.appointment.pk, user=request.user, at=sheet.at)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "Votre rendez-vous est annulé. Une autre famille peut prendre ce créneau.")
        return redirect("families:request", number)
    return render(request, "reservations/appointments/cancel.html", {"sheet": sheet})


@require_safe
def calendar_entry(request: HttpRequest, number: str) -> HttpResponse:
    """The appointment as a file for any calendar."""
    sheet = _sheet_or_404(request, number)
    if sheet.appointment.status == Appointment.Status.CANCELLED:
        raise Http404
    content = calendar_file(meeting_of(sheet.appointment), Method.PUBLISH, at=sheet.at)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


def _sheet_or_404(request: HttpRequest, number: str) -> AppointmentSheet:
    family, _ = household_of(request)
    found = appointments_of(family).filter(request__number=number).first()
    if found is None:
        raise Http404
    return AppointmentSheet(found, clock.now())


def _slots(form: AppointmentForm | SlotForm, at: datetime) -> dict[str, Any]:
    """Return what the list of slots shows: what is free now, and what stays ticked after a refusal."""
    value, weeks = str(form["slot"].value() or ""), free_weeks(at=at)
    chosen = int(value) if value.isdecimal() else None
    return {"form": form, "weeks": weeks, "only_place": only_place(weeks), "chosen": chosen}
