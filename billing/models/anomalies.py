"""What a person must look at."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.attempts import PaymentAttempt, PayzenMessage
from billing.models.invoices import Invoice
from billing.models.runs import BillingRun
from families.models import Family


class Anomaly(models.Model):
    """Something named that holds an invoice back or that money did unexpectedly, until an agent says it is settled."""

    class Kind(models.TextChoices):
        NO_TARIFF = "sans-tarif", "Réservation sans tarif"
        QUOTIENT_GAP = "quotient-hors-tranches", "Quotient hors des tranches"
        NO_PAYER = "sans-payeur", "Foyer sans responsable payeur"
        LATE_QUOTIENT = "quotient-tardif", "Quotient reçu après la facture"
        OVERPAID = "trop-percu", "Trop-perçu"
        LATE_PAYMENT = "paiement-tardif", "Paiement arrivé après la fermeture"
        MISMATCH = "ecart-banque", "Message de la banque différent de la demande"
        UNKNOWN_ORDER = "commande-inconnue", "Message de la banque sans tentative connue"
        REFUND = "remboursement", "Remboursement fait à la banque"
        REVERSED = "paiement-annule", "Paiement annulé par la banque"
        CHARGEBACK = "impaye", "Paiement contesté, repris par la banque"
        CLOCKS = "horloges", "Horloges du portail et de la banque en désaccord"
        EXCUSED_LATE = "absence-deja-facturee", "Absence acceptée après la facture"
        DEBIT_RETURNED = "prelevement-rejete", "Prélèvement rejeté par la banque"
        DAILY_FILE = "ecart-journal", "Écart avec le fichier du jour de PayZen"
        INSTALMENT_REFUSED = "echeance-refusee", "Échéance refusée par la banque"
        INSTALMENT_LATE = "echeance-en-retard", "Échéance en retard"
        BANK_SILENT = "banque-muette", "La banque ne répond pas à nos demandes"

    kind = models.CharField("nature", max_length=24, choices=Kind)
    message = models.TextField("explication")
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    run = models.ForeignKey(
        BillingRun,
        verbose_name="facturation",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="anomalies",
    )
    invoice = models.ForeignKey(
        Invoice, verbose_name="facture", on_delete=models.PROTECT, null=True, blank=True, related_name="anomalies"
    )
    attempt = models.ForeignKey(
        PaymentAttempt, verbose_name="tentative", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payzen_message = models.ForeignKey(
        PayzenMessage, verbose_name="message", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    noticed_at = models.DateTimeField("constatée le")
    settled_at = models.DateTimeField("réglée le", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="réglée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "anomalie"
        ordering = ("-noticed_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "family", "kind"], condition=Q(run__isnull=False), name="anomaly_once_per_run"
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="banque-muette", settled_at__isnull=True),
                name="bank_silence_said_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} du {self.noticed_at:%d/%m/%Y}"
