"""The kitchen's orders: what was to be cooked when nothing could change any more, and what has changed since. No name here."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from reservations.models.activities import Activity, ActivitySite
from reservations.rules.kitchen import AgeGroup, Cause


class KitchenOrder(models.Model):
    """The order of an activity for a day, frozen once its deadlines have passed; its lines never change afterwards.

    ``due_at`` is the instant of the deadline, ``frozen_at`` when the figures were taken, ``sent_at`` when the kitchen was
    told, ``followed_at`` up to when what changed since has been written down.
    """

    activity = models.ForeignKey(
        Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="kitchen_orders"
    )
    day = models.DateField("jour")
    due_at = models.DateTimeField("délai passé le")
    frozen_at = models.DateTimeField("figée le")
    sent_at = models.DateTimeField("envoyée à la cuisine le", null=True, blank=True)
    followed_at = models.DateTimeField("suivie jusqu’au")

    class Meta:
        verbose_name = "commande de la cuisine"
        verbose_name_plural = "commandes de la cuisine"
        ordering = ("-day", "activity")
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "day"],
                name="kitchen_order_once",
                violation_error_message="La commande de ce jour est déjà figée.",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="kitchen_order_day")]

    def __str__(self) -> str:
        return f"{self.activity}, {self.day:%d/%m/%Y}"


class KitchenOrderLine(models.Model):
    """Meals ordered for one site, one age group and one diet (a key of rules.kitchen)."""

    order = models.ForeignKey(KitchenOrder, verbose_name="commande", on_delete=models.CASCADE, related_name="lines")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="+")
    group = models.CharField("âge", max_length=12, choices=AgeGroup)
    diet = models.CharField("régime", max_length=120, blank=True)
    meals = models.PositiveIntegerField("repas")

    class Meta:
        verbose_name = "ligne de commande"
        verbose_name_plural = "lignes de commande"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "site", "group", "diet"], name="kitchen_line_once"),
            models.CheckConstraint(condition=Q(meals__gt=0), name="kitchen_line_orders_something"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.group} {self.diet} : {self.meals}"


class KitchenChange(models.Model):
    """A difference with a frozen order: so many meals more or fewer, why, and when."""

    order = models.ForeignKey(KitchenOrder, verbose_name="commande", on_delete=models.CASCADE, related_name="changes")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="+")
    group = models.CharField("âge", max_length=12, choices=AgeGroup)
    diet = models.CharField("régime", max_length=120, blank=True)
    delta = models.IntegerField("en plus ou en moins")
    cause = models.CharField("cause", max_length=12, choices=Cause)
    happened_at = models.DateTimeField("le")

    class Meta:
        verbose_name = "écart avec la commande"
        verbose_name_plural = "écarts avec la commande"
        ordering = ("happened_at", "pk")
        default_permissions = ()
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(delta=0), name="kitchen_change_changes")]

    def __str__(self) -> str:
        return f"{self.delta:+d} ({self.get_cause_display()})"


class KitchenExtra(models.Model):
    """What the cook adds for a site and a day: meals of adults, picnics. Each row says who and when; the last one holds."""

    class Kind(models.TextChoices):
        STAFF = "agents", "Agents"
        TEACHERS = "enseignants", "Enseignants"
        PICNICS = "pique-niques", "Pique-niques"

    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("jour")
    kind = models.CharField("quoi", max_length=12, choices=Kind)
    quantity = models.PositiveSmallIntegerField("nombre")
    entered_at = models.DateTimeField("saisi le")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisi par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "repas d’adultes et pique-niques"
        verbose_name_plural = "repas d’adultes et pique-niques"
        ordering = ("-day", "site", "kind", "-pk")
        default_permissions = ("add", "view")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(quantity__lte=500),
                name="kitchen_extra_is_plausible",
                violation_error_message="500 repas au plus par lieu.",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["day", "site", "kind", "-id"], name="kitchen_extra_day")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.get_kind_display()}, {self.day:%d/%m/%Y}"


class KitchenCheck(models.Model):
    """A day counted twice: by the kitchen from the bookings, and from the receipts alone. Two figures that differ are shown."""

    activity = models.ForeignKey(
        Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="kitchen_checks"
    )
    day = models.DateField("jour")
    kitchen = models.PositiveIntegerField("selon la cuisine")
    receipts = models.PositiveIntegerField("selon les reçus")
    given_back = models.PositiveIntegerField("jours rendus", default=0)
    explanation = models.TextField("explication", blank=True)
    agrees = models.BooleanField("concordent")
    checked_at = models.DateTimeField("contrôlé le")

    class Meta:
        verbose_name = "contrôle des effectifs"
        verbose_name_plural = "contrôles des effectifs"
        ordering = ("agrees", "-day", "activity")
        default_permissions = ("view",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["activity", "day"], name="kitchen_check_once")]

    def __str__(self) -> str:
        return f"{self.activity}, {self.day:%d/%m/%Y} : {self.kitchen} / {self.receipts}"
