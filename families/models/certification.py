"""The yearly certification: a family reads its file in one page and says that it is right."""

from typing import ClassVar

from django.db import models

from families.models.people import Family, Guardian
from families.models.requests import FamilyRequest


class Certification(models.Model):
    """A guardian confirmed her household’s file for a school year. ``digests`` says what each section was, as a fingerprint."""

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="certifications")
    school_year = models.CharField("année scolaire", max_length=9)
    guardian = models.ForeignKey(
        Guardian, verbose_name="certifiée par", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    certified_at = models.DateTimeField("certifiée le")
    digests = models.JSONField("empreintes des rubriques", editable=False)
    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="certification"
    )

    class Meta:
        verbose_name = "certification annuelle"
        verbose_name_plural = "certifications annuelles"
        ordering = ("-certified_at",)
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "school_year"],
                name="certified_once_per_year",
                violation_error_message="Ce dossier est déjà certifié pour cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.family}, {self.school_year}"


class CertificationReminder(models.Model):
    """A household was reminded once, for a school year."""

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    school_year = models.CharField("année scolaire", max_length=9)
    sent_at = models.DateTimeField("rappelé le")

    class Meta:
        verbose_name = "rappel de certification"
        verbose_name_plural = "rappels de certification"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["family", "school_year"], name="reminded_once_per_year")
        ]

    def __str__(self) -> str:
        return f"{self.family}, {self.school_year}"
