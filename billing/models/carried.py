"""Months too small to be invoiced by themselves. Amounts in euros."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from billing.models.runs import BillingRun
from families.models import Family


class CarriedMonth(models.Model):
    """A household's month below the town's least sum: its days go on the next invoice, which is then named here."""

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="carried_months")
    month = models.DateField("période")
    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.PROTECT, related_name="carried")
    amount = models.DecimalField("montant reporté (€)", max_digits=9, decimal_places=2)
    carried_at = models.DateTimeField("reporté le")
    invoice = models.ForeignKey(
        Invoice,
        verbose_name="facturé avec",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carried_months",
    )

    class Meta:
        verbose_name = "mois reporté"
        verbose_name_plural = "mois reportés"
        ordering = ("family", "month")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "month"],
                name="carried_once_per_family_and_month",
                violation_error_message="Ce mois est déjà reporté.",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="carried_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["family"], condition=Q(invoice=None), name="carried_to_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.family}, {self.month:%m/%Y} : {self.amount} €"
