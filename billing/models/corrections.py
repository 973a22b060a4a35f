"""What corrects an issued invoice, which itself never changes: credit notes, supplements on the next one. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from billing.models.invoices import Invoice, InvoiceLine
from castres_portal.base.french import euros
from families.models import Family

# What another payer of the household's days reads of a correction of them: no more than what it changes for him.
WORDS_FOR_OTHERS = "Correction de jours pris en charge."


class Correction(models.Model):
    """Proposed by what is found after the issue, or by an agent; confirmed or refused by an agent. Confirmed, it is frozen."""

    class Status(models.TextChoices):
        PROPOSED = "propose", "À décider"
        CONFIRMED = "confirme", "Confirmé"
        REFUSED = "refuse", "Refusé"

    class Reason(models.TextChoices):
        ABSENCE = "absence", "Absence acceptée après la facture"
        CLOSURE = "fermeture", "Jour libéré par le service"
        QUOTIENT = "quotient", "Quotient reçu après la facture"
        PRICE = "prix", "Erreur de prix"
        OTHER = "autre", "Autre"

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="%(class)ss")
    invoice = models.ForeignKey(
        Invoice, verbose_name="facture corrigée", on_delete=models.PROTECT, related_name="%(class)ss"
    )
    reason = models.CharField("motif", max_length=10, choices=Reason)
    words = models.CharField("explication", max_length=400)
    total = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    status = models.CharField("état", max_length=8, choices=Status, default=Status.PROPOSED)
    proposed_at = models.DateTimeField("proposé le")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="proposé par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidé par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    refusal = models.CharField("refusé parce que", max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def is_proposed(self) -> bool:
        """Whether an agent has still to decide."""
        return self.status == self.Status.PROPOSED

    @property
    def is_confirmed(self) -> bool:
        """Whether it counts."""
        return self.status == self.Status.CONFIRMED


class CorrectedLine(models.Model):
    """How much of one line of the invoice, by care and food."""

    care_part = models.DecimalField("part garde (€)", max_digits=7, decimal_places=2)
    food_part = models.DecimalField("part alimentaire (€)", max_digits=7, decimal_places=2)
    amount = models.DecimalField("montant (€)", max_digits=7, decimal_places=2)

    class Meta:
        abstract = True


SUM = Q(amount=Round(F("care_part") + F("food_part"), precision=2), amount__gt=0)


class CreditNote(Correction):
    """What the town owes back of an invoice. Its number, ``A2026-000001``, comes when it is confirmed; no gap."""

    number = models.CharField("numéro", max_length=16, unique=True, null=True, blank=True, editable=False)
    # What is given back of a day that several pay goes to each in proportion: these notes are decided together.
    together = models.ForeignKey(
        "self",
        verbose_name="avec l’avoir",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="others",
    )

    class Meta:
        verbose_name = "avoir"
        verbose_name_plural = "avoirs"
        ordering = ("-proposed_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total__gt=0), name="credit_note_positive"),
            models.CheckConstraint(
                condition=Q(status="confirme", number__isnull=False) | (~Q(status="confirme") & Q(number=None)),
                name="credit_note_numbered_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(status="propose", decided_at=None) | (~Q(status="propose") & Q(decided_at__isnull=False)),
                name="credit_note_decided_with_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status="refuse") | ~Q(refusal=""),
                name="credit_note_refused_for_a_reason",
                violation_error_message="Dites pourquoi l’avoir est refusé.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["proposed_at"], condition=Q(status="propose"), name="credit_note_to_decide"),
            models.Index(fields=["family"], condition=Q(status="confirme"), name="credit_note_of_family"),
        ]

    def __str__(self) -> str:
        return f"Avoir {self.number}" if self.number else f"Avoir proposé sur la facture {self.invoice.number}"

    @property
    def reason_shown(self) -> str:
        """Why, as who pays reads it: what was found may tell of the household, which another payer is not told."""
        return self.words.rstrip(".") if self.words == WORDS_FOR_OTHERS else self.get_reason_display()


class CreditNoteLine(CorrectedLine):
    """What a credit note gives back of a line: never more, with the others of that line, than the line itself."""

    note = models.ForeignKey(CreditNote, verbose_name="avoir", on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, verbose_name="ligne", on_delete=models.PROTECT, related_name="credits")

    class Meta:
        verbose_name = "ligne d’avoir"
        verbose_name_plural = "lignes d’avoir"
        ordering = ("note", "line")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "line"], name="credited_once_per_note"),
            models.CheckConstraint(condition=SUM, name="credit_line_is_sum_of_parts"),
        ]

    def __str__(self) -> str:
        return f"{self.line} : {euros(-self.amount)}"


class CreditNoteRefund(models.Model):
    """What the comptable paid back of a confirmed credit note, written down by an agent: the portal orders no money."""

    note = models.ForeignKey(CreditNote, verbose_name="avoir", on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    reference = models.CharField("référence du mandat ou du virement", max_length=60)
    recorded_at = models.DateTimeField("enregistré le")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="enregistré par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "remboursement d’un avoir"
        verbose_name_plural = "remboursements d’avoirs"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_note_refund_positive"),
            models.CheckConstraint(
                condition=~Q(reference=""),
                name="credit_note_refund_with_reference",
                violation_error_message="Indiquez la référence du mandat ou du virement.",
            ),
        ]

    def __str__(self) -> str:
        return f"Remboursement de {self.note}"


class Supplement(Correction):
    """What an invoice charged too little, found later: confirmed, its lines go on the household's next invoice."""

    class Meta:
        verbose_name = "complément"
        verbose_name_plural = "compléments"
        ordering = ("-proposed_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total__gt=0), name="supplement_positive"),
            models.CheckConstraint(
                condition=Q(status="propose", decided_at=None) | (~Q(status="propose") & Q(decided_at__isnull=False)),
                name="supplement_decided_with_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status="refuse") | ~Q(refusal=""),
                name="supplement_refused_for_a_reason",
                violation_error_message="Dites pourquoi le complément est refusé.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["family"], condition=Q(status="confirme"), name="supplement_of_family"),
        ]

    def __str__(self) -> str:
        return f"Complément sur la facture {self.invoice.number}"


class SupplementLine(CorrectedLine):
    """How much more a line should have cost, and the quotient and band that say so."""

    supplement = models.ForeignKey(
        Supplement, verbose_name="complément", on_delete=models.PROTECT, related_name="lines"
    )
    line = models.ForeignKey(InvoiceLine, verbose_name="ligne", on_delete=models.PROTECT, related_name="supplements")
    quotient = models.PositiveIntegerField("quotient", null=True, blank=True)
    band = models.CharField("tranche", max_length=10)
    deliberation = models.CharField("délibération", max_length=120)

    class Meta:
        verbose_name = "ligne de complément"
        verbose_name_plural = "lignes de complément"
        ordering = ("supplement", "line")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["supplement", "line"], name="supplemented_once"),
            models.CheckConstraint(condition=SUM, name="supplement_line_is_sum_of_parts"),
        ]

    def __str__(self) -> str:
        return f"{self.line} : {euros(self.amount)}"
