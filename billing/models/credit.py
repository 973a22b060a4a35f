"""Money that no invoice has: put on another invoice, paid back by the comptable, or taken back by a bank. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.payments import Allocation, Payment


class Chargeback(models.Model):
    """A card payment that its holder contested and that the bank took back: the régisseur reads it on the bank's statement."""

    payment = models.OneToOneField(
        Payment, verbose_name="paiement contesté", on_delete=models.PROTECT, related_name="contested"
    )
    taken_back = models.OneToOneField(
        Payment, verbose_name="impayé", on_delete=models.PROTECT, related_name="chargeback"
    )
    reason = models.CharField("motif", max_length=200)
    recorded_at = models.DateTimeField("enregistré le")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="enregistré par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "impayé"
        verbose_name_plural = "impayés"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="chargeback_with_reason",
                violation_error_message="Indiquez le motif de l’impayé.",
            )
        ]

    def __str__(self) -> str:
        return f"Impayé sur {self.payment.number}"


class CreditUse(models.Model):
    """Some of a household's credit put on an invoice that it owed: when, and who decided it (nobody: by itself)."""

    allocation = models.ForeignKey(
        Allocation, verbose_name="imputation", on_delete=models.PROTECT, related_name="credit_uses"
    )
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    used_at = models.DateTimeField("imputé le")
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="imputé par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "emploi du trop-perçu"
        verbose_name_plural = "emplois du trop-perçu"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="credit_use_positive",
                violation_error_message="Le montant imputé est supérieur à zéro.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} € de {self.allocation}"


class CreditRefund(models.Model):
    """A household's credit that the comptable paid back: the order's reference, and who wrote it down."""

    payment = models.OneToOneField(
        Payment, verbose_name="remboursement", on_delete=models.PROTECT, related_name="credit_refund"
    )
    reference = models.CharField("référence du mandat ou du virement", max_length=60)
    recorded_at = models.DateTimeField("enregistré le")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="enregistré par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "remboursement par le comptable"
        verbose_name_plural = "remboursements par le comptable"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reference=""),
                name="credit_refund_with_reference",
                violation_error_message="Indiquez la référence du mandat ou du virement.",
            )
        ]

    def __str__(self) -> str:
        return f"Remboursement {self.payment.number}"
