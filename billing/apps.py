"""Application of the billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing.services.absences import report_granted_after_invoice
        from reservations import settlements

        settlements.register(report_granted_after_invoice)
