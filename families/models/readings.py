"""Who read what is sensitive in a family’s file: the rows behind « Qui a consulté le dossier »."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models.people import Child, Family


class Reading(models.Model):
    """An agent opened a child’s sheet, or a document of a household. Kept as it was said then; never changed."""

    at = models.DateTimeField("le")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="agent", on_delete=models.PROTECT, related_name="+"
    )
    reader_shown = models.CharField("lu par (dit à la famille)", max_length=160)
    subject = models.CharField("ce qui a été lu", max_length=160)
    child = models.ForeignKey(
        Child, verbose_name="enfant", on_delete=models.CASCADE, null=True, blank=True, related_name="readings"
    )
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.CASCADE, null=True, blank=True, related_name="readings"
    )

    class Meta:
        verbose_name = "consultation"
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["child", "-at", "-id"], name="reading_of_child"),
            models.Index(fields=["family", "-at", "-id"], name="reading_of_family"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(child__isnull=False, family__isnull=True) | Q(child__isnull=True, family__isnull=False),
                name="reading_of_a_child_or_of_a_household",
                violation_error_message="Une consultation concerne un enfant ou un foyer.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}, {self.reader_shown}"
