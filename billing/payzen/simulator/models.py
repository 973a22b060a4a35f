"""What the bank remembers: its switches, the payments begun, their transactions and messages."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import Q, Sum

from . import faults, wording


def new_uuid() -> str:
    return secrets.token_hex(16)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Switches(models.Model):
    """The one row of back-office rules and faults; the rules start as the platform's do."""

    rule_end_of_payment = models.BooleanField("Fin de paiement", default=True)
    rule_cancellation = models.BooleanField("Annulation ou abandon", default=False)
    rule_declined = models.BooleanField("Tentative refusée, d’autres restant possibles", default=False)
    rule_back_office = models.BooleanField("Opération du back-office", default=False)
    # Off on the platform until the shop asks for it; on here, since the portal’s README asks for it.
    rule_batch_authorisation = models.BooleanField("Autorisation d’une échéance (batch)", default=True)
    rule_batch_change = models.BooleanField("Modification par la remise en banque", default=False)
    retry = models.BooleanField("Rejeu automatique en cas d’échec", default=False)
    ipn_fault = models.CharField(
        "Panne de notification", max_length=20, choices=list(faults.IPN_FAULTS.items()), default=faults.NORMAL
    )
    ipn_delay_seconds = models.PositiveIntegerField("Retard d’une notification, en secondes", default=20)
    rest_fault = models.CharField(
        "Panne de l’API REST", max_length=20, choices=list(faults.REST_FAULTS.items()), default=faults.NORMAL
    )
    rest_hang_seconds = models.PositiveIntegerField("Durée d’une absence de réponse, en secondes", default=60)
    extra_tries = models.PositiveIntegerField("Tentatives supplémentaires après un refus", default=2)
    production_look = models.BooleanField("Message d’erreur général, comme en production", default=False)
    quarter_hour_seconds = models.PositiveIntegerField(
        "Durée réelle d’un quart d’heure avant rejeu, en secondes", default=15
    )
    past_minutes = models.PositiveIntegerField("Date du formulaire\u00a0: retard admis, en minutes", default=1440)
    future_minutes = models.PositiveIntegerField("Date du formulaire\u00a0: avance admise, en minutes", default=150)

    def __str__(self) -> str:
        return "Réglages"

    @classmethod
    def current(cls) -> "Switches":
        return cls.objects.get_or_create(pk=1)[0]


class Payment(models.Model):
    """One form accepted: a page of ten minutes, whose number is spent for the day."""

    class State(models.TextChoices):
        OPEN = "open", "En cours"
        ACCEPTED = "accepted", "Terminé"
        REFUSED = "refused", "Refusé"
        CANCELLED = "cancelled", "Annulé par l’acheteur"
        EXPIRED = "expired", "Session expirée"

    token = models.CharField(max_length=40, unique=True, default=new_token)
    fields = models.JSONField()
    warnings = models.JSONField(default=list)
    utc_day = models.CharField(max_length=8)
    trans_id = models.CharField(max_length=6)
    order_id = models.CharField(max_length=64, db_index=True)
    amount = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    tries_left = models.PositiveIntegerField()
    fault = models.CharField(max_length=20, default=faults.NORMAL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["utc_day", "trans_id"], name="bank_number_once_a_day")]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"

    @property
    def amount_text(self) -> str:
        return wording.euros(self.amount)

    @property
    def trans_date(self) -> str:
        return self.fields["vads_trans_date"]

    @property
    def next_instalment(self) -> "Transaction | None":
        """The next debit of a payment in instalments."""
        return self.transactions.filter(status="WAITING_AUTHORISATION").order_by("sequence").first()

    @property
    def last_transaction(self) -> "Transaction | None":
        decided = self.transactions.filter(operation="DEBIT").exclude(status="WAITING_AUTHORISATION")
        return decided.order_by("-sequence").first()

    def is_open(self, at: datetime) -> bool:
        return self.state == self.State.OPEN and at < self.expires_at


class Transaction(models.Model):
    """Money asked for or given back; `trans_id` and `trans_date` are what the shop reads."""

    uuid = models.CharField(max_length=32, unique=True, default=new_uuid)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="transactions")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="refunds")
    sequence = models.PositiveIntegerField(default=1)
    trans_id = models.CharField(max_length=6)
    trans_date = models.CharField(max_length=14)
    operation = models.CharField(max_length=6, default="DEBIT")
    amount = models.PositiveBigIntegerField()
    status = models.CharField(max_length=40)
    result = models.CharField(max_length=2)
    auth_result = models.CharField(max_length=2, blank=True)
    auth_number = models.CharField(max_length=6, blank=True)
    threeds_status = models.CharField(max_length=1, blank=True)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.operation} {self.uuid} {self.status}"

    @property
    def amount_text(self) -> str:
        return wording.euros(self.amount)

    @property
    def status_text(self) -> str:
        return wording.STATUSES.get(self.status, self.status)

    @property
    def refunded(self) -> int:
        """Cents already given back."""
        return self.refunds.exclude(status="CANCELLED").aggregate(total=Sum("amount"))["total"] or 0

    @property
    def refunded_text(self) -> str:
        return wording.euros(self.refunded)

    @property
    def refundable(self) -> int:
        """Cents that can still be given back."""
        return self.amount - self.refunded if self.operation == "DEBIT" and self.status == "CAPTURED" else 0

    @property
    def can_cancel(self) -> bool:
        return self.status in ("AUTHORISED", "AUTHORISED_TO_VALIDATE", "UNDER_VERIFICATION")

    @property
    def can_validate(self) -> bool:
        return self.status in ("AUTHORISED_TO_VALIDATE", "UNDER_VERIFICATION")

    @property
    def can_fail_capture(self) -> bool:
        return self.operation == "DEBIT" and self.status in ("AUTHORISED", "CAPTURED")


class Notification(models.Model):
    """One message to the shop, sent or to send; `due_at` is in real unix seconds."""

    class State(models.TextChoices):
        WAITING = "waiting", "Prévue"
        AFTER_RETURN = "after_return", "Attend le retour"
        SENDING = "sending", "En cours d’envoi"
        DELIVERED = "delivered", "Acceptée"
        FAILED = "failed", "Échouée"
        LOST = "lost", "Perdue"
        STOPPED = "stopped", "Rejeu arrêté"

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="notifications")
    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, null=True, related_name="notifications")
    source = models.CharField(max_length=12)
    fault = models.CharField(max_length=20, default=faults.NORMAL)
    url = models.CharField(max_length=1024)
    fields = models.JSONField(default=dict)
    due_at = models.FloatField()
    attempt = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State)
    http_status = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=512, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="bank_notification_waiting")]

    def __str__(self) -> str:
        return f"{self.source} {self.state}"

    @property
    def fault_text(self) -> str:
        return "" if self.fault == faults.NORMAL else faults.IPN_FAULTS.get(self.fault, self.fault)


class RejectedForm(models.Model):
    """A form refused: what the platform would have mailed to the shop."""

    received_at = models.DateTimeField()
    code = models.CharField(max_length=3)
    field = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    fields = models.JSONField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.field}"
