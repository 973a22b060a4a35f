"""Application of the reservations."""

from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "reservations"
    verbose_name = "Réservations"

    def ready(self) -> None:
        from documents import paper_kinds
        from documents.concerned import Source
        from documents.concerned import register as register_concern
        from documents.desk import say_nature
        from families import child_changes, quotient_effects, todo
        from families.request_kinds import RequestKind, register
        from families.school_years import provide
        from reservations import kinds, online, privacy
        from reservations.forms.absences import grant_form
        from reservations.papers import ATTENDANCE_PAPER, ENROLMENT_PAPER, enrolment_sections
        from reservations.queries.absences import absence_detail, nature_of_proofs
        from reservations.queries.appointments import appointment_detail
        from reservations.queries.effects import effects
        from reservations.queries.planning import school_years
        from reservations.queries.receipts import booking_detail, enrolment_detail
        from reservations.queries.regulations import households_under_regulations, uses_of_regulations
        from reservations.queries.todo import REASONS
        from reservations.services import absences
        from reservations.services.child_changes import EnrolmentsFollow

        child_changes.listen(EnrolmentsFollow())
        say_nature(kinds.ABSENCE, nature_of_proofs)
        todo.register(*REASONS)
        provide(school_years)
        register_concern(Source(of_family=uses_of_regulations, households=households_under_regulations))

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
        paper_kinds.register(ENROLMENT_PAPER)
        paper_kinds.register(ATTENDANCE_PAPER)
        paper_kinds.register_summary(enrolment_sections)
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
        online.declare()
        privacy.declare()
