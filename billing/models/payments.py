"""Money that arrived, and what the bank said. Amounts in euros; money that left again is a row with a negative amount."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from castres_portal.base.french import moment
from families.models import Family


class PaymentAttempt(models.Model):
    """One signed form: what we asked the bank, frozen at the click. A new try is a new row with a new bank reference."""

    class Status(models.TextChoices):
        STARTED = "partie", "En cours chez la banque"
        PENDING = "attente", "En attente de la banque"
        PAID = "payee", "Payée"
        REFUSED = "refusee", "Refusée"
        ABANDONED = "abandon", "Abandonnée"

    reference = models.CharField("référence de retour", max_length=32, unique=True)
    order_id = models.CharField("référence bancaire", max_length=32, unique=True)
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="attempts")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    site_id = models.CharField("boutique", max_length=10)
    mode = models.CharField("mode", max_length=10)
    trans_id = models.CharField("transaction du jour", max_length=6)
    utc_date = models.DateField("jour UTC")
    created_at = models.DateTimeField("commencée le")
    status = models.CharField("état", max_length=8, choices=Status, default=Status.STARTED)
    bank_status = models.CharField("dernier état de la banque", max_length=40, blank=True)
    asked_count = models.PositiveSmallIntegerField("demandes faites à la banque", default=0)
    next_ask_at = models.DateTimeField("prochaine demande", null=True, blank=True)
    failed_asks = models.PositiveSmallIntegerField("demandes restées sans réponse, à la suite", default=0)

    class Meta:
        verbose_name = "tentative de paiement"
        verbose_name_plural = "tentatives de paiement"
        ordering = ("-created_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["site_id", "mode", "utc_date", "trans_id"], name="bank_reference_once_a_day"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="attempt_to_ask")
        ]

    def __str__(self) -> str:
        return f"Paiement {self.order_id}"


class PayzenMessage(models.Model):
    """A notification whose signature holds, or an answer of the REST API: stored first, applied next."""

    class Channel(models.TextChoices):
        NOTIFICATION = "notification", "Notification"
        REST = "rest", "Réponse à une demande"

    class Outcome(models.TextChoices):
        STORED = "stocke", "À appliquer"
        APPLIED = "applique", "Appliqué"
        REPEATED = "repete", "Déjà connu"
        NOTED = "note", "Sans effet sur la caisse"
        FLAGGED = "signale", "À examiner par le régisseur"

    channel = models.CharField("canal", max_length=12, choices=Channel)
    body_sha256 = models.CharField("empreinte du message", max_length=64, unique=True)
    fields = models.JSONField("champs")
    attempt = models.ForeignKey(
        PaymentAttempt,
        verbose_name="tentative",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
    )
    received_at = models.DateTimeField("reçu le")
    outcome = models.CharField("suite", max_length=10, choices=Outcome, default=Outcome.STORED)
    explanation = models.TextField("explication", blank=True)
    applied_at = models.DateTimeField("appliqué le", null=True, blank=True)

    class Meta:
        verbose_name = "message de PayZen"
        verbose_name_plural = "messages de PayZen"
        ordering = ("-received_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(outcome="stocke"), name="payzen_message_to_apply")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} du {moment(self.received_at)}"


class Payment(models.Model):
    """Money that moved. Never changed but for the day the bank captured it.

    A payment is positive, a refund negative; a reversal is the opposite of the row that the bank called off, which has the
    same transaction.
    """

    class Frozen(Exception):
        """Somebody tried to delete money."""

    class Kind(models.TextChoices):
        PAYMENT = "paiement", "Paiement"
        REFUND = "remboursement", "Remboursement fait à la banque"
        REVERSAL = "annulation", "Annulation (la banque n’a pas versé)"

    class Means(models.TextChoices):
        CARD = "carte", "Carte bancaire"
        CHEQUE = "cheque", "Chèque"
        CASH = "especes", "Espèces"
        CESU = "cesu", "CESU papier"
        E_CESU = "e-cesu", "CESU dématérialisé"
        TRANSFER = "virement", "Virement"
        DEBIT = "prelevement", "Prélèvement SEPA"

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
                | Q(kind="remboursement", amount__lt=0)
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
    """How much of a payment goes to an invoice. What an invoice still owes is its total less these rows."""

    payment = models.ForeignKey(Payment, verbose_name="paiement", on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="allocations")
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = "imputation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="allocated_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="allocation_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.payment} → {self.invoice}"
