"""Rows that no single subject owns."""

from django.db import models


class Counter(models.Model):
    """The last number given in a series (receipts, invoices of a month, bank references of a day)."""

    series = models.CharField("série", max_length=60, primary_key=True)
    value = models.PositiveBigIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "compteur"

    def __str__(self) -> str:
        return f"{self.series} : {self.value}"


class MailMark(models.Model):
    """What the portal knows of a mail that post_office does not: its kind, and whether its body is a secret."""

    email = models.OneToOneField(
        "post_office.Email", verbose_name="courriel", on_delete=models.CASCADE, related_name="mark"
    )
    kind = models.CharField("modèle", max_length=80)
    secret = models.BooleanField("contenu confidentiel", default=False)
    erased_at = models.DateTimeField("contenu effacé le", null=True, blank=True)

    class Meta:
        verbose_name = "suivi de courriel"
        verbose_name_plural = "suivis de courriels"
        indexes = [
            models.Index(fields=["id"], condition=models.Q(secret=True, erased_at=None), name="mail_secret_to_erase")
        ]

    def __str__(self) -> str:
        return self.kind
