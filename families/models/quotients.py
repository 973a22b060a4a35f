"""A household’s quotient familial, period by period."""

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from families.models.people import Family
from families.models.requests import FamilyRequest


class QuotientRecord(models.Model):
    """A household's quotient familial over a period, both ends included; periods of one household never overlap."""

    class Source(models.TextChoices):
        CAF = "caf", "CAF"
        MSA = "msa", "MSA"
        TAX = "impot", "Calculé d’après l’avis d’imposition"
        DEMO = "demo", "Démonstration"

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="quotients")
    value = models.PositiveIntegerField("quotient familial (€)")
    month = models.DateField("mois du quotient", help_text="Premier jour du mois que porte l’attestation.")
    source = models.CharField("source", max_length=6, choices=Source)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    proof = models.CharField("preuve", max_length=300, blank=True, default="", db_default="")
    request = models.ForeignKey(
        FamilyRequest,
        verbose_name="demande",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="quotients",
    )
    obtained_at = models.DateTimeField("enregistré le", null=True, blank=True, editable=False)

    checked_together = False  # a form that edits several periods compares them as typed, not as stored

    class Meta:
        verbose_name = "quotient familial"
        verbose_name_plural = "quotients familiaux"
        ordering = ("family", "-starts_on")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="quotient_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.UniqueConstraint(
                fields=["family", "starts_on"],
                name="quotient_once_per_start",
                violation_error_message="Un quotient commence déjà ce jour-là.",
            ),
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(ends_on__isnull=True),
                name="one_open_quotient_per_family",
                violation_error_message="Un quotient sans date de fin existe déjà : donnez-lui une fin.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} € depuis le {self.starts_on:%d/%m/%Y}"

    def clean(self) -> None:
        """Refuse a period that overlaps another of the same household."""
        if self.checked_together or not self.family_id or not self.starts_on:
            return
        others = QuotientRecord.objects.filter(family_id=self.family_id).exclude(pk=self.pk)
        clash = others.filter(starts_on__lte=self.ends_on or date.max).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on)
        )
        if clash.exists():
            raise ValidationError("Cette période chevauche celle d’un autre quotient du foyer.")


class QuotientClaim(models.Model):
    """What a household declares in a request: a value and its month, to be proved by a paper or by API Particulier."""

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="quotient_claim", primary_key=True
    )
    value = models.PositiveIntegerField("quotient familial (€)")
    month = models.DateField("mois du quotient")
    source = models.CharField("source", max_length=6, choices=QuotientRecord.Source)

    class Meta:
        verbose_name = "quotient déclaré"
        verbose_name_plural = "quotients déclarés"

    def __str__(self) -> str:
        return f"{self.value} € ({self.month:%m/%Y})"


class QuotientReminder(models.Model):
    """A household was told that a quotient ends in so many days: said once, whatever the nights that were skipped.

    An end that an agent moves is another one, to be told again.
    """

    record = models.ForeignKey(
        QuotientRecord, verbose_name="quotient", on_delete=models.CASCADE, related_name="reminders"
    )
    ends_on = models.DateField("fin annoncée")
    days = models.PositiveSmallIntegerField("jours avant la fin")
    told_at = models.DateTimeField("dit le")

    class Meta:
        verbose_name = "rappel de quotient"
        verbose_name_plural = "rappels de quotient"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "ends_on", "days"], name="quotient_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.days} jours avant la fin"
