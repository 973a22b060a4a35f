"""What a family tells of a child’s health, so that those who look after her can. Everything that is told is encrypted.

Allergies, diet, doctor, insurance, vaccines and PAI belong to the child: whatever the household, both parents read and change
them. The people to call are the household's (``FamilyContact``). Each guardian answers for herself about authorisations.
No constraint can look inside an encrypted value: its form and its service do.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from castres_portal.base.encrypted import EncryptedJSONField
from families.models.people import Child, Guardian
from families.models.requests import FamilyRequest


class HealthRecord(models.Model):
    """A child’s sheet as it stands. ``version`` counts its changes: two parents who write at once do not erase each other."""

    child = models.OneToOneField(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="health")
    content = EncryptedJSONField("contenu", default=dict, editable=False)
    version = models.PositiveIntegerField("version", default=0, editable=False)
    changed_at = models.DateTimeField("modifiée le", null=True, editable=False)
    changed_by = models.ForeignKey(
        Guardian, verbose_name="modifiée par", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    confirmed_at = models.DateTimeField("confirmée le", null=True, editable=False)
    confirmed_by = models.ForeignKey(
        Guardian, verbose_name="confirmée par", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = "fiche sanitaire"
        verbose_name_plural = "fiches sanitaires"
        ordering = ("-changed_at", "-pk")
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["-changed_at"], name="health_recently_changed"),
            models.Index(fields=["confirmed_at"], name="health_to_erase"),
        ]

    def __str__(self) -> str:
        return f"Fiche sanitaire de {self.child}"


class HealthChange(models.Model):
    """One change of a sheet: who, when, and what was before and after (the changed answers only, encrypted)."""

    record = models.ForeignKey(HealthRecord, verbose_name="fiche", on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField("version")
    guardian = models.ForeignKey(Guardian, verbose_name="par", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField("le")
    before = EncryptedJSONField("avant")
    after = EncryptedJSONField("après")

    class Meta:
        verbose_name = "modification de fiche sanitaire"
        verbose_name_plural = "modifications de fiche sanitaire"
        ordering = ("-version",)
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "version"],
                name="health_change_once_per_version",
                violation_error_message="La fiche a changé entre-temps.",
            )
        ]

    def __str__(self) -> str:
        return f"Modification n° {self.version}"


class HealthAuthorisation(models.Model):
    """What one guardian authorises for a child, and when she said so. The answers of both are weighed by the rules."""

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="authorisations")
    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.CASCADE, related_name="authorisations"
    )
    answers = EncryptedJSONField("réponses", editable=False)
    answered_at = models.DateTimeField("donnée le")

    class Meta:
        verbose_name = "autorisation"
        default_permissions = ()
        ordering = ("answered_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "guardian"],
                name="health_authorisation_once_per_guardian",
                violation_error_message="Ce responsable a déjà répondu pour cet enfant.",
            )
        ]

    def __str__(self) -> str:
        return f"Autorisations pour {self.child}"


class HealthPlan(models.Model):
    """A PAI (projet d’accueil individualisé) that a parent proposed; it holds once an agent has accepted it."""

    class State(models.TextChoices):
        PROPOSED = "propose", "À valider"
        ACCEPTED = "valide", "Validé"
        REFUSED = "refuse", "Refusé"
        ENDED = "termine", "Terminé"

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="health_plans")
    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="health_plan"
    )
    guardian = models.ForeignKey(Guardian, verbose_name="par", on_delete=models.SET_NULL, null=True, related_name="+")
    content = EncryptedJSONField("contenu", editable=False)
    state = models.CharField("état", max_length=8, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField("proposé le")
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "PAI"
        verbose_name_plural = "PAI"
        ordering = ("-proposed_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(state="propose"),
                name="one_proposed_plan_per_child",
                violation_error_message="Un PAI attend déjà la décision du service.",
            ),
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(state="valide"),
                name="one_plan_in_force_per_child",
                violation_error_message="Un PAI est déjà en vigueur pour cet enfant.",
            ),
        ]

    def __str__(self) -> str:
        return f"PAI de {self.child}"


class HealthErasure(models.Model):
    """A night in which sheets that were not confirmed for the new school year were erased: how many, never whose health."""

    school_year = models.CharField("année scolaire terminée", max_length=9)
    erased_at = models.DateTimeField("le")
    count = models.PositiveIntegerField("fiches effacées")

    class Meta:
        verbose_name = "effacement de fiches sanitaires"
        verbose_name_plural = "effacements de fiches sanitaires"
        ordering = ("-erased_at",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.count} fiches, année {self.school_year}"
