"""Addresses of reservations."""

from datetime import date

from django.urls import path, register_converter

from reservations.views import absences, appointments, booking, enrolling, late_days, simulation, waiting


class MonthConverter:
    """A month in an address: ``2026-12``, read as its first day."""

    regex = r"20\d\d-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Return the first day of the month."""
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        """Write the month of a day."""
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "reservations"
urlpatterns = [
    path("reservations/", booking.index, name="index"),
    path("reservations/<int:child>/<slug:activity>/<month:month>/", booking.calendar, name="calendar"),
    path("inscriptions/", enrolling.enrol, name="enrol"),
    path("inscriptions/choix/", enrolling.enrol_several, name="enrol_several"),
    path("inscriptions/terminer/<int:enrolment>/", enrolling.end, name="end_enrolment"),
    path("inscriptions/<int:child>/<slug:activity>/", enrolling.enrol_child, name="enrol_child"),
    path("absences/", absences.index, name="absences"),
    path("absences/<int:child>/<slug:activity>/", absences.announce, name="announce_absence"),
    path("liste-d-attente/", waiting.index, name="waiting"),
    path("liste-d-attente/<int:entry>/", waiting.entry, name="waiting_entry"),
    path("liste-d-attente/<int:entry>/accepter/", waiting.accept, name="accept_offer"),
    path("liste-d-attente/<int:entry>/quitter/", waiting.leave, name="leave_waiting"),
    path("liste-d-attente/<int:child>/<slug:activity>/", waiting.join, name="join_waiting"),
    path("jours-rendus/", late_days.index, name="late_days"),
    path("jours-rendus/reprendre/", late_days.take_back, name="take_back"),
    path("simulation/", simulation.simulation, name="simulation"),
    path("petite-enfance/", appointments.early_childhood, name="early_childhood"),
    path("petite-enfance/<str:number>/deplacer/", appointments.move, name="move_appointment"),
    path("petite-enfance/<str:number>/annuler/", appointments.cancel, name="cancel_appointment"),
    path("petite-enfance/<str:number>/agenda.ics", appointments.calendar_entry, name="appointment_calendar"),
]
