"""The reservations in the agents' back office."""

from reservations.admin import (  # noqa: F401  (each registers its pages)
    absences,
    activities,
    appointments,
    bookings,
    calendar,
    tariffs,
)
