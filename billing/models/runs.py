"""The passage over a month's households that issues their invoices. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models import Family


class BillingRun(models.Model):
    """One passage over the households of a month: previewed, validated by an agent, then issued. Cut into chunks, so that a
    run that was killed goes on where it stood.

    ``state`` is the seal of what the preview counted (bookings, absences, quotients, prices): one that has changed since is
    previewed again before it may be validated. A run of the command alone is validated by nobody, as it starts.
    """

    month = models.DateField("mois facturé", help_text="Premier jour du mois.")
    started_at = models.DateTimeField("lancée le")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="lancée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    households = models.PositiveIntegerField("foyers à examiner", default=0)
    state = models.CharField("sceau du mois", max_length=64, blank=True, default="", db_default="", editable=False)
    previewed_at = models.DateTimeField("aperçu terminé le", null=True, blank=True)
    validated_at = models.DateTimeField("validée le", null=True, blank=True)
    validated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="validée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "facturation mensuelle"
        verbose_name_plural = "facturations mensuelles"
        ordering = ("-month", "-started_at")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month"],
                condition=Q(finished_at__isnull=True),
                name="one_run_at_a_time_per_month",
                violation_error_message="Une facturation de ce mois est en cours.",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="run_month_is_first_day"),
        ]

    def __str__(self) -> str:
        return f"Facturation de {self.month:%m/%Y}"

    @property
    def is_preview(self) -> bool:
        """Whether nothing of it may be issued yet."""
        return self.validated_at is None and self.finished_at is None


class BillingChunk(models.Model):
    """Some households of a run, by a range of ids, both ends included: done in one transaction or not at all."""

    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.CASCADE, related_name="chunks")
    first_family = models.PositiveBigIntegerField("premier foyer")
    last_family = models.PositiveBigIntegerField("dernier foyer")
    households = models.PositiveIntegerField("foyers")
    invoices = models.PositiveIntegerField("factures", default=0)
    amount = models.DecimalField("montant (€)", max_digits=12, decimal_places=2, default=0)
    previewed_at = models.DateTimeField("aperçu le", null=True, blank=True)
    done_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "lot de facturation"
        verbose_name_plural = "lots de facturation"
        ordering = ("run", "first_family")
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "first_family"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.run}, foyers {self.first_family} à {self.last_family}"


class PreviewedHousehold(models.Model):
    """What a household's invoice would be, and what it was the month before; nothing of it has a number."""

    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.CASCADE, related_name="previewed")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    days = models.PositiveIntegerField("jours")
    total = models.DecimalField("montant prévu (€)", max_digits=9, decimal_places=2)
    before = models.DecimalField("mois précédent (€)", max_digits=9, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "foyer d’un aperçu"
        verbose_name_plural = "foyers d’un aperçu"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "family"], name="previewed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.family}, {self.total}"


class PreviewedActivity(models.Model):
    """The days and the amount of an activity in one chunk of a preview."""

    chunk = models.ForeignKey(BillingChunk, verbose_name="lot", on_delete=models.CASCADE, related_name="activities")
    name = models.CharField("prestation", max_length=80)
    days = models.PositiveIntegerField("jours")
    amount = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "prestation d’un aperçu"
        verbose_name_plural = "prestations d’un aperçu"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chunk", "name"], name="previewed_activity_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PreviewFinding(models.Model):
    """What an agent looks at before she validates: something amiss, or a difference with the month before."""

    class Kind(models.TextChoices):
        NO_TARIFF = "sans-tarif", "Réservation sans tarif"
        QUOTIENT_GAP = "quotient-hors-tranches", "Quotient hors des tranches"
        NO_PAYER = "sans-payeur", "Foyer sans responsable payeur"
        ABNORMAL = "montant-anormal", "Montant anormal"
        CHANGED = "ecart", "Écart avec le mois précédent"
        NO_QUOTIENT = "sans-quotient", "Sans quotient connu"
        NEW = "nouveau", "Nouveau foyer"
        GONE = "disparu", "Foyer disparu"
        CARRIED = "reporte", "Reporté au mois suivant"

    # Nothing is issued to these until what is amiss is mended.
    HOLDING = (Kind.NO_TARIFF, Kind.QUOTIENT_GAP, Kind.NO_PAYER)

    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.CASCADE, related_name="findings")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("constat", max_length=24, choices=Kind)
    message = models.TextField("explication")

    class Meta:
        verbose_name = "constat d’un aperçu"
        verbose_name_plural = "constats d’un aperçu"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "family", "kind"], name="preview_finding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.family}"
