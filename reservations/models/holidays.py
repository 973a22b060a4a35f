"""Holiday periods of an accueil de loisirs: when families may ask, and in which way places are given."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from reservations.models.activities import Activity
from reservations.rules.allocation import CriterionKind, TieBreak


class HolidayPeriod(models.Model):
    """Days of the holidays on which an activity runs, both ends included, and the instants between which families act.

    With wishes, ``opens_at`` and ``closes_at`` bound them; what the allocation leaves is booked by who comes first between
    ``second_opens_at`` and ``second_closes_at``, or by agents alone when there is no second opening.
    """

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
    second_opens_at = models.DateTimeField(
        "places restantes : ouverture", null=True, blank=True, help_text="Après l’attribution des vœux."
    )
    second_closes_at = models.DateTimeField("places restantes : clôture", null=True, blank=True)
    most_weeks = models.PositiveSmallIntegerField(
        "vœux : semaines par enfant, au plus",
        default=2,
        db_default=2,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    tie_break = models.CharField(
        "vœux : à points égaux", max_length=12, choices=TieBreak, default=TieBreak.DRAW, db_default=TieBreak.DRAW.value
    )
    seed = models.CharField(
        "vœux : graine du tirage au sort",
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Une phrase publiée avant l’ouverture : avec elle, chacun peut refaire le tirage.",
    )
    is_demo = models.BooleanField("règles de démonstration", default=False, db_default=False)
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
            models.CheckConstraint(
                condition=Q(second_opens_at=None, second_closes_at=None)
                | Q(
                    second_opens_at__isnull=False,
                    second_closes_at__isnull=False,
                    second_opens_at__gte=F("closes_at"),
                    second_closes_at__gt=F("second_opens_at"),
                ),
                name="holiday_second_opening_after_closing",
                violation_error_message="Les places restantes s’ouvrent après la clôture des vœux et se ferment ensuite : donnez "
                "les deux instants, dans l’ordre, ou aucun.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} – {self.activity}"

    @property
    def takes_wishes(self) -> bool:
        """Whether its places are asked for by wishes."""
        return self.mode == self.Mode.WISHES

    def clean(self) -> None:
        """Refuse what the database cannot: an activity of the school year, two periods of one activity on one day, a draw whose
        seed nobody has published, or that changes once families have begun to wish."""
        problems: dict[str, str] = {}
        if self.activity_id and not self.activity.in_holidays:
            problems["activity"] = "Cette activité ne se tient pas pendant les vacances."
        if self.activity_id and self.starts_on and self.ends_on:
            others = HolidayPeriod.objects.filter(
                activity=self.activity_id, starts_on__lte=self.ends_on, ends_on__gte=self.starts_on
            )
            if other := others.exclude(pk=self.pk).first():
                problems["starts_on"] = f"« {other.label} » tient déjà une partie de ces jours."
        if self.takes_wishes and not self.seed.strip():
            problems["seed"] = "Les vœux demandent une graine : c’est elle qui départage, et la page la publie."
        if not self.takes_wishes and self.second_opens_at:
            problems["second_opens_at"] = "Seules les périodes par vœux ont une seconde ouverture."
        if problems:
            raise ValidationError(problems)


class AllocationCriterion(models.Model):
    """What gives points to a child's wishes in a period. Families read it on the page of the period."""

    period = models.ForeignKey(HolidayPeriod, verbose_name="période", on_delete=models.CASCADE, related_name="criteria")
    kind = models.CharField("critère", max_length=16, choices=CriterionKind)
    points = models.PositiveSmallIntegerField("points", validators=[MinValueValidator(1), MaxValueValidator(100)])

    class Meta:
        verbose_name = "critère d’attribution"
        verbose_name_plural = "critères d’attribution"
        ordering = ("-points", "kind")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["period", "kind"],
                name="criterion_once_per_period",
                violation_error_message="Ce critère est déjà compté.",
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="criterion_gives_points"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.points}"
