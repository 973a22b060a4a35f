"""Menus: what is eaten, day by day, written by the kitchen and read by everybody."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from families.rules.health import ALLERGENS
from reservations.rules.menus import LONGEST_DISH, Course, Label, MealType


def known_allergens(codes: object) -> None:
    """Refuse what is not one of the fourteen."""
    if not isinstance(codes, list) or set(codes) - {code for code, _ in ALLERGENS}:
        raise ValidationError("Choisissez parmi les quatorze allergènes à déclaration obligatoire.")


def known_labels(codes: object) -> None:
    """Refuse a label that is not on the list."""
    if not isinstance(codes, list) or set(codes) - set(Label.values):
        raise ValidationError("Choisissez parmi les mentions proposées.")


class Menu(models.Model):
    """A meal of a day, the same in every school: the central kitchen cooks it."""

    day = models.DateField("jour")
    meal = models.CharField("repas", max_length=12, choices=MealType, default=MealType.LUNCH)
    note = models.CharField("remarque", max_length=200, blank=True)
    is_demo = models.BooleanField("démonstration", default=False, editable=False)
    changed_at = models.DateTimeField("modifié le", editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="modifié par",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        verbose_name = "menu"
        ordering = ("-day", "meal")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "meal"],
                name="menu_once_per_meal",
                violation_error_message="Ce repas a déjà un menu ce jour-là.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_meal_display()} du {self.day:%d/%m/%Y}"


class MenuDish(models.Model):
    """A component of a menu, with its allergens and its labels."""

    menu = models.ForeignKey(Menu, verbose_name="menu", on_delete=models.CASCADE, related_name="dishes")
    course = models.CharField("composant", max_length=16, choices=Course)
    position = models.PositiveSmallIntegerField("ordre", default=1)
    name = models.CharField("plat", max_length=LONGEST_DISH)
    allergens = models.JSONField("allergènes", default=list, blank=True, validators=[known_allergens])
    labels = models.JSONField("mentions", default=list, blank=True, validators=[known_labels])

    class Meta:
        verbose_name = "composant"
        ordering = ("menu", "position")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["menu", "position"], name="menu_dish_once")]

    def __str__(self) -> str:
        return self.name
