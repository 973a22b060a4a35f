"""When there is school. Public holidays are computed; school holidays and bridges are rows that agents edit."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class SchoolYear(models.Model):
    """A school year, from its first to its last day of class, both included."""

    label = models.CharField("année scolaire", max_length=9, unique=True, help_text="2026-2027")
    starts_on = models.DateField("rentrée", unique=True)
    ends_on = models.DateField("dernier jour de classe")
    enrolment_opens_on = models.DateField("inscriptions ouvertes à partir du")
    reenrolment_closes_on = models.DateField(
        "réinscriptions closes après le",
        null=True,
        blank=True,
        help_text="Pour les enfants inscrits l’année d’avant ; les autres s’inscrivent toute l’année. Vide : toute l’année.",
    )

    class Meta:
        verbose_name = "année scolaire"
        verbose_name_plural = "années scolaires"
        ordering = ("starts_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="school_year_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(reenrolment_closes_on__isnull=True)
                | Q(reenrolment_closes_on__gte=F("enrolment_opens_on"), reenrolment_closes_on__lte=F("ends_on")),
                name="reenrolment_closes_in_its_time",
                violation_error_message="Les réinscriptions se closent après leur ouverture et avant la fin de l’année.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class ClosedPeriod(models.Model):
    """Days without class inside a school year, both ends included: holidays, bridges."""

    class Kind(models.TextChoices):
        HOLIDAYS = "vacances", "Vacances scolaires"
        BRIDGE = "pont", "Pont"

    school_year = models.ForeignKey(
        SchoolYear, verbose_name="année scolaire", on_delete=models.CASCADE, related_name="closed_periods"
    )
    kind = models.CharField("type", max_length=10, choices=Kind)
    label = models.CharField("libellé", max_length=80)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")

    class Meta:
        verbose_name = "période sans classe"
        verbose_name_plural = "périodes sans classe"
        ordering = ("starts_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closed_period_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.UniqueConstraint(
                fields=["school_year", "starts_on"],
                name="closed_period_once",
                violation_error_message="Une période commence déjà ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.school_year}"
