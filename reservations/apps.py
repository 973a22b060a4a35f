"""Application of the reservations."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Réservations"

    def ready(self) -> None:
        from families.request_kinds import RequestKind, register
        from reservations import kinds
        from reservations.forms.absences import grant_form
        from reservations.queries.absences import absence_detail
        from reservations.queries.receipts import booking_detail, enrolment_detail
        from reservations.services import absences

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
                kinds.ABSENCE,
                "Absence",
                "calendar",
                "reservations/request_absence.html",
                absence_detail,
                on_accept=absences.accept_absence,
                on_refuse=absences.refuse_absence,
                on_withdraw=absences.withdraw_absence,
                accept_form=grant_form,
                acknowledges=False,  # its own receipt says each day's outcome
            )
        )
