"""Application of the reservations."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Réservations"

    def ready(self) -> None:
        from families import demarches
        from families.demarches import Demarche, Section
        from families.request_kinds import RequestKind, register
        from reservations import kinds, privacy
        from reservations.queries.receipts import booking_detail, enrolment_detail

        register(
            RequestKind(
                kinds.BOOKING,
                "Réservations",
                "calendar-days",
                "reservations/request_booking.html",
                booking_detail,
                acknowledges=False,  # its own receipt says each day's outcome
            )
        )
        register(
            RequestKind(
                kinds.ENROLMENT,
                "Inscription",
                "academic-cap",
                "reservations/request_enrolment.html",
                enrolment_detail,
                acknowledges=False,
            )
        )
        demarches.register(
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
        )
        privacy.declare()
