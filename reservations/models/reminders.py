"""Reminders of usual days that are not booked: a row first, the mail after; each household once for a deadline."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from families.models import Child, Family, Guardian
from reservations.models.activities import Activity
from reservations.models.bookings import BookingReceipt
from reservations.rules.formulas import Formula


class DayReminder(models.Model):
    """What a household is told before a deadline, once. Settled when its mails are written, or when nothing is missing any more.

    ``submission`` names the one submit that the link of its mails can make: used twice, it has one receipt.
    """

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="day_reminders")
    deadline = models.DateTimeField(
        "premier délai", help_text="Premier instant où le premier de ses jours est hors délai."
    )
    ends_at = models.DateTimeField("dernier délai")
    planned_at = models.DateTimeField("prévu le")
    settled_at = models.DateTimeField("traité le", null=True, blank=True)
    mails = models.PositiveSmallIntegerField("courriels", default=0)
    submission = models.UUIDField("envoi", default=uuid4, unique=True, editable=False)
    receipt = models.ForeignKey(
        BookingReceipt, verbose_name="reçu", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "rappel de réservation"
        verbose_name_plural = "rappels de réservation"
        ordering = ("-planned_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "deadline"],
                name="reminded_once_per_deadline",
                violation_error_message="Cette famille a déjà un rappel pour ce délai.",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("deadline")),
                name="reminder_ends_after_its_deadline",
                violation_error_message="Le dernier délai précède le premier.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["planned_at"], condition=Q(settled_at=None), name="reminder_to_settle"),
        ]

    def __str__(self) -> str:
        return f"Rappel à {self.family}"


class RemindedDay(models.Model):
    """A usual day that was not booked when the household was told. Never told twice."""

    reminder = models.ForeignKey(DayReminder, verbose_name="rappel", on_delete=models.CASCADE, related_name="days")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="+")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("jour")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="")
    until = models.DateTimeField("à réserver avant le")

    class Meta:
        verbose_name = "jour rappelé"
        verbose_name_plural = "jours rappelés"
        ordering = ("day", "child")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "child", "activity", "day"],
                name="day_reminded_once",
                violation_error_message="Ce jour a déjà été rappelé à cette famille.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} – {self.day:%d/%m/%Y}"


class ReminderStop(models.Model):
    """That a guardian wants no more reminders of usual days; no row: she receives them."""

    guardian = models.OneToOneField(
        Guardian, verbose_name="responsable", on_delete=models.CASCADE, related_name="reminder_stop"
    )
    stopped_at = models.DateTimeField("arrêtés le")

    class Meta:
        verbose_name = "arrêt des rappels"
        verbose_name_plural = "arrêts des rappels"

    def __str__(self) -> str:
        return f"{self.guardian} ne reçoit plus de rappels"
