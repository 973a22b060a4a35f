"""What can be done on line about services and days (see « Nouvelle démarche »)."""

from families.demarches import Demarche, Section, register

DEMARCHES = (
    Demarche(
        slug="inscrire",
        section=Section.CHILDREN,
        label="Inscrire un enfant aux services",
        purpose="L’inscription se fait chaque année scolaire, avant toute réservation.",
        url_name="reservations:enrol",
        icon="academic-cap",
        needs=("le règlement intérieur, à lire et à accepter",),
        position=10,
    ),
    Demarche(
        slug="reserver",
        section=Section.CHILDREN,
        label="Réserver ou annuler des jours",
        purpose="Cocher ou décocher des jours dans le calendrier de chaque enfant inscrit.",
        url_name="reservations:index",
        icon="calendar-days",
        needs=("un enfant inscrit au service",),
        position=20,
    ),
    Demarche(
        slug="vacances",
        section=Section.CHILDREN,
        label="Réserver les vacances",
        purpose="Réserver des semaines ou des jours d’accueil de loisirs, ou faire ses vœux, et lire ce que l’on a obtenu.",
        url_name="reservations:holidays",
        icon="sun",
        needs=("un enfant inscrit à l’accueil de loisirs des vacances",),
        position=25,
    ),
    Demarche(
        slug="absence",
        section=Section.CHILDREN,
        label="Justifier une absence",
        purpose="Annoncer ou justifier l’absence d’un enfant, et voir l’effet sur la facture.",
        url_name="reservations:absences",
        icon="calendar",
        needs=("le justificatif, si la règle du service le demande",),
        position=30,
    ),
    Demarche(
        slug="creche",
        section=Section.CHILDREN,
        label="Demander un rendez-vous pour une place en crèche",
        purpose="Choisir un créneau avec le service Petite enfance, le déplacer ou l’annuler.",
        url_name="reservations:early_childhood",
        icon="face-smile",
        needs=("la date de naissance, ou celle prévue", "les jours et horaires souhaités"),
        position=40,
    ),
    Demarche(
        slug="simulation",
        section=Section.MONEY,
        label="Simuler un tarif",
        purpose="Ce que coûte un service selon le quotient familial.",
        url_name="reservations:simulation",
        icon="calculator",
        needs_account=False,
        position=60,
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
