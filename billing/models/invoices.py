"""A month's invoices. An issued one never changes: what it shows is copied into it. Amounts in euros."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from billing.models.runs import BillingRun
from families.models import Child, Family, Guardian
from reservations.models import Attendance, Booking, Tariff


class Invoice(models.Model):
    """What one household owes for one month; number ``YYMM`` of the billed month and six digits, without gap.

    ``total`` is what this payer owes: of the lines, others pay ``covered``. One that is ``for_others`` asks another payer for his
    parts of the lines of households; of these there is one a run (docs/decisions/27-autres-payeurs.md).
    """

    class Frozen(Exception):
        """Somebody tried to change an issued invoice."""

    number = models.CharField("numéro", max_length=10, unique=True)
    run = models.ForeignKey(BillingRun, verbose_name="facturation", on_delete=models.PROTECT, related_name="invoices")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="invoices")
    payer = models.ForeignKey(Guardian, verbose_name="responsable", on_delete=models.PROTECT, related_name="invoices")
    month = models.DateField("période")
    issued_on = models.DateField("facture du")
    issued_at = models.DateTimeField("émise le")
    payer_name = models.CharField("payeur", max_length=200)
    payer_address = models.TextField("adresse du payeur")
    regie = models.CharField("régie", max_length=160)
    total = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    covered = models.DecimalField(
        "pris en charge par d’autres (€)", max_digits=9, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    for_others = models.BooleanField("prises en charge", default=False, db_default=False)
    note = models.CharField("mention", max_length=300, blank=True)

    class Meta:
        verbose_name = "facture"
        ordering = ("-month", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "month"],
                condition=Q(for_others=False),
                name="one_invoice_per_family_and_month",
                violation_error_message="Ce foyer a déjà sa facture de ce mois.",
            ),
            models.UniqueConstraint(
                fields=["family", "run"],
                condition=Q(for_others=True),
                name="one_invoice_per_payer_and_run",
                violation_error_message="Ce payeur a déjà sa facture de cette facturation.",
            ),
            # Nothing is left to the household when others pay all of it: it is told so all the same.
            models.CheckConstraint(
                condition=Q(total__gte=0, covered__gte=0) & (Q(total__gt=0) | Q(covered__gt=0)),
                name="invoice_total_positive",
            ),
            models.CheckConstraint(condition=Q(for_others=False) | Q(covered=0), name="no_part_of_a_part"),
        ]
        indexes: ClassVar = [models.Index(fields=["month", "number"], name="invoice_month_number")]

    def __str__(self) -> str:
        return f"Facture {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new invoice; raise Frozen for one that was issued."""
        if not self._state.adding:
            raise Invoice.Frozen(f"la facture {self.number} est émise, elle ne change plus")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise Frozen: an issued invoice stays."""
        raise Invoice.Frozen(f"la facture {self.number} est émise, elle ne se supprime pas")

    @property
    def price(self) -> Decimal:
        """What its lines come to, whoever pays."""
        return self.total + self.covered


class InvoiceLine(models.Model):
    """One day on an invoice, with the price, quotient and band that were applied.

    It comes from a booking, or from a presence without booking, or is what an earlier invoice charged too little; on the invoice
    of another payer, it is the part that he pays of a household's line.
    """

    class Rule(models.TextChoices):
        QUOTIENT = "quotient", "Tranche du quotient familial"
        HIGHEST = "maximum", "Tranche la plus élevée, faute de quotient connu ce jour-là"
        SITUATION = "situation", "Tranche la plus élevée, par une règle du tarif"
        EXCUSED = "absence", "Absence acceptée, non facturée"
        SUPPLEMENT = "complement", "Complément d’une facture précédente"
        COVERED = "part", "Part prise en charge d’un jour d’un autre foyer"

    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="lines")
    booking = models.OneToOneField(
        Booking,
        verbose_name="réservation",
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
    )
    attendance = models.OneToOneField(
        Attendance,
        verbose_name="présence sans réservation",
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
    )
    completes = models.OneToOneField(
        "billing.SupplementLine",
        verbose_name="complément",
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
    )
    covers = models.OneToOneField(
        "billing.CoveredLine",
        verbose_name="part prise en charge",
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
    )
    # Lines are read by invoice; an index by child would cost a run a tenth of its time and serve nobody.
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="+", db_index=False)
    child_name = models.CharField("enfant", max_length=170)
    activity_name = models.CharField("prestation", max_length=80)
    day = models.DateField("jour")
    quotient = models.PositiveIntegerField("quotient", null=True, blank=True)
    band = models.CharField("tranche", max_length=10)
    rule = models.CharField("règle", max_length=10, choices=Rule)
    deliberation = models.CharField("délibération", max_length=120)
    care_part = models.DecimalField("part garde (€)", max_digits=7, decimal_places=2)
    food_part = models.DecimalField("part alimentaire (€)", max_digits=7, decimal_places=2)
    amount = models.DecimalField("montant (€)", max_digits=7, decimal_places=2)
    # How the price was reached, copied: true for years, whatever becomes of the rules. Empty on lines older than them.
    tariff = models.ForeignKey(
        Tariff, verbose_name="tarif", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    explanation = models.TextField("calcul du prix", null=True, help_text="Une étape par ligne.")
    is_resident = models.BooleanField("prix des habitants", null=True)
    sibling_rank = models.PositiveSmallIntegerField("rang dans la fratrie", null=True)
    supplement = models.DecimalField("dont majoration (€)", max_digits=7, decimal_places=2, null=True)

    class Meta:
        verbose_name = "ligne de facture"
        verbose_name_plural = "lignes de facture"
        ordering = ("invoice", "child_name", "activity_name", "day")
        constraints: ClassVar = [
            # Rounded: SQLite keeps amounts as floating numbers, for which 0.71 + 1.33 is not 2.04.
            models.CheckConstraint(
                condition=Q(amount=Round(F("care_part") + F("food_part"), precision=2)), name="line_is_sum_of_parts"
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, attendance=None, completes=None, covers=None)
                | Q(booking=None, attendance__isnull=False, completes=None, covers=None)
                | Q(booking=None, attendance=None, completes__isnull=False, covers=None)
                | Q(booking=None, attendance=None, completes=None, covers__isnull=False),
                name="line_from_one_source",
                violation_error_message="Une ligne vient d’une réservation, d’une présence, d’un complément ou d’une part.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_name}, {self.activity_name}, {self.day:%d/%m/%Y}"

    @property
    def source(self) -> Booking | Attendance:
        """The booking or the presence that is charged; of a supplement or a part, that of its line."""
        if self.covers:
            return self.covers.line.source
        if self.completes:
            return self.completes.line.source
        source = self.booking or self.attendance
        assert source, "a constraint says so"
        return source

    @property
    def steps(self) -> list[str]:
        """How the price was reached, step by step; nothing on a line older than the rules of tariffs."""
        return (self.explanation or "").splitlines()


class PaymentWindow(models.Model):
    """When an invoice can be paid by card. Beside the invoice, since the régisseur may reopen it with a reason."""

    invoice = models.OneToOneField(
        Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="window", primary_key=True
    )
    opens_at = models.DateTimeField("paiement ouvert le")
    closes_at = models.DateTimeField("paiement fermé après le")
    due_on = models.DateField("à régler avant le")
    reopened_at = models.DateTimeField("rouvert le", null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="rouvert par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "fenêtre de paiement"
        verbose_name_plural = "fenêtres de paiement"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="window_closes_after_opening",
                violation_error_message="La fermeture précède l’ouverture.",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True) | ~Q(reason=""),
                name="window_reopened_with_reason",
                violation_error_message="Indiquez pourquoi le paiement est rouvert.",
            ),
        ]

    def __str__(self) -> str:
        return f"Paiement de la facture {self.invoice_id}"


class InvoicePdf(models.Model):
    """The paper of an invoice: to be made while ``made_at`` is empty, to be announced while ``announced_at`` is.

    ``file`` names where it is or will be kept, which nobody can guess. ``taken_until`` is one worker's claim on the row: made
    outside any transaction, a paper that its worker never finished is taken up by another after that instant.
    """

    invoice = models.OneToOneField(
        Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="pdf", primary_key=True
    )
    file = models.FileField("fichier", upload_to="factures", max_length=80)
    taken_until = models.DateTimeField("en fabrication jusqu’au", null=True, blank=True)
    made_at = models.DateTimeField("fabriqué le", null=True, blank=True)
    announced_at = models.DateTimeField("annoncé le", null=True, blank=True)

    class Meta:
        verbose_name = "PDF de facture"
        verbose_name_plural = "PDF de factures"
        indexes: ClassVar = [
            models.Index(fields=["invoice"], condition=Q(made_at=None), name="pdf_to_make"),
            models.Index(fields=["invoice"], condition=Q(announced_at=None), name="pdf_to_announce"),
        ]

    def __str__(self) -> str:
        return f"PDF de la facture {self.invoice_id}"
