"""What stays unpaid: reminders, invoices left alone for a reason, invoices handed over to the Trésor. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice


class PaymentReminder(models.Model):
    """An invoice that a household is reminded of, once for each rank. Settled when its mail is written, or needed no more."""

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="reminders")
    rank = models.PositiveSmallIntegerField("relance n°")
    planned_at = models.DateTimeField("prévue le")
    settled_at = models.DateTimeField("traitée le", null=True, blank=True)
    owed = models.DecimalField("restait à régler (€)", max_digits=9, decimal_places=2, null=True, blank=True)
    mails = models.PositiveSmallIntegerField("courriels", default=0)

    class Meta:
        verbose_name = "relance"
        ordering = ("-planned_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice", "rank"],
                name="reminded_once_per_rank",
                violation_error_message="Cette facture a déjà reçu cette relance.",
            ),
            models.CheckConstraint(condition=Q(rank__gt=0), name="reminder_rank_from_one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["planned_at"], condition=Q(settled_at=None), name="payment_reminder_to_settle")
        ]

    def __str__(self) -> str:
        return f"Relance n° {self.rank} de la facture {self.invoice_id}"

    @property
    def outcome(self) -> str:
        """What became of it, in words."""
        if self.settled_at is None:
            return "Part dans les minutes qui viennent"
        if self.mails:
            return "Courriel écrit"
        return "Sans objet" if self.owed is None else "Sans adresse : à envoyer par courrier"


class RecoveryHold(models.Model):
    """That an invoice is neither reminded of nor handed over, while an agent says why."""

    class Cause(models.TextChoices):
        DISPUTE = "contestation", "Facture contestée"
        SCHEDULE = "echeancier", "Paiement échelonné convenu"
        SOCIAL = "situation", "Situation suivie par un service social"
        OTHER = "autre", "Autre motif"

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="holds")
    cause = models.CharField("cause", max_length=12, choices=Cause)
    reason = models.CharField("précision", max_length=200, blank=True)
    held_at = models.DateTimeField("suspendu le")
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="suspendu par", on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField("repris le", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="repris par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "suspension du recouvrement"
        verbose_name_plural = "suspensions du recouvrement"
        ordering = ("-held_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(lifted_at=None),
                name="one_hold_at_a_time",
                violation_error_message="Le recouvrement de cette facture est déjà suspendu.",
            )
        ]

    def __str__(self) -> str:
        return f"Suspension, facture {self.invoice_id}"


class TreasuryBatch(models.Model):
    """« Lot »: invoices that an agent decided to have collected by the comptable. Sent once its file was taken."""

    number = models.CharField("numéro", max_length=16, unique=True)
    prepared_at = models.DateTimeField("préparé le")
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="préparé par", on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="envoyé par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "lot pour le Trésor"
        verbose_name_plural = "lots pour le Trésor"
        ordering = ("-prepared_at", "-pk")
        permissions: ClassVar = [("hand_over_invoices", "Transmettre des factures au Trésor")]

    def __str__(self) -> str:
        return f"Lot {self.number}"


class TreasuryHandover(models.Model):
    """An invoice handed over to the Trésor, for what it owed then. While it stands, the régie takes no money for it."""

    batch = models.ForeignKey(TreasuryBatch, verbose_name="lot", on_delete=models.PROTECT, related_name="handovers")
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="handovers")
    amount = models.DecimalField("reste à recouvrer (€)", max_digits=9, decimal_places=2)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="retirée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField("motif du retrait", max_length=200, blank=True)

    class Meta:
        verbose_name = "facture transmise au Trésor"
        verbose_name_plural = "factures transmises au Trésor"
        ordering = ("batch", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(withdrawn_at=None),
                name="handed_over_once",
                violation_error_message="Cette facture est déjà transmise au Trésor.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(reason=""),
                name="handover_withdrawn_with_reason",
                violation_error_message="Indiquez pourquoi cette facture est retirée du lot.",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="handover_positive"),
        ]

    def __str__(self) -> str:
        return f"Facture {self.invoice_id} au Trésor"
