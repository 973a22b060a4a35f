"""What a family or an agent does with places: one verb each, in one transaction."""

from reservations.services.absences import EffectChanged, UnknownAbsence, announce_absence
from reservations.services.booking import LateReasonNeeded, NothingToChange, UnknownChild, book_days
from reservations.services.enrolling import EnrolmentRefused, Wished, end_enrolment, enrol_children, move_enrolment
from reservations.services.late_days import give_back_late_days, take_back_late_days

__all__ = [
    "EffectChanged",
    "EnrolmentRefused",
    "LateReasonNeeded",
    "NothingToChange",
    "UnknownAbsence",
    "UnknownChild",
    "Wished",
    "announce_absence",
    "book_days",
    "end_enrolment",
    "enrol_children",
    "move_enrolment",
    "give_back_late_days",
    "take_back_late_days",
]
