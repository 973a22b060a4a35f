"""Attendance sheets: who came to which activity on which day, as it was touched at the door, and who may touch it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from families.models import Child, Family, School
from reservations.models.activities import Activity, ActivitySite, Site
from reservations.models.bookings import Booking


class AttendanceState(models.TextChoices):
    """What a touch says of a child; a touch taken back says that nothing is known any more."""

    PRESENT = "present", "Présent"
    ABSENT = "absent", "Absent"
    UNBOOKED = "sans-reservation", "Venu sans réservation"
    CLEARED = "efface", "Pointage effacé"


class AttendancePost(models.Model):
    """A place (school or centre) whose sheets an agent has given to an account; all of its activities."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="animateur", on_delete=models.CASCADE, related_name="attendance_posts"
    )
    school = models.ForeignKey(
        School, verbose_name="école", on_delete=models.CASCADE, null=True, blank=True, related_name="attendance_posts"
    )
    venue = models.ForeignKey(
        Site,
        verbose_name="lieu d’accueil",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="attendance_posts",
    )
    until = models.DateField("jusqu’au", null=True, blank=True, help_text="Vide : sans fin.")

    class Meta:
        verbose_name = "affectation d’animateur"
        verbose_name_plural = "affectations des animateurs"
        ordering = ("user", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(school__isnull=False, venue__isnull=True) | Q(school__isnull=True, venue__isnull=False),
                name="attendance_post_in_one_place",
                violation_error_message="Choisissez une école ou un lieu d’accueil, pas les deux.",
            ),
            models.UniqueConstraint(
                fields=["user", "school"],
                name="attendance_post_once_per_school",
                violation_error_message="Cette école est déjà donnée à cette personne.",
            ),
            models.UniqueConstraint(
                fields=["user", "venue"],
                name="attendance_post_once_per_venue",
                violation_error_message="Ce lieu est déjà donné à cette personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.get_full_name() or self.user} – {self.school or self.venue}"


class Attendance(models.Model):
    """What is known of a child in an activity on a day: the last touch. Every touch stays in ``touches``.

    ``touched_at`` is the instant of the touch, brought back from the tablet's clock to ours; ``received_at`` when it came.
    ``family`` is the household of the booking, or that which had the child that day when there was none. Hours are wall clock.
    """

    State = AttendanceState
    CAME = (AttendanceState.PRESENT, AttendanceState.UNBOOKED)

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="attendances")
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="attendances")
    day = models.DateField("jour")
    booking = models.ForeignKey(
        Booking,
        verbose_name="réservation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendances",
    )
    state = models.CharField("état", max_length=16, choices=AttendanceState)
    arrived_at = models.TimeField("arrivé à", null=True, blank=True)
    left_at = models.TimeField("parti à", null=True, blank=True)
    is_late = models.BooleanField("pointé après coup", default=False)
    touch = models.UUIDField("dernier geste", editable=False)
    touched_at = models.DateTimeField("pointé le")
    received_at = models.DateTimeField("reçu le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="pointé par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "pointage"
        ordering = ("-day", "site", "child")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "activity", "day"],
                name="attendance_once_per_day",
                violation_error_message="Cet enfant est déjà pointé ce jour-là.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["present", "absent"], booking__isnull=False)
                | Q(state="sans-reservation", booking__isnull=True)
                | Q(state="efface"),
                name="attendance_beside_a_booking",
                violation_error_message="Présent et absent se disent d’un jour réservé.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["site", "day"], name="attendance_site_day"),
            models.Index(fields=["family", "day"], name="attendance_family_day"),
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} – {self.day:%d/%m/%Y} : {self.get_state_display()}"


class AttendanceTouch(models.Model):
    """One touch, as it came: kept whatever became of it. ``key`` was drawn on the tablet: the same one counts once.

    ``stood`` says whether it became what is known, or came after a later one. ``clock_fixed``: the tablet’s clock was wrong.
    """

    attendance = models.ForeignKey(
        Attendance, verbose_name="pointage", on_delete=models.CASCADE, related_name="touches"
    )
    key = models.UUIDField("geste", unique=True, editable=False)
    state = models.CharField("état", max_length=16, choices=AttendanceState)
    arrived_at = models.TimeField("arrivé à", null=True, blank=True)
    left_at = models.TimeField("parti à", null=True, blank=True)
    touched_at = models.DateTimeField("pointé le")
    received_at = models.DateTimeField("reçu le")
    clock_fixed = models.BooleanField("horloge de la tablette corrigée", default=False)
    stood = models.BooleanField("retenu", default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "geste de pointage"
        verbose_name_plural = "gestes de pointage"
        ordering = ("-touched_at", "-pk")
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(touched_at__lte=F("received_at")), name="touch_not_after_it_was_received"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.touched_at:%d/%m/%Y %H:%M})"


class SheetReading(models.Model):
    """That a person was shown a child’s allergies or PAI on a sheet, on a day: what keeps a refresh from being told again."""

    site = models.ForeignKey(ActivitySite, on_delete=models.CASCADE, related_name="+")
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="+")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_on = models.DateField("lu le")
    batch = models.UUIDField(editable=False)

    class Meta:
        verbose_name = "lecture d’une feuille"
        verbose_name_plural = "lectures des feuilles"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "child", "reader", "read_on"], name="sheet_reading_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.child}, {self.read_on:%d/%m/%Y}"
