"""Papers that the town delivers: each numbered, frozen as it was given, and checked by whoever receives it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from castres_portal.base.encrypted import EncryptedJSONField
from families.models import Family, Guardian


class IssuedPaper(models.Model):
    """One paper as it was delivered. What it says never changes (a trigger of the database holds its facts); it may be withdrawn.

    The PDF is not kept: ``content`` is what it said, encrypted, and the same paper is made again from it.
    """

    number = models.CharField("numéro", max_length=16, unique=True)
    kind = models.CharField("type", max_length=40)
    title = models.CharField("titre", max_length=120)
    subject = models.CharField("objet, pour comparer", max_length=120, editable=False)
    initials = models.CharField("initiales", max_length=16)
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="issued_papers")
    guardian = models.ForeignKey(
        Guardian, verbose_name="demandé par", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="délivré à", on_delete=models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField("délivré le")
    submission = models.UUIDField("envoi", unique=True, editable=False)
    token = models.CharField("jeton de vérification", max_length=64, unique=True, editable=False)
    check_code = models.CharField("code de contrôle", max_length=8, editable=False)
    content = EncryptedJSONField("contenu", editable=False)
    digest = models.CharField("empreinte", max_length=64, editable=False)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="retiré par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_reason = models.CharField("motif du retrait", max_length=200, blank=True)

    class Meta:
        verbose_name = "document délivré"
        verbose_name_plural = "documents délivrés"
        ordering = ("-issued_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="paper_withdrawn_with_reason",
                violation_error_message="Un document retiré l’est à un instant, pour un motif.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["family", "-issued_at", "-id"], name="paper_family_recent"),
            models.Index(fields=["family", "kind", "subject", "-issued_at"], name="paper_same_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.number} – {self.title}"
