"""The requests that reservations record; ``families.request_kinds`` shows them among « Mes dernières demandes »."""

BOOKING = "reservation"
ENROLMENT = "inscription"
ABSENCE = "absence"
APPOINTMENT = "rendez-vous"
WAITING = "liste-attente"
GIVEN_BACK = "jour-rendu"
