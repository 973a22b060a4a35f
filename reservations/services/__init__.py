"""What a family or an agent does with places: one verb each, in one transaction."""

from reservations.services.booking import NothingToChange, UnknownChild, book_days
from reservations.services.enrolling import EnrolmentRefused, enrol_child

__all__ = ["EnrolmentRefused", "NothingToChange", "UnknownChild", "book_days", "enrol_child"]
