"""Addresses of reservations."""

from datetime import date

from django.urls import path, register_converter

from reservations.views import (
    absences,
    agenda,
    appointments,
    attendance,
    booking,
    enrolling,
    holidays,
    late_days,
    menus,
    patterns,
    reminders,
    simulation,
    stories,
    waiting,
)


class MonthConverter:
    """A month in an address: ``2026-12``, read as its first day."""

    regex = r"20\d\d-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Return the first day of the month."""
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        """Write the month of a day."""
        return f"{value:%Y-%m}"


class WeekConverter:
    """An ISO week in an address: ``2026-W50``, read as its Monday; a year of 52 weeks has no week 53."""

    regex = r"20\d\d-W[0-5]\d"

    def to_python(self, value: str) -> date:
        """Return the Monday; raise ValueError (no such page) for a week that does not exist."""
        return date.fromisocalendar(int(value[:4]), int(value[-2:]), 1)

    def to_url(self, value: date) -> str:
        """Write the week of a day."""
        return f"{value:%G-W%V}"


class DayConverter:
    """A day in an address: ``2026-11-26``; one that no calendar has is no address."""

    regex = r"20\d\d-[01]\d-[0-3]\d"

    def to_python(self, value: str) -> date:
        """Return the day."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Write a day."""
        return value.isoformat()


register_converter(MonthConverter, "month")
register_converter(WeekConverter, "week")
register_converter(DayConverter, "day")

app_name = "reservations"
urlpatterns = [
    path("reservations/", booking.index, name="index"),
    path("reservations/semaine-type/", patterns.week_pattern, name="week_pattern"),
    path("reservations/copier-un-mois/", patterns.copy_month, name="copy_month"),
    path("reservations/copier-vers/", patterns.copy_to, name="copy_to"),
    path("reservations/jours-habituels/", reminders.usual_days, name="usual_days"),
    path("reservations/rappels/", reminders.reminder_choice, name="reminder_choice"),
    path("reservations/rappel/<str:key>/", reminders.reminder, name="reminder"),
    path("reservations/rappel/<str:key>/arreter/", reminders.stop_reminders, name="stop_reminders"),
    path("reservations/effacer/", patterns.clear_days, name="clear_days"),
    path("reservations/<month:month>/", booking.month, name="month"),
    path("reservations/semaine/<week:week>/", booking.week, name="week"),
    path("reservations/jour/<day:day>/", stories.day, name="day"),
    path("reservations/<int:child>/<slug:activity>/<month:month>/", booking.calendar, name="calendar"),
    path("reservations/<int:child>/<slug:activity>/jour/<day:day>/", stories.slot_day, name="slot_day"),
    path("compte/mon-agenda/", agenda.my_agenda, name="agenda"),
    path("compte/mon-agenda/couper/", agenda.cut, name="agenda_cut"),
    path("agenda/<str:token>.ics", agenda.feed, name="agenda_feed"),
    path("inscriptions/", enrolling.enrol, name="enrol"),
    path("inscriptions/choix/", enrolling.enrol_several, name="enrol_several"),
    path("inscriptions/terminer/<int:enrolment>/", enrolling.end, name="end_enrolment"),
    path("inscriptions/<int:child>/<slug:activity>/", enrolling.enrol_child, name="enrol_child"),
    path("absences/", absences.index, name="absences"),
    path("absences/<int:child>/<slug:activity>/", absences.announce, name="announce_absence"),
    path("presences/", attendance.presences, name="presences"),
    path("pointage/", attendance.days, name="attendance_days"),
    path("pointage/tablette.js", attendance.worker, name="attendance_worker"),
    path("pointage/hors-connexion/", attendance.offline, name="attendance_offline"),
    path("pointage/envoi/", attendance.send, name="attendance_send"),
    path("pointage/feuilles/<day:day>/pdf/", attendance.day_pdf, name="attendance_day_pdf"),
    path("pointage/<int:site>/<day:day>/", attendance.sheet, name="attendance_sheet"),
    path("pointage/<int:site>/<day:day>/pdf/", attendance.sheet_pdf, name="attendance_sheet_pdf"),
    path("liste-d-attente/", waiting.index, name="waiting"),
    path("liste-d-attente/<int:entry>/", waiting.entry, name="waiting_entry"),
    path("liste-d-attente/<int:entry>/accepter/", waiting.accept, name="accept_offer"),
    path("liste-d-attente/<int:entry>/quitter/", waiting.leave, name="leave_waiting"),
    path("liste-d-attente/<int:child>/<slug:activity>/", waiting.join, name="join_waiting"),
    path("jours-rendus/", late_days.index, name="late_days"),
    path("jours-rendus/reprendre/", late_days.take_back, name="take_back"),
    path("menus/", menus.menus, name="menus"),
    path("vacances/", holidays.index, name="holidays"),
    path("vacances/<int:period>/", holidays.period, name="holiday_period"),
    path("simulation/", simulation.simulation, name="simulation"),
    path("petite-enfance/", appointments.early_childhood, name="early_childhood"),
    path("petite-enfance/<str:number>/deplacer/", appointments.move, name="move_appointment"),
    path("petite-enfance/<str:number>/annuler/", appointments.cancel, name="cancel_appointment"),
    path("petite-enfance/<str:number>/agenda.ics", appointments.calendar_entry, name="appointment_calendar"),
]
