"""The reservations in the agents' back office."""

from families.admin.links import FamilyLink, add_family_links
from reservations.admin import (  # noqa: F401  (each registers its pages)
    absences,
    activities,
    appointments,
    attendance,
    bookings,
    calendar,
    closures,
    enrolments,
    filling,
    holidays,
    kitchen,
    reminders,
    tariffs,
    waiting,
)

add_family_links(
    FamilyLink("Inscriptions", "reservations", "enrolment"),
    FamilyLink("Réservations", "reservations", "booking"),
    FamilyLink("Liste d’attente", "reservations", "waitingentry"),
    FamilyLink("Rendez-vous petite enfance", "reservations", "appointment"),
)
