"""The columns of the lists of bookings. The reason of an absence, which may speak of health, stays on the screen."""

from castres_portal.base.exports.columns import Column

FAMILY = (Column("Dossier", "family.number"), Column("Foyer", "family.name"))
CHILD = (Column("Nom", "child.last_name"), Column("Prénom", "child.first_name"))
WHERE = (Column("Activité", "activity.name"), Column("Lieu", "site.place_name"))

BOOKINGS = (
    Column("Jour", "day"),
    *CHILD,
    *FAMILY,
    *WHERE,
    Column("Formule", "get_formula_display"),
    Column("État", "get_status_display"),
    Column("Réservée le", "booked_at"),
    Column("Annulée le", "cancelled_at"),
    Column("Rendue hors délai le", "given_back_at"),
)
ENROLMENTS = (
    *CHILD,
    *FAMILY,
    *WHERE,
    Column("Année scolaire", "school_year.label"),
    Column("À partir du", "starts_on"),
    Column("Jusqu’au", "ends_on"),
    Column("Terminée le", "ended_at"),
)
WAITING = (
    Column("Jour", "day"),
    *CHILD,
    *FAMILY,
    *WHERE,
    Column("État", "get_status_display"),
    Column("En attente depuis le", "joined_at"),
    Column("Proposée le", "offered_at"),
    Column("À accepter avant le", "offered_until"),
)
ABSENCES = (
    Column("Demande", "request.number"),
    *CHILD,
    Column("Dossier", "request.family.number"),
    Column("Activité", "activity.name"),
    Column("Annoncée le", "announced_at"),
    Column("Jours", "day_count"),
    Column("À décider", "wait_count"),
    Column("État de la demande", "request.get_status_display"),
)
