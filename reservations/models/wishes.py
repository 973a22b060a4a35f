"""The weeks that a household wishes for in a period of the holidays, and what the allocation answered."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from families.models import Child, Family, FamilyRequest
from reservations.models.activities import ActivitySite
from reservations.models.bookings import Enrolment
from reservations.models.holidays import HolidayPeriod
from reservations.rules.formulas import Formula


class WishList(models.Model):
    """One submit of wishes, under its numbered request. The last one of a household counts; those before it stay, replaced.

    ``first_asked_at`` is when the household first wished in this period: what it changes later does not make it younger.
    ``together``: brothers and sisters have the same weeks, or none.
    """

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="wish_list"
    )
    period = models.ForeignKey(
        HolidayPeriod, verbose_name="période", on_delete=models.PROTECT, related_name="wish_lists"
    )
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="wish_lists")
    submission = models.UUIDField("envoi", unique=True, help_text="Un double clic n’en fait qu’un.")
    together = models.BooleanField("frères et sœurs ensemble", default=False)
    first_asked_at = models.DateTimeField("premier vœu le")
    asked_at = models.DateTimeField("reçue le")
    replaced_at = models.DateTimeField("remplacée le", null=True, blank=True)

    class Meta:
        verbose_name = "liste de vœux"
        verbose_name_plural = "listes de vœux"
        ordering = ("period", "-asked_at")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["period", "family"],
                condition=Q(replaced_at=None),
                name="one_standing_wish_list",
                violation_error_message="Ce foyer a déjà une liste de vœux pour cette période.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.family} – {self.period}"


class WishedChild(models.Model):
    """One child of a wish list: how many weeks are wanted, under which formula; ``points`` and ``why`` are the allocation's."""

    wish_list = models.ForeignKey(WishList, verbose_name="liste", on_delete=models.CASCADE, related_name="children")
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, verbose_name="inscription", on_delete=models.PROTECT, related_name="+")
    weeks = models.PositiveSmallIntegerField("semaines souhaitées")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="")
    points = models.PositiveSmallIntegerField("points", null=True, blank=True)
    why = models.JSONField("détail des points", default=list, blank=True)

    class Meta:
        verbose_name = "enfant d’une liste de vœux"
        verbose_name_plural = "enfants d’une liste de vœux"
        ordering = ("child__birth_date", "child")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wish_list", "child"], name="wished_child_once"),
            models.CheckConstraint(condition=Q(weeks__gte=1), name="wished_weeks_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.wish_list.period}"


class Wish(models.Model):
    """A week wished for at a site, by rank (1 first), and what became of it.

    ``last_points`` is what the last child admitted that week at that site had, None when nobody was.
    """

    class Outcome(models.TextChoices):
        PENDING = "attente", "En attente de l’attribution"
        GIVEN = "obtenu", "Obtenu"
        REFUSED = "refuse", "Non obtenu"
        NOT_NEEDED = "sans-objet", "Sans objet"

    child = models.ForeignKey(WishedChild, verbose_name="enfant", on_delete=models.CASCADE, related_name="wishes")
    rank = models.PositiveSmallIntegerField("rang")
    monday = models.DateField("semaine du")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("issue", max_length=10, choices=Outcome, default=Outcome.PENDING)
    reason = models.CharField("motif", max_length=250, blank=True, default="")
    last_points = models.PositiveSmallIntegerField("points du dernier admis", null=True, blank=True)

    class Meta:
        verbose_name = "vœu"
        verbose_name_plural = "vœux"
        ordering = ("child", "rank")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["child", "rank"], name="wish_rank_once"),
            models.UniqueConstraint(fields=["child", "monday", "site"], name="wish_week_once"),
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.monday:%d/%m/%Y}"
