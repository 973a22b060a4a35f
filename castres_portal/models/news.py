"""What the town has to tell families."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

NOTATION = (
    "Un paragraphe par bloc, une ligne vide entre deux. Une ligne qui commence par « # » est un titre. Les adresses "
    "(https://…, nom@exemple.fr) deviennent des liens."
)


class News(models.Model):
    """A piece of news, shown from a day to another, both included; it keeps its address afterwards."""

    title = models.CharField("titre", max_length=120)
    slug = models.SlugField(
        "adresse", max_length=80, unique=True, help_text="La fin de son adresse, qui ne changera plus : /actualites/…/"
    )
    summary = models.CharField("résumé", max_length=240, help_text="Une ou deux phrases, montrées dans les listes.")
    body = models.TextField("texte", help_text=NOTATION)
    starts_on = models.DateField("publiée du")
    ends_on = models.DateField("au", null=True, blank=True, help_text="Vide : jusqu’à nouvel ordre.")
    is_pinned = models.BooleanField("en tête de liste", default=False)
    is_important = models.BooleanField(
        "importante", default=False, help_text="Signalée comme telle, et affichée en haut de la page d’accueil."
    )
    is_demo = models.BooleanField("démonstration", default=False, editable=False)

    class Meta:
        verbose_name = "actualité"
        ordering = ("-is_pinned", "-starts_on", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="news_ends_after_start",
                violation_error_message="La fin de publication précède son début.",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-starts_on"], name="news_recent")]

    def __str__(self) -> str:
        return self.title

    def is_over(self, today: date) -> bool:
        """Say whether its last day has passed."""
        return self.ends_on is not None and self.ends_on < today
