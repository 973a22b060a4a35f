"""What a person asks of her own data: a copy, a right, its erasure; and what the portal forgets by itself."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models.people import Family, Guardian
from families.models.requests import FamilyRequest


class DataExport(models.Model):
    """A copy of one person's data: to be made, ready for seven days, then deleted. At most one lives at a time per account.

    ``taken_until`` is one worker's claim: an export whose worker was killed is taken up by another after that instant.
    ``file`` is a name that nobody can guess, outside any public folder.
    """

    class Status(models.TextChoices):
        WAITING = "attente", "En préparation"
        READY = "pret", "Prêt"
        FAILED = "echec", "Échec"
        DELETED = "efface", "Effacé"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.CASCADE, related_name="data_exports"
    )
    status = models.CharField("état", max_length=8, choices=Status, default=Status.WAITING)
    asked_at = models.DateTimeField("demandé le")
    taken_until = models.DateTimeField("en préparation jusqu’à", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    made_at = models.DateTimeField("prêt le", null=True, blank=True)
    expires_at = models.DateTimeField("à effacer le", null=True, blank=True)
    deleted_at = models.DateTimeField("effacé le", null=True, blank=True)
    file = models.FileField("fichier", upload_to="exports", max_length=80, blank=True)
    size = models.PositiveBigIntegerField("taille (octets)", default=0)
    downloads = models.PositiveIntegerField("téléchargements", default=0)

    class Meta:
        verbose_name = "export de données"
        verbose_name_plural = "exports de données"
        ordering = ("-asked_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=["attente", "pret"]),
                name="one_live_export_per_account",
                violation_error_message="Un export de ce compte existe déjà.",
            ),
            models.CheckConstraint(
                condition=(Q(status="pret", made_at__isnull=False, expires_at__isnull=False) & ~Q(file=""))
                | (~Q(status="pret") & Q(file="")),
                name="export_file_only_while_ready",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(status="attente"), name="export_to_make"),
            models.Index(fields=["expires_at"], condition=Q(status="pret"), name="export_to_delete"),
        ]

    def __str__(self) -> str:
        return f"Export du {self.asked_at:%d/%m/%Y}"


class RightsRequest(models.Model):
    """What a person asks by one of the rights that the law gives her; stands one to one with a request."""

    class Right(models.TextChoices):
        ACCESS = "acces", "Accès : savoir ce que la Ville détient sur moi"
        RECTIFICATION = "rectification", "Rectification : corriger une donnée inexacte"
        LIMITATION = "limitation", "Limitation : geler l’usage de mes données"
        OPPOSITION = "opposition", "Opposition : refuser un usage de mes données"

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="rights_request"
    )
    submission = models.UUIDField("envoi", unique=True)
    right = models.CharField("droit", max_length=14, choices=Right)
    body = models.TextField("précisions")

    class Meta:
        verbose_name = "exercice d’un droit"
        verbose_name_plural = "exercices de droits"

    def __str__(self) -> str:
        return f"{self.request.number} : {self.get_right_display()}"


class ErasureRequest(models.Model):
    """A guardian's request that her data be erased; ``report`` is what was erased and what stays, once an agent accepted."""

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="erasure_request"
    )
    body = models.TextField("précisions", blank=True)
    report = models.JSONField("compte rendu", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’effacement"
        verbose_name_plural = "demandes d’effacement"

    def __str__(self) -> str:
        return f"{self.request.number} : effacement"


class Erasure(models.Model):
    """A guardian, or a whole household, whose data were erased: what is left is what the law keeps."""

    family = models.ForeignKey(Family, verbose_name="dossier", on_delete=models.PROTECT, related_name="erasures")
    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.PROTECT, null=True, related_name="+"
    )
    whole_household = models.BooleanField("tout le foyer")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "effacement"
        ordering = ("-at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(whole_household=True),
                name="household_erased_once",
                violation_error_message="Ce dossier est déjà effacé.",
            )
        ]

    def __str__(self) -> str:
        return f"Effacement du {self.at:%d/%m/%Y}"


class InactivityNotice(models.Model):
    """A person was told that her account, unused for long, is about to be closed."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.CASCADE, related_name="inactivity_notice"
    )
    told_at = models.DateTimeField("prévenue le")

    class Meta:
        verbose_name = "préavis de fermeture"
        verbose_name_plural = "préavis de fermeture"

    def __str__(self) -> str:
        return f"Préavis du {self.told_at:%d/%m/%Y}"


class RetentionRun(models.Model):
    """One passage of the purges, or its rehearsal: how many rows of each category were past their time."""

    at = models.DateTimeField("le")
    dry_run = models.BooleanField("simulation")
    lines = models.JSONField("compte rendu", default=list)

    class Meta:
        verbose_name = "purge des données"
        verbose_name_plural = "purges des données"
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{'Simulation' if self.dry_run else 'Purge'} du {self.at:%d/%m/%Y}"

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(line["count"] for line in self.lines)
