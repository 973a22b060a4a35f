"""How a guardian’s space opens: a code, then a confirmed address."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models.people import Guardian


class ActivationCode(models.Model):
    """A code that opens one guardian's space. Only a keyed digest is kept; it is used up when the e-mail is confirmed."""

    class Channel(models.TextChoices):
        LETTER = "courrier", "Courrier"
        MAIL = "courriel", "Courriel"

    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.CASCADE, related_name="activation_codes"
    )
    digest = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    channel = models.CharField("remis par", max_length=10, choices=Channel)
    created_at = models.DateTimeField("créé le")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="créé par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField("expire le")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    revoked_reason = models.CharField("motif de révocation", max_length=120, blank=True)
    wrong_birth_dates = models.PositiveSmallIntegerField("dates de naissance erronées", default=0)

    class Meta:
        verbose_name = "code d’activation"
        verbose_name_plural = "codes d’activation"
        ordering = ("-created_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["guardian"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="one_live_code_per_guardian",
                violation_error_message="Ce responsable a déjà un code valable.",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True), name="code_used_or_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"Code de {self.guardian.full_name} du {self.created_at:%d/%m/%Y}"


class PendingActivation(models.Model):
    """A parent who gave her code, an address and a password, and has not yet followed the link sent to that address.

    No account exists before the link is followed: a mistyped address is corrected by starting again with the same code.
    """

    code = models.OneToOneField(
        ActivationCode, verbose_name="code", on_delete=models.CASCADE, related_name="pending", primary_key=True
    )
    email = models.EmailField("adresse électronique")
    password = models.CharField("mot de passe (condensé)", max_length=128, editable=False)
    franceconnect_sub = models.CharField(
        "identité FranceConnect à lier", max_length=191, blank=True, default="", db_default="", editable=False
    )
    link_digest = models.CharField("empreinte du lien", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("commencée le")
    expires_at = models.DateTimeField("expire le")

    class Meta:
        verbose_name = "activation en attente"
        verbose_name_plural = "activations en attente"

    def __str__(self) -> str:
        return f"Activation en attente du {self.created_at:%d/%m/%Y}"
