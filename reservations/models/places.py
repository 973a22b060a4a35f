"""Other places than usual on a day: each change that an agent made, and why. Kept."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from reservations.models.activities import ActivitySite


class PlacesChange(models.Model):
    """An agent changed the places of a site on a day: from how many to how many, and why.

    ``to_usual``: the day follows its site again. ``held`` is how many places were taken or offered then: more than ``after``
    when the agent knowingly went below. One ``submission`` holds all the days of one form.
    """

    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="places_changes")
    day = models.DateField("jour")
    before = models.PositiveIntegerField("places avant")
    after = models.PositiveIntegerField("places après")
    to_usual = models.BooleanField("revient aux places du lieu", default=False)
    held = models.PositiveIntegerField("places prises ou proposées")
    reason = models.CharField("motif", max_length=200)
    submission = models.UUIDField("envoi", default=uuid4)
    at = models.DateTimeField("le")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "changement de places"
        verbose_name_plural = "changements de places"
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="places_change_has_a_reason",
                violation_error_message="Dites pourquoi les places changent.",
            ),
            models.UniqueConstraint(
                fields=["submission", "site", "day"],
                name="places_changed_once_per_submission",
                violation_error_message="Cet envoi a déjà été enregistré.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["site", "day", "at"], name="places_changes_of_day")]

    def __str__(self) -> str:
        return f"{self.site}, {self.day:%d/%m/%Y} : {self.before} → {self.after}"
