"""The private address at which a guardian's calendar program reads her household's days."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models import Guardian


class AgendaFeed(models.Model):
    """An address that one guardian gave to her calendar programs; only the keyed digest of its secret is kept.

    It opens while it has not ended, while she may see the household, and while her account is the one that made it.
    """

    class End(models.TextChoices):
        CUT = "coupe", "coupé par le responsable"
        REPLACED = "remplace", "remplacé par un autre"

    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.CASCADE, related_name="agenda_feeds"
    )
    digest = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("créé le")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="créé par", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    read_at = models.DateTimeField("lu pour la dernière fois le", null=True, blank=True)
    ended_at = models.DateTimeField("fermé le", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="fermé par",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    ended_why = models.CharField("fermé parce que", max_length=10, choices=End, blank=True, default="")

    class Meta:
        verbose_name = "lien d’agenda"
        verbose_name_plural = "liens d’agenda"
        ordering = ("-made_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["guardian"],
                condition=Q(ended_at=None),
                name="one_live_agenda_per_guardian",
                violation_error_message="Ce responsable a déjà un lien d’agenda.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_why="") | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="agenda_ends_for_a_reason",
                violation_error_message="Un lien fermé dit pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"Agenda de {self.guardian}"
