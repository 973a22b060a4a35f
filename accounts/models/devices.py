"""The devices from which a person has signed in. A new one is told to her by mail; a known one is never slowed down."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class KnownDevice(models.Model):
    """One browser of one person. The browser keeps a random secret in a cookie; the database keeps its keyed digest."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.CASCADE, related_name="devices"
    )
    digest = models.CharField("empreinte", max_length=64, editable=False)
    label = models.CharField("appareil", max_length=80)
    network = models.CharField("réseau approximatif", max_length=50, blank=True)
    first_seen_at = models.DateTimeField("vu la première fois le")
    last_seen_at = models.DateTimeField("vu la dernière fois le")
    announced_at = models.DateTimeField("annoncé par courriel le", null=True, blank=True)

    class Meta:
        verbose_name = "appareil connu"
        verbose_name_plural = "appareils connus"
        ordering = ("-last_seen_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "digest"],
                name="known_device_once",
                violation_error_message="Cet appareil est déjà connu de ce compte.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.user})"
