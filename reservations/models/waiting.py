"""The waiting list of a full day: who waits, in which order, and to whom the place that comes free is offered."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from families.models import Child, Family, FamilyRequest
from reservations.models.activities import Activity, ActivitySite
from reservations.models.bookings import Booking, Enrolment
from reservations.rules.formulas import Formula


class WaitingEntry(models.Model):
    """A child waiting for a place on a day. The rank is the order of ``joined_at``, then of the row.

    An entry that is OFFERED holds a place until ``offered_until``: nobody else can take it.
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
    joined_at = models.DateTimeField("en attente depuis le")
    offered_at = models.DateTimeField("proposée le", null=True, blank=True)
    offered_until = models.DateTimeField("à accepter avant le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    booking = models.ForeignKey(
        Booking, verbose_name="réservation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "attente d’une place"
        verbose_name_plural = "liste d’attente"
        ordering = ("day", "site", "joined_at", "pk")
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
