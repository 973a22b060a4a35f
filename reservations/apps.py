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
        from documents.expectations import register as expect_papers
        from families import child_changes, counter, quotient_effects, todo
        from families.school_years import provide
        from reservations import demands, kinds, online, privacy
        from reservations.papers import ATTENDANCE_PAPER, ENROLMENT_PAPER, enrolment_sections
        from reservations.queries.absences import nature_of_proofs
        from reservations.queries.effects import effects
        from reservations.queries.enrolling import expected_papers
        from reservations.queries.planning import school_years
        from reservations.queries.regulations import households_under_regulations, uses_of_regulations
        from reservations.queries.todo import REASONS
        from reservations.services.child_changes import EnrolmentsFollow

        counter.open_space("reservations", but=("agenda", "agenda_cut"))  # an account's own
        provide(school_years)
        demands.declare()
        online.declare()
        privacy.declare()
        todo.register(*REASONS)
        child_changes.listen(EnrolmentsFollow())
        quotient_effects.register(effects)
        register_concern(Source(of_family=uses_of_regulations, households=households_under_regulations))
        expect_papers("enrolments", expected_papers)
        say_nature(kinds.ABSENCE, nature_of_proofs)
        paper_kinds.register(ENROLMENT_PAPER)
        paper_kinds.register(ATTENDANCE_PAPER)
        paper_kinds.register_summary(enrolment_sections)
