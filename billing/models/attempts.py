"""The ways to a bank, and what banks said of them. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from castres_portal.base.french import moment
from families.models import Family


class PaymentAttempt(models.Model):
    """One way to the bank: what we asked of it, frozen at the click. A new try is a new row with a new bank reference.

    What it pays is its ``shares``, one for each invoice; ``invoice`` is only the one after which the bank's reference is
    named, the oldest of them.
    """

    class Provider(models.TextChoices):
        PAYZEN = "payzen", "PayZen"
        PAYFIP = "payfip", "PayFiP"

    class Status(models.TextChoices):
        STARTED = "partie", "En cours chez la banque"
        PENDING = "attente", "En attente de la banque"
        PAID = "payee", "Payée"
        REFUSED = "refusee", "Refusée"
        ABANDONED = "abandon", "Abandonnée"

    reference = models.CharField("référence de retour", max_length=32, unique=True)
    order_id = models.CharField("référence bancaire", max_length=32, unique=True)
    provider = models.CharField("service de paiement", max_length=6, choices=Provider, default=Provider.PAYZEN)
    bank_operation = models.CharField(
        "opération ouverte chez PayFiP",
        max_length=36,
        blank=True,
        help_text="L’idOp que PayFiP donne avant le paiement.",
    )
    invoice = models.ForeignKey(
        Invoice, verbose_name="facture qui donne la référence", on_delete=models.PROTECT, related_name="+"
    )
    invoices = models.ManyToManyField(Invoice, verbose_name="factures", through="AttemptShare", related_name="attempts")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.PROTECT, null=True, related_name="+"
    )
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    site_id = models.CharField("boutique", max_length=10)
    mode = models.CharField("mode", max_length=10)
    trans_id = models.CharField("transaction du jour", max_length=6, blank=True, help_text="PayZen seulement.")
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
                fields=["site_id", "mode", "utc_date", "trans_id"],
                condition=~Q(trans_id=""),
                name="bank_reference_once_a_day",
                violation_error_message="Ce numéro de transaction est déjà pris pour ce jour.",
            ),
            models.UniqueConstraint(
                fields=["bank_operation"],
                condition=~Q(bank_operation=""),
                name="bank_operation_once",
                violation_error_message="Cette opération PayFiP est déjà celle d’un autre paiement.",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False), name="attempt_to_ask")
        ]

    def __str__(self) -> str:
        return f"Paiement {self.order_id}"


class AttemptShare(models.Model):
    """What an attempt is to pay of one invoice, frozen at the click: what it then owed. The shares make the amount asked."""

    attempt = models.ForeignKey(
        PaymentAttempt, verbose_name="tentative", on_delete=models.PROTECT, related_name="shares"
    )
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="shares")
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = "part d’une tentative"
        verbose_name_plural = "parts d’une tentative"
        ordering = ("attempt", "invoice")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["attempt", "invoice"],
                name="attempt_pays_an_invoice_once",
                violation_error_message="Cette facture est déjà dans ce paiement.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="attempt_share_positive",
                violation_error_message="La part d’une facture est supérieure à zéro.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt} → {self.invoice}"


class PayzenMessage(models.Model):
    """What a bank said: a notification whose signature holds, or an answer to our question. Stored first, applied next.

    PayFiP signs nothing: only its answers to our own questions are kept.
    """

    class Channel(models.TextChoices):
        NOTIFICATION = "notification", "Notification"
        REST = "rest", "Réponse à une demande"
        PAYFIP = "payfip", "Réponse de PayFiP"

    class Key(models.TextChoices):
        CURRENT = "actuelle", "Clé actuelle"
        PREVIOUS = "precedente", "Clé précédente, encore admise"

    class Outcome(models.TextChoices):
        STORED = "stocke", "À appliquer"
        APPLIED = "applique", "Appliqué"
        REPEATED = "repete", "Déjà connu"
        NOTED = "note", "Sans effet sur la caisse"
        FLAGGED = "signale", "À examiner par le régisseur"

    channel = models.CharField("canal", max_length=12, choices=Channel)
    signed_with = models.CharField(
        "signé avec",
        max_length=10,
        choices=Key,
        blank=True,
        help_text="Vide pour une réponse\u00a0: rien n’y est signé.",
    )
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
        verbose_name = "message de la banque"
        verbose_name_plural = "messages de la banque"
        ordering = ("-received_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(outcome="stocke"), name="payzen_message_to_apply")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} du {moment(self.received_at)}"
