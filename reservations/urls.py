"""Addresses of reservations."""

from datetime import date

from django.urls import path, register_converter

from reservations.views import absences, appointments, booking, enrolling, patterns, simulation


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
    path("reservations/semaine-type/", patterns.week_pattern, name="week_pattern"),
    path("reservations/copier-un-mois/", patterns.copy_month, name="copy_month"),
    path("reservations/copier-vers/", patterns.copy_to, name="copy_to"),
    path("reservations/effacer/", patterns.clear_days, name="clear_days"),
    path("reservations/<int:child>/<slug:activity>/<month:month>/", booking.calendar, name="calendar"),
    path("inscriptions/", enrolling.enrol, name="enrol"),
    path("inscriptions/<int:child>/<slug:activity>/", enrolling.enrol_child, name="enrol_child"),
    path("absences/", absences.index, name="absences"),
    path("absences/<int:child>/<slug:activity>/", absences.announce, name="announce_absence"),
    path("simulation/", simulation.simulation, name="simulation"),
    path("petite-enfance/", appointments.early_childhood, name="early_childhood"),
    path("petite-enfance/<str:number>/deplacer/", appointments.move, name="move_appointment"),
    path("petite-enfance/<str:number>/annuler/", appointments.cancel, name="cancel_appointment"),
    path("petite-enfance/<str:number>/agenda.ics", appointments.calendar_entry, name="appointment_calendar"),
]
