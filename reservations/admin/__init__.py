"""The reservations in the agents' back office."""

from families.admin.links import FamilyLink, add_family_links
from reservations.admin import (  # noqa: F401  (each registers its pages)
    absences,
    activities,
    appointments,
    attendance,
    bookings,
    calendar,
    tariffs,
)

add_family_links(
    FamilyLink("Inscriptions", "reservations", "enrolment"),
    FamilyLink("Réservations", "reservations", "booking"),
    FamilyLink("Rendez-vous petite enfance", "reservations", "appointment"),
)
