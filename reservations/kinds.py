"""The requests that reservations record; ``families.request_kinds`` shows them among « Mes dernières demandes »."""

BOOKING = "reservation"
ENROLMENT = "inscription"
APPOINTMENT = "rendez-vous"
