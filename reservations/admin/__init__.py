"""The reservations in the agents' back office."""

from reservations.admin import activities, appointments, bookings, calendar, tariffs  # noqa: F401  (each registers its pages)
