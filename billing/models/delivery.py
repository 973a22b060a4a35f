"""How a household receives its invoices: on line, if it chose so, or by post, printed in batches."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from families.models import Family, Guardian


class DeliveryChoice(models.Model):
    """A household said how it wants its invoices. The last one counts; without any, they come by post."""

    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.CASCADE, related_name="delivery_choices"
    )
    online = models.BooleanField("facture en ligne")
    chosen_at = models.DateTimeField("choisi le")
    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisi par", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "adhésion à la facture en ligne"
        verbose_name_plural = "adhésions à la facture en ligne"
        ordering = ("-chosen_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["family", "-chosen_at"], name="delivery_latest")]

    def __str__(self) -> str:
        return f"{self.family} : {'en ligne' if self.online else 'par courrier'}"


class PrintBatch(models.Model):
    """Invoices to be printed and posted, in one PDF, in the order of the post. ``taken_until`` is one worker's claim on it."""

    month = models.DateField("mois facturé")
    asked_at = models.DateTimeField("demandé le")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="demandé par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    invoices = models.PositiveIntegerField("factures")
    sheets = models.PositiveIntegerField("feuilles", default=0)
    file = models.FileField("fichier", upload_to="impressions", max_length=80, blank=True)
    taken_until = models.DateTimeField("en fabrication jusqu’au", null=True, blank=True)
    made_at = models.DateTimeField("prêt le", null=True, blank=True)

    class Meta:
        verbose_name = "lot d’impression"
        verbose_name_plural = "lots d’impression"
        ordering = ("-asked_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(made_at=None), name="batch_to_make")]

    def __str__(self) -> str:
        return f"Impression du {self.asked_at:%d/%m/%Y}, factures de {self.month:%m/%Y}"


class PrintedInvoice(models.Model):
    """An invoice is in one batch only: nobody receives it twice by post."""

    invoice = models.OneToOneField(
        Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="printed", primary_key=True
    )
    batch = models.ForeignKey(PrintBatch, verbose_name="lot", on_delete=models.CASCADE, related_name="printed")
    rank = models.PositiveIntegerField("rang")

    class Meta:
        verbose_name = "facture imprimée"
        verbose_name_plural = "factures imprimées"
        ordering = ("batch", "rank")
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "rank"], name="printed_once_per_rank")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.invoice}"
