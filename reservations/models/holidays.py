"""Holiday periods of an accueil de loisirs: when families may ask, and in which way places are given."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reservations.models.activities import Activity


class HolidayPeriod(models.Model):
    """Days of the holidays on which an activity runs, both ends included, and the instants between which families act."""

    class Mode(models.TextChoices):
        FIRST_COME = "premier-arrive", "premier arrivé, premier servi"
        WISHES = "voeux", "vœux, puis attribution"

    activity = models.ForeignKey(
        Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="holiday_periods"
    )
    label = models.CharField("libellé", max_length=80)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    mode = models.CharField("attribution", max_length=16, choices=Mode, default=Mode.FIRST_COME)
    by_week = models.BooleanField("se réserve par semaines entières", default=False)
    opens_at = models.DateTimeField("les demandes ouvrent le")
    closes_at = models.DateTimeField("les demandes closent le")
    allocated_at = models.DateTimeField("places attribuées le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "période de vacances"
        verbose_name_plural = "périodes de vacances"
        ordering = ("starts_on", "activity")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "starts_on"],
                name="holiday_period_once",
                violation_error_message="Une période de cette activité commence déjà ce jour-là.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="holiday_period_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="holiday_period_closes_after_opening",
                violation_error_message="La clôture précède l’ouverture.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} – {self.activity}"
