"""Rows of the reservations: when there is school, what runs where and for how much, who has a place on which day."""

from reservations.models.absences import Absence, AbsenceDay, AbsenceReason, AbsenceRule
from reservations.models.activities import Activity, ActivityFormula, ActivitySite, Site, SiteDay
from reservations.models.agenda import AgendaFeed
from reservations.models.appointments import Appointment, AppointmentMove, AppointmentPlace, AppointmentSlot
from reservations.models.attendance import Attendance, AttendancePost, AttendanceTouch, SheetReading
from reservations.models.bookings import Booking, BookingReceipt, Enrolment, ReceiptLine
from reservations.models.calendar import ClosedPeriod, SchoolYear
from reservations.models.closures import Closure, ClosureNotice
from reservations.models.enrolling import EnrolmentDemand, YearRollover
from reservations.models.holidays import AllocationCriterion, HolidayPeriod
from reservations.models.kitchen import KitchenChange, KitchenCheck, KitchenExtra, KitchenOrder, KitchenOrderLine
from reservations.models.menus import Menu, MenuDish
from reservations.models.places import PlacesChange
from reservations.models.reminders import DayReminder, RemindedDay, ReminderStop
from reservations.models.residence import Residence
from reservations.models.tariffs import Tariff, TariffBand, TariffRule
from reservations.models.waiting import WaitingEntry, WaitingMove
from reservations.models.wishes import Wish, WishedChild, WishList

__all__ = [
    "Absence",
    "AbsenceDay",
    "AbsenceReason",
    "AbsenceRule",
    "Activity",
    "ActivityFormula",
    "ActivitySite",
    "AgendaFeed",
    "AllocationCriterion",
    "Appointment",
    "AppointmentMove",
    "AppointmentPlace",
    "AppointmentSlot",
    "Attendance",
    "AttendancePost",
    "AttendanceTouch",
    "Booking",
    "BookingReceipt",
    "ClosedPeriod",
    "Closure",
    "ClosureNotice",
    "DayReminder",
    "Enrolment",
    "EnrolmentDemand",
    "HolidayPeriod",
    "KitchenChange",
    "KitchenCheck",
    "KitchenExtra",
    "KitchenOrder",
    "KitchenOrderLine",
    "Menu",
    "MenuDish",
    "PlacesChange",
    "ReceiptLine",
    "RemindedDay",
    "ReminderStop",
    "Residence",
    "SchoolYear",
    "SheetReading",
    "Site",
    "SiteDay",
    "Tariff",
    "TariffBand",
    "TariffRule",
    "WaitingEntry",
    "YearRollover",
    "WaitingMove",
    "Wish",
    "WishList",
    "WishedChild",
]
