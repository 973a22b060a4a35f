"""The instalments of an attempt: what the bank is to debit, and when. Amounts in euros."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.attempts import PaymentAttempt
from billing.models.payments import Payment


class Instalment(models.Model):
    """One debit to be of a payment in instalments, as the family saw it before she chose.

    Nothing is paid by this row: money is a Payment, one for each debit that the bank granted. An instalment without payment nor
    end is expected, once the first was paid.
    """

    class Ending(models.TextChoices):
        REFUSED = "refusee", "Refusée ou annulée par la banque"
        ABSENT = "absente", "Jamais prélevée"

    attempt = models.ForeignKey(
        PaymentAttempt, verbose_name="tentative", on_delete=models.PROTECT, related_name="instalments"
    )
    rank = models.PositiveSmallIntegerField("rang")
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    due_on = models.DateField("prélevée le")
    payment = models.OneToOneField(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, null=True, blank=True, related_name="instalment"
    )
    ended_at = models.DateTimeField("abandonnée le", null=True, blank=True)
    ending = models.CharField("fin", max_length=8, choices=Ending, blank=True)
    told_late_at = models.DateTimeField("retard signalé le", null=True, blank=True)

    class Meta:
        verbose_name = "échéance"
        ordering = ("attempt", "rank")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["attempt", "rank"],
                name="instalment_once",
                violation_error_message="Cette échéance est déjà prévue.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(rank__gte=1),
                name="instalment_positive",
                violation_error_message="Une échéance est supérieure à zéro.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="instalment_ended_with_a_word",
                violation_error_message="Dites pourquoi l’échéance est abandonnée.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on"], condition=Q(payment__isnull=True, ended_at__isnull=True), name="instalment_expected"
            )
        ]

    def __str__(self) -> str:
        return f"Échéance {self.rank} de {self.attempt.order_id}"

    @property
    def is_expected(self) -> bool:
        """Whether the bank is still to debit it, the first one being paid."""
        return self.payment_id is None and self.ended_at is None

    @property
    def label(self) -> str:
        """« Prélevée », « Prévue », « Non prélevée »."""
        if self.ended_at:
            return "Non prélevée"
        return "Prélevée" if self.payment_id else "Prévue"
