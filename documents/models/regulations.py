"""Règlements intérieurs, version by version, and who accepted which."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from families.models import Family, Guardian


class Regulation(models.Model):
    """A règlement intérieur: the text that enrolling in a service accepts."""

    slug = models.SlugField("identifiant", unique=True)
    title = models.CharField("titre", max_length=160)

    class Meta:
        verbose_name = "règlement intérieur"
        verbose_name_plural = "règlements intérieurs"
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class RegulationVersion(models.Model):
    """One text of a règlement, in force from a day until the next version's day. Its words never change once accepted."""

    regulation = models.ForeignKey(
        Regulation, verbose_name="règlement", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField("version")
    in_force_on = models.DateField("en vigueur à partir du")
    body = models.TextField("texte", help_text="Un titre par ligne commençant par « # », un paragraphe par bloc.")
    is_demo = models.BooleanField("démonstration", default=False)

    class Meta:
        verbose_name = "version de règlement"
        verbose_name_plural = "versions de règlement"
        ordering = ("regulation", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["regulation", "number"],
                name="regulation_version_once",
                violation_error_message="Cette version existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["regulation", "in_force_on"],
                name="regulation_one_version_per_day",
                violation_error_message="Une autre version entre en vigueur ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regulation.title}, version {self.number}"

    @property
    def is_accepted(self) -> bool:
        """Whether a family has accepted it: from then on it no longer changes."""
        return self.pk is not None and self.acceptances.exists()

    def clean(self) -> None:
        """Refuse to change what a family has accepted."""
        if self.is_accepted:
            raise ValidationError("Des familles ont accepté cette version : ajoutez-en une nouvelle plutôt.")


class RegulationNotice(models.Model):
    """A household was told, once, that a new version came into force and waits for its acceptance."""

    version = models.ForeignKey(
        RegulationVersion, verbose_name="version", on_delete=models.CASCADE, related_name="notices"
    )
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField("annoncée le")

    class Meta:
        verbose_name = "annonce de règlement"
        verbose_name_plural = "annonces de règlement"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "family"], name="regulation_announced_once_per_household")
        ]

    def __str__(self) -> str:
        return f"{self.version} annoncée à {self.family}"


class RegulationAcceptance(models.Model):
    """The instant at which a guardian accepted one version for her household."""

    version = models.ForeignKey(
        RegulationVersion, verbose_name="version", on_delete=models.PROTECT, related_name="acceptances"
    )
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, related_name="regulation_acceptances"
    )
    guardian = models.ForeignKey(Guardian, verbose_name="responsable", on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField("acceptée le")

    class Meta:
        verbose_name = "acceptation de règlement"
        verbose_name_plural = "acceptations de règlement"
        ordering = ("-accepted_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "guardian"], name="regulation_accepted_once_per_guardian")
        ]

    def __str__(self) -> str:
        return f"{self.version} acceptée par {self.guardian.full_name}"
