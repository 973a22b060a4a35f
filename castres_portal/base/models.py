"""Rows that no single subject owns."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Counter(models.Model):
    """The last number given in a series (receipts, invoices of a month, bank references of a day)."""

    series = models.CharField("série", max_length=60, primary_key=True)
    value = models.PositiveBigIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "compteur"

    def __str__(self) -> str:
        return f"{self.series} : {self.value}"


class MailMark(models.Model):
    """What the portal knows of a mail that post_office does not: its kind, and whether its body is a secret."""

    email = models.OneToOneField(
        "post_office.Email", verbose_name="courriel", on_delete=models.CASCADE, related_name="mark"
    )
    kind = models.CharField("modèle", max_length=80)
    secret = models.BooleanField("contenu confidentiel", default=False)
    erased_at = models.DateTimeField("contenu effacé le", null=True, blank=True)

    class Meta:
        verbose_name = "suivi de courriel"
        verbose_name_plural = "suivis de courriels"
        indexes = [
            models.Index(fields=["id"], condition=models.Q(secret=True, erased_at=None), name="mail_secret_to_erase")
        ]

    def __str__(self) -> str:
        return self.kind


class ListExport(models.Model):
    """A long list of the back office to be written to a file: asked by one agent, ready, deleted after its days.

    ``page`` and ``query`` are the list and its filters (``billing.invoice``, ``reglement=a-regler``). ``account`` is the key of
    the account that asked, the only one that opens it: no foreign key, this application knows nothing of accounts.
    ``taken_until`` is one worker's claim, renewed as rows are written: the export of a killed one is taken up after that instant.
    """

    class Status(models.TextChoices):
        WAITING = "attente", "En préparation"
        READY = "pret", "Prêt"
        FAILED = "echec", "Échec"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    account = models.PositiveBigIntegerField("compte")
    page = models.CharField("liste", max_length=80)
    query = models.CharField("filtres", max_length=1000, blank=True)
    format = models.CharField("format", max_length=4, choices=Format)
    status = models.CharField("état", max_length=8, choices=Status, default=Status.WAITING)
    asked_at = models.DateTimeField("demandé le")
    rows = models.PositiveIntegerField("lignes")
    rows_written = models.PositiveIntegerField("lignes écrites", default=0)
    taken_until = models.DateTimeField("en préparation jusqu’à", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    made_at = models.DateTimeField("prêt le", null=True, blank=True)
    file = models.FileField("fichier", upload_to="listes", max_length=80, blank=True)

    class Meta:
        verbose_name = "export de liste"
        verbose_name_plural = "exports de listes"
        ordering = ("-asked_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("account"),
                F("page"),
                F("query"),
                F("format"),
                condition=Q(status="attente"),
                name="list_export_asked_once",
                violation_error_message="Cet export est déjà en préparation.",
            ),
            models.CheckConstraint(
                condition=(Q(status="pret", made_at__isnull=False) & ~Q(file="")) | (~Q(status="pret") & Q(file="")),
                name="list_export_file_only_while_ready",
                violation_error_message="Un export a son fichier quand il est prêt.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(status="attente"), name="list_export_to_make"),
            models.Index(fields=["account", "page", "-asked_at"], name="list_export_of_account"),
        ]

    def __str__(self) -> str:
        return f"Export de {self.page}"

    @property
    def percent(self) -> int:
        """How much of it is written, from 0 to 100."""
        return min(self.rows_written * 100 // self.rows, 100) if self.rows else 100
