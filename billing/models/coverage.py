"""Who besides the household pays a part of its days: an organisation, the other parent. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from billing.models.invoices import InvoiceLine
from billing.models.runs import BillingChunk
from billing.rules.percent import percent_text
from castres_portal.base.french import euros, plain_day
from families.models import Child, Family
from reservations.models import Activity


class PayingBody(models.Model):
    """What makes a file that of an organisation: no child lives there, its contact is the guardian who receives the invoices."""

    class Kind(models.TextChoices):
        CCAS = "ccas", "CCAS"
        EMPLOYER = "employeur", "Employeur"
        OTHER = "autre", "Autre organisme"

    family = models.OneToOneField(
        Family, verbose_name="dossier", on_delete=models.PROTECT, related_name="paying_body", primary_key=True
    )
    kind = models.CharField("nature", max_length=10, choices=Kind)
    names_children = models.BooleanField(
        "factures avec les noms des enfants",
        help_text="Un CCAS connaît les enfants qu’il aide. Sans cela, la facture porte leurs initiales.",
    )
    added_at = models.DateTimeField("ajouté le")

    class Meta:
        verbose_name = "organisme payeur"
        verbose_name_plural = "organismes payeurs"
        ordering = ("family__name",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.family.name


class Coverage(models.Model):
    """A part of a child's days in one household, that another file pays. Ended, never changed nor deleted.

    One that is ended before its first day never counted (``ends_on`` is then the day before it).
    """

    family = models.ForeignKey(Family, verbose_name="foyer aidé", on_delete=models.PROTECT, related_name="coverages")
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="coverages")
    payer = models.ForeignKey(Family, verbose_name="payeur", on_delete=models.PROTECT, related_name="coverages_paid")
    activity = models.ForeignKey(
        Activity, verbose_name="prestation", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    percent = models.DecimalField("part prise en charge (%)", max_digits=5, decimal_places=2)
    ceiling = models.DecimalField("plafond par mois (€)", max_digits=7, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)
    decision = models.CharField("décision n°", max_length=60)
    decided_on = models.DateField("décision du")
    added_at = models.DateTimeField("saisie le")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisie par", on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("arrêtée le", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="arrêtée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    ended_because = models.CharField("motif de l’arrêt", max_length=200, blank=True)

    class Meta:
        verbose_name = "prise en charge"
        verbose_name_plural = "prises en charge"
        ordering = ("family__name", "child", "-starts_on", "pk")
        default_permissions = ("add", "change", "view")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100),
                name="coverage_percent",
                violation_error_message="La part va de 0,01 à 100 %.",
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(ceiling__gt=0),
                name="coverage_ceiling_positive",
                violation_error_message="Le plafond est supérieur à zéro, ou vide.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")) | Q(ended_at__isnull=False),
                name="coverage_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=~Q(payer=F("family")),
                name="coverage_by_another_file",
                violation_error_message="Le payeur est un autre dossier que celui du foyer.",
            ),
            models.CheckConstraint(
                condition=~Q(decision=""),
                name="coverage_has_a_decision",
                violation_error_message="Indiquez le numéro de la décision.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="") | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="coverage_ended_for_a_reason",
                violation_error_message="Dites pourquoi la prise en charge s’arrête.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer.name}, {self.why}"

    @property
    def why(self) -> str:
        """« décision n° 2026-112 du 28 août 2026 »."""
        return f"décision n°\u00a0{self.decision} du {plain_day(self.decided_on)}"

    @property
    def who(self) -> str:
        """The payer as the household reads him: « CCAS de Castres », « Foyer Bernard »."""
        return self.payer.name if hasattr(self.payer, "paying_body") else f"Foyer {self.payer.name}"

    @property
    def part(self) -> str:
        """« 50 % »: how much of each day."""
        return percent_text(self.percent)

    @property
    def never_counted(self) -> bool:
        """Whether it was ended before its first day."""
        return self.ends_on is not None and self.ends_on < self.starts_on


class CoveredLine(models.Model):
    """How much of a line of a household's invoice another file pays. Frozen with the invoice.

    The line of the other payer's own invoice names it (``invoice_line``).
    """

    line = models.ForeignKey(InvoiceLine, verbose_name="ligne", on_delete=models.PROTECT, related_name="covered_parts")
    coverage = models.ForeignKey(
        Coverage, verbose_name="prise en charge", on_delete=models.PROTECT, related_name="covered_lines"
    )
    payer = models.ForeignKey(Family, verbose_name="payeur", on_delete=models.PROTECT, related_name="covered_lines")
    care_part = models.DecimalField("part garde (€)", max_digits=7, decimal_places=2)
    food_part = models.DecimalField("part alimentaire (€)", max_digits=7, decimal_places=2)
    amount = models.DecimalField("montant (€)", max_digits=7, decimal_places=2)

    class Meta:
        verbose_name = "part prise en charge"
        verbose_name_plural = "parts prises en charge"
        ordering = ("line", "coverage")
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "coverage"], name="covered_once_per_line"),
            models.CheckConstraint(
                condition=Q(
                    amount=Round(F("care_part") + F("food_part"), precision=2),
                    amount__gt=0,
                    care_part__gte=0,
                    food_part__gte=0,
                ),
                name="covered_part_is_sum_of_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} : {euros(self.amount)} par {self.payer}"


class PreviewedPayer(models.Model):
    """What another payer would be asked for the households of one chunk of a preview."""

    chunk = models.ForeignKey(BillingChunk, verbose_name="lot", on_delete=models.CASCADE, related_name="payers")
    payer = models.ForeignKey(Family, verbose_name="payeur", on_delete=models.CASCADE, related_name="+")
    days = models.PositiveIntegerField("jours")
    amount = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "autre payeur d’un aperçu"
        verbose_name_plural = "autres payeurs d’un aperçu"
        default_permissions = ("view",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["chunk", "payer"], name="previewed_payer_once")]

    def __str__(self) -> str:
        return f"{self.payer} : {euros(self.amount)}"
