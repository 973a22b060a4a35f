"""What families book, where it runs and with how many places."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from documents.models import Regulation
from families.models import School

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def _deadline_days(verbose_name: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(verbose_name, default=7, validators=[MaxValueValidator(60)])


class Activity(models.Model):
    """A service that families book by the day, with its deadlines.

    ``add_days`` and ``cancel_days`` count calendar days before the booked day. Without an hour, a day can be changed until
    23:59:59 of day − N; with an hour, until that wall-clock time of day − N (délibération of 13 December 2022: 7 days).
    """

    slug = models.SlugField("identifiant", unique=True)
    name = models.CharField("nom", max_length=80)
    description = models.TextField("présentation", blank=True)
    unit = models.CharField("une réservation s’appelle", max_length=40, default="repas")
    icon = models.CharField("icône", max_length=40, default="calendar-days")
    position = models.PositiveSmallIntegerField("ordre", default=1)
    on_monday = models.BooleanField("lundi", default=True)
    on_tuesday = models.BooleanField("mardi", default=True)
    on_wednesday = models.BooleanField("mercredi", default=False)
    on_thursday = models.BooleanField("jeudi", default=True)
    on_friday = models.BooleanField("vendredi", default=True)
    add_days = _deadline_days("ajout : jours d’avance")
    add_hour = models.TimeField("ajout : heure limite", null=True, blank=True)
    cancel_days = _deadline_days("annulation : jours d’avance")
    cancel_hour = models.TimeField("annulation : heure limite", null=True, blank=True)
    regulation = models.ForeignKey(
        Regulation, verbose_name="règlement intérieur", on_delete=models.PROTECT, related_name="activities"
    )
    is_open = models.BooleanField("proposée aux familles", default=True)

    class Meta:
        verbose_name = "activité"
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    @property
    def weekdays(self) -> frozenset[int]:
        """Days of the week on which it runs, Monday = 0."""
        flags = (self.on_monday, self.on_tuesday, self.on_wednesday, self.on_thursday, self.on_friday)
        return frozenset(day for day, runs in enumerate(flags) if runs)

    @property
    def is_meal(self) -> bool:
        """Whether it feeds children, and so needs a canteen in their school."""
        return self.unit == "repas"

    @property
    def weekdays_label(self) -> str:
        """« lundi, mardi, jeudi, vendredi »."""
        return ", ".join(WEEKDAYS[day] for day in sorted(self.weekdays))


class ActivitySite(models.Model):
    """An activity in one school: its hours and, when they are counted, its places."""

    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="sites")
    school = models.ForeignKey(School, verbose_name="école", on_delete=models.PROTECT, related_name="activity_sites")
    opens_at = models.TimeField("de")
    closes_at = models.TimeField("à")
    places = models.PositiveIntegerField("places par jour", null=True, blank=True, help_text="Vide : sans limite.")

    class Meta:
        verbose_name = "lieu d’activité"
        verbose_name_plural = "lieux d’activité"
        ordering = ("activity", "school")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "school"],
                name="activity_once_per_school",
                violation_error_message="Cette activité est déjà ouverte dans cette école.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.activity} – {self.school}"


class SiteDay(models.Model):
    """One day of one site whose places are counted: the row that is locked before a place is given."""

    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.CASCADE, related_name="days")
    day = models.DateField("jour")
    places = models.PositiveIntegerField("places ce jour-là", null=True, blank=True, help_text="Vide : celles du lieu.")

    class Meta:
        verbose_name = "journée d’un lieu"
        verbose_name_plural = "journées des lieux"
        ordering = ("day", "site")
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "day"], name="site_day_once")]

    def __str__(self) -> str:
        return f"{self.site}, {self.day:%d/%m/%Y}"

    def clean(self) -> None:
        """Refuse places for a day of a site that does not count its places: nobody would read them."""
        if self.places is not None and self.site_id and self.site.places is None:
            raise ValidationError(
                {"places": "Ce lieu ne compte pas ses places : donnez-lui d’abord un nombre de places."}
            )
