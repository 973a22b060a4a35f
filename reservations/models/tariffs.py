"""What a booking costs: by day, by quotient, and by the few rules of a tariff. Amounts in euros."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from castres_portal.base.french import plain_day
from reservations.models.activities import Activity
from reservations.rules.formulas import Formula
from reservations.rules.tariffs import Effect, RanksBy, When, problem_of_rule

NUMBER_LENGTH = 40


class Tariff(models.Model):
    """The prices of an activity over a period, both ends included (a school year, or a part of it), and the délibération that
    voted them.

    Once it has priced an issued invoice it is frozen: the invoice's explanation must stay true for years. It can only end, and
    another begins (services.tariffs). ``deliberation`` is the wording of tariffs older than the number and the day of the vote.
    """

    class Frozen(Exception):
        """Somebody tried to change a tariff that priced an issued invoice."""

    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="tariffs")
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True, help_text="Vide\u00a0: jusqu’au prochain vote.")
    deliberation = models.CharField("délibération", max_length=120, blank=True, default="", db_default="")
    number = models.CharField(
        "délibération n°",
        max_length=NUMBER_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="Celui du recueil.",
    )
    voted_on = models.DateField("votée le", null=True, blank=True)
    ranks_by = models.CharField(
        "rang d’un enfant, compté parmi",
        max_length=10,
        choices=RanksBy,
        default=RanksBy.ACTIVITY,
        db_default="activite",
    )
    is_demo = models.BooleanField("démonstration", default=False)
    frozen_at = models.DateTimeField("figé le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "tarif"
        ordering = ("activity", "-starts_on")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "starts_on"],
                name="tariff_once_per_start",
                violation_error_message="Un tarif de cette activité commence déjà ce jour-là.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="tariff_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(number="", voted_on__isnull=True) | (~Q(number="") & Q(voted_on__isnull=False)),
                name="tariff_voted_under_a_number",
                violation_error_message="Une délibération a un numéro et un jour de vote\u00a0: indiquez les deux.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} à partir du {self.starts_on:%d/%m/%Y}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it; raise Frozen for one that priced an issued invoice, unless only its end moves."""
        if (
            self.frozen_at is not None
            and not self._state.adding
            and set(kwargs.get("update_fields") or "*") != {"ends_on"}
        ):
            raise Tariff.Frozen(f"le tarif {self} a servi à des factures émises, il ne change plus")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove it; raise Frozen for one that priced an issued invoice."""
        _refuse_frozen(self)
        return super().delete(*args, **kwargs)

    @property
    def vote(self) -> str:
        """« Délibération n° 2026-06-12 du 24 juin 2026 », as invoices and pages name it."""
        if not self.number:
            return self.deliberation
        return f"Délibération n°\u00a0{self.number} du {plain_day(self.voted_on)}"

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def _refuse_frozen(tariff: Tariff) -> None:
    if tariff.frozen_at is not None:
        raise Tariff.Frozen(f"le tarif {tariff} a servi à des factures émises, il ne change plus")


class TariffPart(models.Model):
    """A line of a tariff, frozen with it."""

    tariff: Any

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it; raise Frozen when its tariff priced an issued invoice."""
        _refuse_frozen(self.tariff)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove it; raise Frozen when its tariff priced an issued invoice."""
        _refuse_frozen(self.tariff)
        return super().delete(*args, **kwargs)


def _price(verbose_name: str, **fields: Any) -> models.DecimalField:
    return models.DecimalField(
        verbose_name, max_digits=7, decimal_places=2, validators=[MinValueValidator(Decimal(0))], **fields
    )


class TariffBand(TariffPart):
    """A quotient band of a formula: from ``quotient_from`` included to ``quotient_below`` excluded (empty: no upper end).

    The price is split into care and food, since only care opens a tax credit (CGI 200 quater B). With a rate of effort it is
    that share of the quotient, never under ``floor`` nor above the sum of the two parts. ``cost`` is the cost per user that no
    price may exceed (code de l’éducation, R531-53; loi 98-657, article 147).
    """

    tariff = models.ForeignKey(Tariff, verbose_name="tarif", on_delete=models.CASCADE, related_name="bands")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="", db_default="")
    label = models.CharField("tranche", max_length=10)
    quotient_from = models.PositiveIntegerField("quotient à partir de")
    quotient_below = models.PositiveIntegerField("quotient inférieur à", null=True, blank=True)
    care_part = _price("part garde (€)")
    food_part = _price("part alimentaire (€)")
    effort_rate = models.DecimalField(
        "taux d’effort (%)",
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(100))],
    )
    floor = _price("plancher (€)", null=True, blank=True)
    cost = _price("coût par usager (€)", null=True, blank=True)

    class Meta:
        verbose_name = "tranche de quotient"
        verbose_name_plural = "tranches de quotient"
        ordering = ("tariff", "formula", "quotient_from")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tariff", "formula", "quotient_from"],
                name="band_once_per_start",
                violation_error_message="Une tranche commence déjà à ce quotient.",
            ),
            models.UniqueConstraint(
                fields=["tariff", "formula", "label"],
                name="band_label_once",
                violation_error_message="Cette tranche existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(quotient_below__isnull=True) | Q(quotient_below__gt=F("quotient_from")),
                name="band_not_empty",
                violation_error_message="La tranche finit avant de commencer.",
            ),
            models.CheckConstraint(
                condition=Q(care_part__gte=0, food_part__gte=0),
                name="band_not_negative",
                violation_error_message="Un prix n’est pas négatif.",
            ),
            # Rounded: SQLite keeps amounts as floating numbers, for which 0.71 + 1.33 is not 2.04.
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=Round(F("care_part") + F("food_part"), precision=2)),
                name="band_within_cost_per_user",
                violation_error_message=(
                    "Ce prix dépasse le coût par usager (code de l’éducation, article R531-53\u00a0; loi n°\u00a098-657, "
                    "article\u00a0147)."
                ),
            ),
            models.CheckConstraint(
                condition=Q(effort_rate__isnull=True, floor__isnull=True)
                | Q(
                    effort_rate__gt=0,
                    floor__gte=0,
                    floor__lte=Round(F("care_part") + F("food_part"), precision=2),
                ),
                name="band_effort_between_floor_and_ceiling",
                violation_error_message=(
                    "Un taux d’effort va avec un plancher, qui ne dépasse pas le plafond (part garde + part alimentaire)."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Tranche {self.label}"


class TariffRule(TariffPart):
    """What changes the price of the band in one case: who lives elsewhere, a sibling, a basket, a late or unannounced day."""

    tariff = models.ForeignKey(Tariff, verbose_name="tarif", on_delete=models.CASCADE, related_name="rules")
    when = models.CharField("cas", max_length=12, choices=When)
    rank_from = models.PositiveSmallIntegerField(
        "à partir du n-ième enfant", null=True, blank=True, validators=[MinValueValidator(2), MaxValueValidator(9)]
    )
    effect = models.CharField("effet", max_length=10, choices=Effect)
    amount = models.DecimalField("montant (€ ou %)", max_digits=7, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "règle de tarif"
        verbose_name_plural = "règles de tarif"
        ordering = ("tariff", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tariff", "when"],
                condition=Q(rank_from__isnull=True),
                name="tariff_rule_once_per_case",
                violation_error_message="Une règle de ce tarif traite déjà ce cas.",
            ),
            models.UniqueConstraint(
                fields=["tariff", "rank_from"],
                condition=Q(rank_from__isnull=False),
                name="tariff_rule_once_per_rank",
                violation_error_message="Une règle de ce tarif traite déjà ce rang.",
            ),
            models.CheckConstraint(
                condition=Q(when=When.SIBLING, rank_from__gte=2) | (~Q(when=When.SIBLING) & Q(rank_from__isnull=True)),
                name="tariff_rule_rank_of_siblings",
                violation_error_message="Le rang va avec une règle de fratrie, et commence à 2.",
            ),
            models.CheckConstraint(
                condition=Q(effect=Effect.HIGHEST, amount__isnull=True)
                | (~Q(effect=Effect.HIGHEST) & Q(amount__isnull=False)),
                name="tariff_rule_has_its_amount",
                violation_error_message="Indiquez le montant, sauf pour la tranche la plus élevée.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_when_display()).capitalize()

    def clean(self) -> None:
        """Refuse a rule that means nothing."""
        if problem := problem_of_rule(self.when, self.rank_from, self.effect, self.amount):
            raise ValidationError(problem)
