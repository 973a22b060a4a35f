"""Application of the reservations."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Réservations"

    def ready(self) -> None:
        from families import quotient_effects
        from families.request_kinds import RequestKind, register
        from reservations import kinds
        from reservations.queries.effects import effects
        from reservations.queries.receipts import booking_detail, enrolment_detail

        quotient_effects.register(effects)
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
