"""What FranceConnect said that the town’s files do not."""

from django.db import models


class IdentityMismatch(models.Model):
    """Somebody signed in with FranceConnect under other names than those of the file that she wanted to open."""

    about = models.CharField("compte ou dossier", max_length=120)
    expected = models.CharField("noms du dossier", max_length=160)
    given = models.CharField("noms donnés par FranceConnect", max_length=200)
    seen_at = models.DateTimeField("constaté le")

    class Meta:
        verbose_name = "identité FranceConnect différente"
        verbose_name_plural = "identités FranceConnect différentes"
        ordering = ("-seen_at", "-pk")

    def __str__(self) -> str:
        return f"{self.about} : {self.given}"
