"""Enrolling children for a school year, and what becomes of their enrolments: accepted, ended, moved, carried over."""

from reservations.services.enrolling.asking import EnrolmentRefused, Outcome, Wished, enrol_children
from reservations.services.enrolling.carrying import carry_batch, carry_over, resume_carrying
from reservations.services.enrolling.ending import Ending, UnknownEnrolment, end_enrolment, end_for_departure
from reservations.services.enrolling.moving import Moved, NoPlaceThere, move_enrolment
from reservations.services.enrolling.rising import raise_levels

__all__ = [
    "Ending",
    "EnrolmentRefused",
    "Moved",
    "NoPlaceThere",
    "Outcome",
    "UnknownEnrolment",
    "Wished",
    "carry_batch",
    "carry_over",
    "end_enrolment",
    "end_for_departure",
    "enrol_children",
    "move_enrolment",
    "raise_levels",
    "resume_carrying",
]
