"""What families ask: one numbered row each."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from families.models.people import Family, Guardian


class FamilyRequest(models.Model):
    """A démarche: one numbered row for whatever a family asks, with its acknowledgement (CRPA L112-8, R112-11-1)."""

    class Status(models.TextChoices):
        RECEIVED = "recue", "Reçue"
        DONE = "traitee", "Traitée"
        PARTLY = "partielle", "Traitée en partie"
        REFUSED = "refusee", "Refusée"

    number = models.CharField("numéro", max_length=16, unique=True)
    kind = models.CharField("démarche", max_length=40)
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="requests")
    guardian = models.ForeignKey(
        Guardian, verbose_name="déposée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisie par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    summary = models.CharField("objet", max_length=200)
    status = models.CharField("état", max_length=10, choices=Status)
    received_at = models.DateTimeField("reçue le")
    decided_at = models.DateTimeField("traitée le", null=True, blank=True)
    service = models.CharField("service chargé du dossier", max_length=120)

    class Meta:
        verbose_name = "demande"
        ordering = ("-received_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["family", "-received_at", "-id"], name="request_family_recent")]

    def __str__(self) -> str:
        return f"{self.number} – {self.summary}"

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        return {"recue": "pending", "traitee": "done", "partielle": "due", "refusee": "refused"}[self.status]
