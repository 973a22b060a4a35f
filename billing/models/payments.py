"""Money that arrived, and the invoices that it pays. Amounts in euros; money that left again is a row with a negative amount."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from billing.models.attempts import PaymentAttempt
from billing.models.corrections import CreditNote
from billing.models.invoices import Invoice
from families.models import Family


class Payment(models.Model):
    """Money that moved. Never changed but for the day the bank captured it.

    A payment is positive, a refund and a chargeback negative; a reversal is the opposite of the row that the bank called
    off. A reversal and a chargeback have the transaction of the row that they answer.
    """

    class Frozen(Exception):
        """Somebody tried to delete money."""

    class Kind(models.TextChoices):
        PAYMENT = "paiement", "Paiement"
        REFUND = "remboursement", "Remboursement fait à la banque"
        REVERSAL = "annulation", "Annulation"
        CHARGEBACK = "impaye", "Impayé (paiement contesté, repris par la banque)"

    class Means(models.TextChoices):
        CARD = "carte", "Carte bancaire"
        CHEQUE = "cheque", "Chèque"
        CASH = "especes", "Espèces"
        CESU = "cesu", "CESU papier"
        E_CESU = "e-cesu", "CESU dématérialisé"
        TRANSFER = "virement", "Virement"
        DEBIT = "prelevement", "Prélèvement SEPA"
        # What the comptable collected by a titre: an invoice is paid by it, and the régie never holds it.
        TREASURY = "tresor", "Trésor public"

    number = models.CharField("quittance", max_length=16, unique=True)
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="payments")
    kind = models.CharField("nature", max_length=14, choices=Kind)
    means = models.CharField("moyen", max_length=12, choices=Means)
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    attempt = models.ForeignKey(
        PaymentAttempt,
        verbose_name="tentative",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
    )
    transaction_uuid = models.CharField("transaction bancaire", max_length=64, blank=True)
    authorisation = models.CharField("n° d’autorisation", max_length=20, blank=True)
    received_at = models.DateTimeField("enregistré le")
    authorised_at = models.DateTimeField("autorisé le", null=True, blank=True)
    captured_at = models.DateTimeField("encaissé le", null=True, blank=True)

    class Meta:
        verbose_name = "paiement"
        ordering = ("-received_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["transaction_uuid", "kind"],
                condition=~Q(transaction_uuid=""),
                name="bank_transaction_once",
                violation_error_message="Cette transaction est déjà enregistrée.",
            ),
            models.CheckConstraint(
                condition=Q(kind="paiement", amount__gt=0)
                | Q(kind__in=["remboursement", "impaye"], amount__lt=0)
                | (Q(kind="annulation") & ~Q(amount=0)),
                name="payment_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise Frozen: money that moved is never forgotten."""
        raise Payment.Frozen(f"le paiement {self.number} ne se supprime pas")


class Allocation(models.Model):
    """How much of a payment, or of a credit note, goes to an invoice. What an invoice still owes is its total less these rows."""

    payment = models.ForeignKey(
        Payment,
        verbose_name="paiement",
        on_delete=models.PROTECT,
        related_name="allocations",
        null=True,
        blank=True,
    )
    credit_note = models.ForeignKey(
        CreditNote,
        verbose_name="avoir",
        on_delete=models.PROTECT,
        related_name="allocations",
        null=True,
        blank=True,
    )
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="allocations")
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = "imputation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="allocated_once"),
            models.UniqueConstraint(fields=["credit_note", "invoice"], name="credit_note_allocated_once"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, credit_note=None)
                | Q(payment=None, credit_note__isnull=False, amount__gt=0),
                name="allocation_of_a_payment_or_a_credit_note",
                violation_error_message="Une imputation vient d’un paiement ou d’un avoir.",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.payment or self.credit_note} → {self.invoice}"
