"""What families book, where it runs and with how many places."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from documents.models import DocumentKind, Regulation
from families.models import School
from reservations.rules.attendance import AttendanceHours
from reservations.rules.deadlines import DeadlineKind, DeadlineRule
from reservations.rules.formulas import Formula

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


DEADLINES = (
    (DeadlineKind.DAYS.value, "un nombre de jours avant"),
    (DeadlineKind.PREVIOUS.value, "un jour de la semaine, le dernier avant"),
    (DeadlineKind.WEEK_BEFORE.value, "un jour de la semaine d’avant"),
)


def _deadline_kind(verbose_name: str) -> models.CharField:
    return models.CharField(verbose_name, max_length=10, choices=DEADLINES, default="jours", db_default="jours")


def _deadline_weekday(verbose_name: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        verbose_name, choices=list(enumerate(WEEKDAYS)), default=1, db_default=1, validators=[MaxValueValidator(6)]
    )


def _deadline_days(verbose_name: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(verbose_name, default=7, validators=[MaxValueValidator(60)])


class Activity(models.Model):
    """A service that families book by the day, with its two deadlines, to add and to cancel (see rules.deadlines).

    Without an hour, a day can be changed until 23:59:59 of its last day; with an hour, until that wall-clock time of it
    (délibération of 13 December 2022: 7 calendar days, no hour known). In the holidays it runs on the days of its periods
    (HolidayPeriod); otherwise on school days, Wednesdays included.
    """

    class Season(models.TextChoices):
        SCHOOL = "ecole", "en période scolaire"
        HOLIDAYS = "vacances", "pendant les vacances"

    class Enrolling(models.TextChoices):
        AUTOMATIC = "automatique", "acceptée aussitôt"
        AGENT = "agent", "acceptée par un agent"

    slug = models.SlugField("identifiant", unique=True)
    name = models.CharField("nom", max_length=80)
    description = models.TextField("présentation", blank=True)
    unit = models.CharField("une réservation s’appelle", max_length=40, default="repas")
    icon = models.CharField("icône", max_length=40, default="calendar-days")
    position = models.PositiveSmallIntegerField("ordre", default=1)
    is_meal = models.BooleanField("repas servi à tous", default=False, db_default=False)
    season = models.CharField("saison", max_length=8, choices=Season, default=Season.SCHOOL, db_default="ecole")
    on_monday = models.BooleanField("lundi", default=True)
    on_tuesday = models.BooleanField("mardi", default=True)
    on_wednesday = models.BooleanField("mercredi", default=False)
    on_thursday = models.BooleanField("jeudi", default=True)
    on_friday = models.BooleanField("vendredi", default=True)
    add_kind = _deadline_kind("ajout : délai")
    add_days = _deadline_days("ajout : jours d’avance")
    add_working = models.BooleanField("ajout : jours ouvrés", default=False, db_default=False)
    add_weekday = _deadline_weekday("ajout : jour de la semaine")
    add_hour = models.TimeField("ajout : heure limite", null=True, blank=True)
    cancel_kind = _deadline_kind("annulation : délai")
    cancel_days = _deadline_days("annulation : jours d’avance")
    cancel_working = models.BooleanField("annulation : jours ouvrés", default=False, db_default=False)
    cancel_weekday = _deadline_weekday("annulation : jour de la semaine")
    cancel_hour = models.TimeField("annulation : heure limite", null=True, blank=True)
    age_from = models.PositiveSmallIntegerField("à partir de (ans)", null=True, blank=True)
    age_to = models.PositiveSmallIntegerField("jusqu’à (ans, inclus)", null=True, blank=True)
    levels = models.JSONField("niveaux", default=list, blank=True, help_text="Aucun : tous les niveaux.")
    enrolling = models.CharField(
        "inscription", max_length=12, choices=Enrolling, default=Enrolling.AUTOMATIC, db_default="automatique"
    )
    required_documents = models.ManyToManyField(
        DocumentKind, verbose_name="pièces demandées", blank=True, related_name="activities"
    )
    has_waiting_list = models.BooleanField("liste d’attente quand un jour est complet", default=True, db_default=True)
    offer_hours = models.PositiveSmallIntegerField(
        "liste d’attente : heures pour répondre à une offre", default=24, db_default=24
    )
    attendance_hours = models.CharField(
        "pointage : heures notées",
        max_length=8,
        choices=AttendanceHours,
        blank=True,
        default=AttendanceHours.NONE,
        db_default="",
    )
    resells_late_days = models.BooleanField(
        "un jour rendu hors délai n’est pas facturé si quelqu’un le reprend", default=False, db_default=False
    )
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
    def add_rule(self) -> DeadlineRule:
        """Until when a day can be added."""
        return DeadlineRule(
            DeadlineKind(self.add_kind), self.add_days, self.add_hour, self.add_working, self.add_weekday
        )

    @property
    def cancel_rule(self) -> DeadlineRule:
        """Until when a day can be cancelled."""
        return DeadlineRule(
            DeadlineKind(self.cancel_kind), self.cancel_days, self.cancel_hour, self.cancel_working, self.cancel_weekday
        )

    @property
    def in_holidays(self) -> bool:
        """Whether it runs during the holidays, on the days of its periods."""
        return self.season == self.Season.HOLIDAYS

    @property
    def weekdays_label(self) -> str:
        """« lundi, mardi, jeudi, vendredi »."""
        return ", ".join(WEEKDAYS[day] for day in sorted(self.weekdays))


class ActivityFormula(models.Model):
    """A formula that an activity offers, with its hours; an activity without any is booked as it is."""

    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.CASCADE, related_name="formulas")
    formula = models.CharField("formule", max_length=16, choices=Formula)
    opens_at = models.TimeField("de")
    closes_at = models.TimeField("à")
    position = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        verbose_name = "formule"
        ordering = ("activity", "position", "formula")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "formula"],
                name="formula_once_per_activity",
                violation_error_message="Cette formule est déjà proposée.",
            )
        ]

    def __str__(self) -> str:
        return self.get_formula_display()


class Site(models.Model):
    """A place of the town that is not a school and receives children: a centre of loisirs, a maison de quartier."""

    name = models.CharField("nom", max_length=80, unique=True)
    street = models.CharField("adresse", max_length=120, blank=True)
    postcode = models.CharField("code postal", max_length=5, default="81100")
    city = models.CharField("commune", max_length=60, default="Castres")
    phone = models.CharField("téléphone", max_length=20, blank=True)

    class Meta:
        verbose_name = "lieu d’accueil"
        verbose_name_plural = "lieux d’accueil"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ActivitySite(models.Model):
    """An activity in one school, for its pupils, or in a centre, for any child: its hours and its places, when counted."""

    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="sites")
    school = models.ForeignKey(
        School, verbose_name="école", on_delete=models.PROTECT, null=True, blank=True, related_name="activity_sites"
    )
    venue = models.ForeignKey(
        Site,
        verbose_name="lieu d’accueil",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activity_sites",
    )
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
            ),
            models.UniqueConstraint(
                fields=["activity", "venue"],
                name="activity_once_per_venue",
                violation_error_message="Cette activité est déjà ouverte dans ce lieu.",
            ),
            models.CheckConstraint(
                condition=models.Q(school__isnull=False, venue__isnull=True)
                | models.Q(school__isnull=True, venue__isnull=False),
                name="activity_site_in_one_place",
                violation_error_message="Choisissez une école ou un lieu d’accueil, pas les deux.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} – {self.place_name}"

    @property
    def place(self) -> School | Site:
        """Where it is, with its address."""
        place = self.school or self.venue
        assert place is not None  # activity_site_in_one_place
        return place

    @property
    def place_name(self) -> str:
        """« École élémentaire Centre », « Centre de loisirs Lambert »."""
        return str(self.place)


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
