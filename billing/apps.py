"""Application of the billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Facturation"

    def ready(self) -> None:
        from billing.services.absences import report_granted_after_invoice
        from billing.services.late_quotients import note_late_quotient
        from families import quotient_changes
        from reservations import settlements

        quotient_changes.register(note_late_quotient)
        settlements.register(report_granted_after_invoice)

        from billing import privacy
        from families.demarches import Demarche, Section, register

        register(
            Demarche(
                slug="payer",
                section=Section.MONEY,
                label="Consulter et payer mes factures",
                purpose="Lire la facture du mois, la télécharger et la payer par carte bancaire.",
                url_name="billing:invoices",
                icon="credit-card",
                needs=("une carte bancaire, pour payer en ligne",),
            )
        )
        privacy.declare()
