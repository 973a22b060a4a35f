"""The waiting list of a full day: who waits, in which order, and to whom the place that comes free is offered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from families.models import Child, Family, FamilyRequest
from reservations.models.activities import Activity, ActivitySite
from reservations.models.bookings import Booking, Enrolment
from reservations.rules.formulas import Formula

HOUR = 3600  # seconds


class WaitingEntry(models.Model):
    """A child waiting for a place on a day. The rank is the order of ``position``, then of ``joined_at``, then of the row.

    An entry that is OFFERED holds a place until ``offered_until``: nobody else can take it. ``blocked_by`` says what keeps a
    child from the place that came free (other week of custody, closure): the turn passes to the next, the entry stays.
    """

    class Status(models.TextChoices):
        WAITING = "attente", "En attente"
        OFFERED = "proposee", "Place proposée"
        TAKEN = "prise", "Place prise"
        LAPSED = "expiree", "Proposition expirée"
        DECLINED = "refusee", "Proposition refusée"
        WITHDRAWN = "retiree", "Retirée"
        PASSED = "passee", "Jour passé sans place"

    STANDING = (Status.WAITING, Status.OFFERED)
    ORDER = ("position", "joined_at", "pk")

    request = models.ForeignKey(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="waiting_entries"
    )
    enrolment = models.ForeignKey(
        Enrolment, verbose_name="inscription", on_delete=models.PROTECT, related_name="waiting_entries"
    )
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="waiting_entries")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="waiting_entries")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="waiting_entries"
    )
    day = models.DateField("jour")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="")
    status = models.CharField("état", max_length=10, choices=Status, default=Status.WAITING)
    position = models.PositiveIntegerField("ordre", default=0, db_default=0)
    joined_at = models.DateTimeField("en attente depuis le")
    blocked_by = models.CharField("ne peut pas venir parce que", max_length=250, blank=True, default="", db_default="")
    offered_at = models.DateTimeField("proposée le", null=True, blank=True)
    offered_until = models.DateTimeField("à accepter avant le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="terminée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    end_reason = models.CharField("motif du retrait", max_length=200, blank=True, default="", db_default="")
    booking = models.ForeignKey(
        Booking, verbose_name="réservation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "attente d’une place"
        verbose_name_plural = "liste d’attente"
        ordering = ("day", "site", "position", "joined_at", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "activity", "day"],
                condition=Q(status__in=["attente", "proposee"]),
                name="one_standing_wait_per_day",
                violation_error_message="Cet enfant attend déjà une place ce jour-là.",
            ),
            models.CheckConstraint(
                condition=~Q(status="proposee") | Q(offered_at__isnull=False, offered_until__isnull=False),
                name="offer_has_an_end",
                violation_error_message="Une place proposée l’est depuis un instant, et jusqu’à un autre.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["site", "day", "joined_at"],
                condition=Q(status__in=["attente", "proposee"]),
                name="waiting_standing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} – {self.day:%d/%m/%Y}"

    @property
    def is_standing(self) -> bool:
        """Whether it still waits, or may still be accepted."""
        return self.status in self.STANDING

    @property
    def is_short(self) -> bool:
        """Whether the offer runs for less than the activity's usual time, since the day can no longer be booked after."""
        if self.offered_at is None or self.offered_until is None:
            return False
        return self.offered_until.timestamp() - self.offered_at.timestamp() < HOUR * self.activity.offer_hours


class WaitingMove(models.Model):
    """An agent gave an entry a better rank: from where to where, and why. Kept."""

    entry = models.ForeignKey(WaitingEntry, verbose_name="attente", on_delete=models.CASCADE, related_name="moves")
    from_rank = models.PositiveIntegerField("rang avant")
    to_rank = models.PositiveIntegerField("rang après")
    reason = models.CharField("motif", max_length=200)
    at = models.DateTimeField("le")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "changement de rang"
        verbose_name_plural = "changements de rang"
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_rank__gte=1, to_rank__lt=F("from_rank")),
                name="waiting_move_goes_up",
                violation_error_message="Un rang ne peut que monter.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="waiting_move_has_a_reason",
                violation_error_message="Dites pourquoi le rang change.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} : {self.from_rank} → {self.to_rank}"
