"""What a guardian may do with her household's file, and why: the history that agents alone read."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models.people import Guardian


class RightsChange(models.Model):
    """One decision about a guardian's rights, with its reason. Rows are added, never changed; the last one is in force.

    The reason (a judgment, most often) is for the agents: no page, mail or export shows it to either household.
    """

    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.PROTECT, related_name="rights_changes"
    )
    rights = models.CharField("droits", max_length=10, choices=Guardian.Rights)
    reason = models.TextField("motif")
    until = models.DateField("jusqu’au", null=True, blank=True)
    at = models.DateTimeField("décidé le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="décidé par", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "droits d’un responsable"
        verbose_name_plural = "droits des responsables"
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="rights_change_has_reason",
                violation_error_message="Le motif est obligatoire : il est conservé avec la décision.",
            ),
            models.CheckConstraint(
                condition=~Q(rights="full") | Q(until=None),
                name="full_rights_have_no_end",
                violation_error_message="Des droits complets n’ont pas de date de fin.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_rights_display()} – {self.guardian}"
