"""PayZen’s daily file beside the ledger: each file that was compared, and what each of its lines became. Amounts in euros."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.anomalies import Anomaly
from billing.models.attempts import PaymentAttempt
from billing.models.payments import Payment

ZERO = Decimal("0.00")


class DailyFile(models.Model):
    """A « journal des transactions » that the régisseur dropped, the days (UTC) that it is about, and when it was compared."""

    name = models.CharField("fichier", max_length=120)
    sha256 = models.CharField("empreinte du fichier", max_length=64, unique=True)
    first_day = models.DateField("premier jour")
    last_day = models.DateField("dernier jour")
    written_at = models.DateTimeField("écrit par PayZen le", null=True, blank=True)
    dropped_at = models.DateTimeField("déposé le")
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="déposé par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    compared_at = models.DateTimeField("comparé le")

    class Meta:
        verbose_name = "fichier du jour de PayZen"
        verbose_name_plural = "fichiers du jour de PayZen"
        ordering = ("-last_day", "-dropped_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="daily_file_days_in_order",
                violation_error_message="Le dernier jour ne précède pas le premier.",
            )
        ]

    def __str__(self) -> str:
        if self.first_day == self.last_day:
            return f"Journal du {self.first_day:%d/%m/%Y}"
        return f"Journal du {self.first_day:%d/%m/%Y} au {self.last_day:%d/%m/%Y}"


class DailyLine(models.Model):
    """A transaction that the bank, the ledger or both know, and whether they agree on it.

    ``bank_amount`` and ``ledger_amount`` are what really moved for each, with its sign: nothing for a refused card. A line is no
    longer current once a later file speaks of the same transaction (``replaced_by``).
    """

    class Verdict(models.TextChoices):
        SAME = "identique", "Concorde"
        NO_MONEY = "sans-argent", "Sans argent des deux côtés"
        WAITING = "en-attente", "En attente à la banque"
        CALLED_OFF = "annule", "Annulé ensuite par la banque"
        CHARGED_BACK = "impaye", "Encaissé, puis repris par la banque"
        BANK_ONLY = "banque-seule", "À la banque, pas au registre"
        LEDGER_ONLY = "registre-seul", "Au registre, pas à la banque"
        AMOUNT = "montant", "Montants différents"
        DAY = "date", "Dates différentes"
        NOT_CALLED_OFF = "non-annule", "Sans argent à la banque, compté au registre"
        CALLED_OFF_HERE = "annule-registre", "Encaissé à la banque, annulé au registre"
        UNREADABLE = "illisible", "État que le portail ne sait pas lire"

    file = models.ForeignKey(DailyFile, verbose_name="fichier", on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField("ligne du fichier", null=True, blank=True)
    key = models.CharField("opération", max_length=100)
    uuid = models.CharField("transaction", max_length=32, blank=True)
    trans_id = models.CharField("transaction du jour", max_length=6, blank=True)
    order_id = models.CharField("référence bancaire", max_length=64, blank=True)
    operation = models.CharField("opération", max_length=12)
    status = models.CharField("état à la banque", max_length=40, blank=True)
    amount = models.DecimalField("montant écrit", max_digits=12, decimal_places=2, default=ZERO)
    day = models.DateField("jour (UTC)")
    time = models.TimeField("heure (UTC)", null=True, blank=True)
    captured_on = models.DateField("remise en banque", null=True, blank=True)
    sequence = models.PositiveSmallIntegerField("rang", null=True, blank=True)
    bank_amount = models.DecimalField("à la banque (€)", max_digits=12, decimal_places=2, default=ZERO)
    ledger_amount = models.DecimalField("au registre (€)", max_digits=12, decimal_places=2, default=ZERO)
    verdict = models.CharField("résultat", max_length=16, choices=Verdict)
    words = models.CharField("explication", max_length=400, blank=True)
    attempt = models.ForeignKey(
        PaymentAttempt, verbose_name="tentative", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment = models.ForeignKey(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    anomaly = models.ForeignKey(
        Anomaly, verbose_name="anomalie", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replaced_by = models.ForeignKey(
        DailyFile, verbose_name="redite par", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "ligne comparée"
        verbose_name_plural = "lignes comparées"
        ordering = ("file", "number", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["file", "key"],
                name="daily_line_once_in_a_file",
                violation_error_message="Cette opération est déjà dans ce fichier.",
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(replaced_by__isnull=True), name="daily_line_current_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["captured_on"], condition=Q(replaced_by__isnull=True), name="daily_line_deposit"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id or self.key}\u00a0: {self.get_verdict_display()}"


# What an agent must look at, and what explains itself.
DIFFERENT = (
    DailyLine.Verdict.BANK_ONLY,
    DailyLine.Verdict.LEDGER_ONLY,
    DailyLine.Verdict.AMOUNT,
    DailyLine.Verdict.DAY,
    DailyLine.Verdict.NOT_CALLED_OFF,
    DailyLine.Verdict.CALLED_OFF_HERE,
    DailyLine.Verdict.UNREADABLE,
)
EXPLAINED = (
    DailyLine.Verdict.NO_MONEY,
    DailyLine.Verdict.WAITING,
    DailyLine.Verdict.CALLED_OFF,
    DailyLine.Verdict.CHARGED_BACK,
)
