"""Application of the billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing import demands, online, privacy
        from billing.household_papers import STATEMENT_PAPER, TAX_PAPER
        from billing.services.absences import report_freed_after_invoice, report_granted_after_invoice
        from billing.services.late_quotients import note_late_quotient
        from documents import paper_kinds
        from families import quotient_changes
        from reservations import settlements

        quotient_changes.register(note_late_quotient)
        settlements.register(report_granted_after_invoice)
        settlements.register_freed(report_freed_after_invoice)
        demands.declare()
        online.declare()
        privacy.declare()
        paper_kinds.register(TAX_PAPER)
        paper_kinds.register(STATEMENT_PAPER)
