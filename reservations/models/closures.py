"""Closures and outings: what agents stop on some days, and for whom."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from families.models import Family, School, SchoolLevel
from reservations.models.activities import Activity, ActivitySite


class Closure(models.Model):
    """Days on which services stop for a school, a level, a class, a centre or the town; frees what was booked, can be undone.

    Each narrowing field that is empty narrows nothing; without ``activities`` every service stops.
    """

    class Kind(models.TextChoices):
        STRIKE = "greve", "Grève"
        OUTING = "sortie", "Sortie ou voyage scolaire"
        CLOSED = "fermeture", "Service fermé"

    kind = models.CharField("type", max_length=10, choices=Kind)
    label = models.CharField("libellé pour les familles", max_length=80)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    activities = models.ManyToManyField(
        Activity, verbose_name="activités", blank=True, related_name="closures", help_text="Aucune : toutes."
    )
    school = models.ForeignKey(
        School, verbose_name="école", on_delete=models.PROTECT, null=True, blank=True, related_name="closures"
    )
    level = models.CharField("niveau", max_length=3, choices=SchoolLevel, blank=True)
    class_name = models.CharField("classe", max_length=40, blank=True)
    site = models.ForeignKey(
        ActivitySite, verbose_name="centre", on_delete=models.PROTECT, null=True, blank=True, related_name="closures"
    )
    message = models.TextField("message aux familles", blank=True)
    submission = models.UUIDField(
        "envoi", unique=True, default=uuid4, help_text="Identifie un envoi : un double clic n’en fait qu’un."
    )
    decided_at = models.DateTimeField("décidée le")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="décidée par", on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField("annulée le", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="annulée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "fermeture ou sortie"
        verbose_name_plural = "fermetures et sorties"
        ordering = ("-starts_on", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="closure_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(class_name="") | Q(school__isnull=False),
                name="closed_class_has_a_school",
                violation_error_message="Une classe se ferme dans une école : choisissez-la.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["starts_on", "ends_on"], condition=Q(undone_at=None), name="closure_standing")
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.starts_on:%d/%m/%Y})"


class ClosureNotice(models.Model):
    """What is to be told to a household whose days a closure freed, or gave back; ``receipt`` says each day."""

    closure = models.ForeignKey(Closure, verbose_name="fermeture", on_delete=models.CASCADE, related_name="notices")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    undone = models.BooleanField("annonce l’annulation", default=False)
    # By name: receipts stand on bookings, which stand on closures.
    receipt = models.ForeignKey(
        "reservations.BookingReceipt", verbose_name="reçu", on_delete=models.PROTECT, related_name="closure_notices"
    )
    told_at = models.DateTimeField("annoncée le", null=True, blank=True)

    class Meta:
        verbose_name = "avis de fermeture"
        verbose_name_plural = "avis de fermeture"
        ordering = ("closure", "family")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["closure", "family", "undone"], name="household_told_once_of_closure")
        ]
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(told_at=None), name="closure_notice_waiting")]

    def __str__(self) -> str:
        return f"{self.closure} – {self.family}"
