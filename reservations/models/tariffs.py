"""What a booking costs, by day and by quotient. Amounts in euros."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from reservations.models.activities import Activity
from reservations.rules.formulas import Formula


class Tariff(models.Model):
    """The prices of an activity over a period, both ends included, and the délibération that voted them."""

    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="tariffs")
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    deliberation = models.CharField("délibération", max_length=120)
    is_demo = models.BooleanField("démonstration", default=False)

    class Meta:
        verbose_name = "tarif"
        ordering = ("activity", "-starts_on")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "starts_on"],
                name="tariff_once_per_start",
                violation_error_message="Un tarif de cette activité commence déjà ce jour-là.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="tariff_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} à partir du {self.starts_on:%d/%m/%Y}"


class TariffBand(models.Model):
    """A quotient band of a formula: from ``quotient_from`` included to ``quotient_below`` excluded (empty: no upper end).

    The price is split into care and food, since only care opens a tax credit (CGI 200 quater B).
    """

    tariff = models.ForeignKey(Tariff, verbose_name="tarif", on_delete=models.CASCADE, related_name="bands")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="", db_default="")
    label = models.CharField("tranche", max_length=10)
    quotient_from = models.PositiveIntegerField("quotient à partir de")
    quotient_below = models.PositiveIntegerField("quotient inférieur à", null=True, blank=True)
    care_part = models.DecimalField(
        "part garde (€)", max_digits=7, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    food_part = models.DecimalField(
        "part alimentaire (€)", max_digits=7, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        verbose_name = "tranche de quotient"
        verbose_name_plural = "tranches de quotient"
        ordering = ("tariff", "formula", "quotient_from")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tariff", "formula", "quotient_from"],
                name="band_once_per_start",
                violation_error_message="Une tranche commence déjà à ce quotient.",
            ),
            models.UniqueConstraint(
                fields=["tariff", "formula", "label"],
                name="band_label_once",
                violation_error_message="Cette tranche existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(quotient_below__isnull=True) | Q(quotient_below__gt=F("quotient_from")),
                name="band_not_empty",
                violation_error_message="La tranche finit avant de commencer.",
            ),
            models.CheckConstraint(
                condition=Q(care_part__gte=0, food_part__gte=0),
                name="band_not_negative",
                violation_error_message="Un prix n’est pas négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"Tranche {self.label}"
