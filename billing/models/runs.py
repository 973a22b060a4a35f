"""The passage over a month's households that issues their invoices. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class BillingRun(models.Model):
    """One passage over the households of a month. Cut into chunks, so that a run that was killed goes on where it stood."""

    month = models.DateField("mois facturé", help_text="Premier jour du mois.")
    started_at = models.DateTimeField("lancée le")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="lancée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    households = models.PositiveIntegerField("foyers à examiner", default=0)
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "facturation mensuelle"
        verbose_name_plural = "facturations mensuelles"
        ordering = ("-month", "-started_at")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month"],
                condition=Q(finished_at__isnull=True),
                name="one_run_at_a_time_per_month",
                violation_error_message="Une facturation de ce mois est en cours.",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="run_month_is_first_day"),
        ]

    def __str__(self) -> str:
        return f"Facturation de {self.month:%m/%Y}"


class BillingChunk(models.Model):
    """Some households of a run, by a range of ids, both ends included: done in one transaction or not at all."""

    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.CASCADE, related_name="chunks")
    first_family = models.PositiveBigIntegerField("premier foyer")
    last_family = models.PositiveBigIntegerField("dernier foyer")
    households = models.PositiveIntegerField("foyers")
    invoices = models.PositiveIntegerField("factures", default=0)
    amount = models.DecimalField("montant (€)", max_digits=12, decimal_places=2, default=0)
    done_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "lot de facturation"
        verbose_name_plural = "lots de facturation"
        ordering = ("run", "first_family")
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "first_family"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.run}, foyers {self.first_family} à {self.last_family}"
