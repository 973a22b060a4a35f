"""A family contests lines of an invoice: a request that an agent answers."""

from typing import ClassVar

from django.db import models

from billing.models.invoices import Invoice, InvoiceLine
from families.models import FamilyRequest


class Dispute(models.Model):
    """What a household says of some lines of one invoice; the invoice itself does not change."""

    class Reason(models.TextChoices):
        ABSENT = "absent", "Mon enfant n’est pas venu"
        CANCELLED = "annule", "J’avais annulé ce jour à temps"
        NOT_OURS = "foyer", "Ce jour est à l’autre foyer de l’enfant"
        QUOTIENT = "quotient", "Le quotient n’est pas le bon"
        PRICE = "prix", "Le prix ou la formule n’est pas le bon"
        OTHER = "autre", "Autre chose"

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="dispute", primary_key=True
    )
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="disputes")
    reason = models.CharField("motif", max_length=10, choices=Reason)
    words = models.TextField("explication")
    submission = models.UUIDField("envoi", unique=True)

    class Meta:
        verbose_name = "contestation"

    def __str__(self) -> str:
        return f"Contestation de la facture {self.invoice_id}"


class DisputedLine(models.Model):
    """A line that a dispute is about; an open dispute holds it alone."""

    dispute = models.ForeignKey(Dispute, verbose_name="contestation", on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(InvoiceLine, verbose_name="ligne", on_delete=models.PROTECT, related_name="disputed")

    class Meta:
        verbose_name = "ligne contestée"
        verbose_name_plural = "lignes contestées"
        constraints: ClassVar = [models.UniqueConstraint(fields=["dispute", "line"], name="disputed_once_per_dispute")]

    def __str__(self) -> str:
        return f"{self.line} ({self.dispute})"
