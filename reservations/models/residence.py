"""Where a household counts as living, for the tariffs that tell residents from the others."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from families.models import Family


class Residence(models.Model):
    """What an agent decided about a household over a period, both ends included: it outweighs the commune of its address.

    Without any, a household is a resident when the address of its file is in the town (rules.residence).
    """

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="residences")
    is_resident = models.BooleanField(
        "prix des habitants", default=True, help_text="Décochez pour le prix des foyers hors commune."
    )
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    reason = models.CharField(
        "motif",
        max_length=200,
        help_text="Par exemple «\u00a0Paie la taxe foncière à Castres\u00a0» ou «\u00a0A déménagé\u00a0».",
    )
    decided_at = models.DateTimeField("décidé le", editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidé par",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        verbose_name = "résidence pour les tarifs"
        verbose_name_plural = "résidences pour les tarifs"
        ordering = ("-starts_on", "family")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "starts_on"],
                name="residence_once_per_start",
                violation_error_message="Une décision commence déjà ce jour-là pour cette famille.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="residence_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="residence_for_a_reason",
                violation_error_message="Indiquez pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} : {'habitant' if self.is_resident else 'hors commune'} à partir du {self.starts_on:%d/%m/%Y}"
