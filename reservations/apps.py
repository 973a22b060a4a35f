"""Application of the reservations."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Réservations"

    def ready(self) -> None:
        from documents.concerned import Source
        from documents.concerned import register as register_concern
        from families import child_changes, demarches
        from families.demarches import Demarche, Section
        from families.request_kinds import RequestKind, register
        from families.school_years import provide
        from reservations import kinds, privacy
        from reservations.queries.appointments import appointment_detail
        from reservations.queries.planning import school_years
        from reservations.queries.receipts import booking_detail, enrolment_detail
        from reservations.queries.regulations import households_under_regulations, uses_of_regulations
        from reservations.services.child_changes import EnrolmentsFollow

        child_changes.listen(EnrolmentsFollow())
        provide(school_years)
        register_concern(Source(of_family=uses_of_regulations, households=households_under_regulations))

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
        register(
            RequestKind(
                kinds.APPOINTMENT,
                "Rendez-vous petite enfance",
                "calendar",
                "reservations/appointments/request.html",
                appointment_detail,
                service="petite-enfance",
                acknowledges=False,
                may_withdraw=False,
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
