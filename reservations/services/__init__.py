"""What a family or an agent does with places: one verb each, in one transaction."""

from reservations.services.absences import EffectChanged, UnknownAbsence, announce_absence
from reservations.services.booking import LateReasonNeeded, NothingToChange, UnknownChild, book_days
from reservations.services.enrolling import EnrolmentRefused, enrol_child
from reservations.services.late_days import give_back_late_days, take_back_late_days

__all__ = [
    "EffectChanged",
    "EnrolmentRefused",
    "LateReasonNeeded",
    "NothingToChange",
    "UnknownAbsence",
    "UnknownChild",
    "announce_absence",
    "book_days",
    "enrol_child",
    "give_back_late_days",
    "take_back_late_days",
]
