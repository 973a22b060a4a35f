"""In which household a child lives, and when."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from families.models.people import Child, Family


class Custody(models.Model):
    """In which household a child lives, and in which weeks. Both ends of the period are included."""

    class Rhythm(models.TextChoices):
        FULL = "pleine", "Tout le temps"
        ODD = "impaire", "Semaines impaires (numéro de semaine ISO, comme l’écrivent les jugements)"
        EVEN = "paire", "Semaines paires (numéro de semaine ISO, comme l’écrivent les jugements)"
        ALTERNATE = "alternee", "Une semaine sur deux à partir d’un lundi"

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="custodies")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="custodies")
    rhythm = models.CharField("rythme", max_length=10, choices=Rhythm, default=Rhythm.FULL)
    first_monday = models.DateField("premier lundi", null=True, blank=True)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)

    checked_together = False  # a form that edits several stays compares them as typed, not as stored

    class Meta:
        verbose_name = "résidence de l’enfant"
        verbose_name_plural = "résidences des enfants"
        ordering = ("child", "starts_on")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="custody_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(rhythm="alternee", first_monday__isnull=False)
                | (~Q(rhythm="alternee") & Q(first_monday__isnull=True)),
                name="custody_monday_when_alternate",
                violation_error_message="Indiquez le premier lundi pour une semaine sur deux, et pour ce rythme seulement.",
            ),
            models.UniqueConstraint(
                fields=["child", "family", "starts_on"],
                name="custody_once_per_start",
                violation_error_message="Cette résidence est déjà saisie.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} chez {self.family.name}"

    def clean(self) -> None:
        """Refuse two households for one day (``services.custody.refuse_two_homes`` does it under lock)."""
        from families.rules.custody import conflict_between

        if self.first_monday and self.first_monday.weekday() != 0:
            raise ValidationError({"first_monday": "Ce jour n’est pas un lundi."})
        if self.checked_together or not self.child_id or not self.starts_on:
            return
        for other in Custody.objects.filter(child_id=self.child_id).exclude(pk=self.pk):
            if conflict_between(self, other):
                raise ValidationError("L’enfant aurait deux foyers le même jour. Vérifiez les rythmes et les dates.")


class CustodyException(models.Model):
    """Days on which a child is, by agreement, in another household than the rhythm says. Both ends included."""

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="custody_exceptions")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "exception de garde"
        verbose_name_plural = "exceptions de garde"
        ordering = ("starts_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="custody_exception_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} chez {self.family.name} du {self.starts_on:%d/%m/%Y} au {self.ends_on:%d/%m/%Y}"
