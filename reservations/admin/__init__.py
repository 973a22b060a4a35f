"""The reservations in the agents' back office."""

from reservations.admin import absences, activities, bookings, calendar, tariffs  # noqa: F401  (each registers its pages)
