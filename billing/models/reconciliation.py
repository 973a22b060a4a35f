"""The nightly check of the accounts: when it ran, and each proof that failed. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.attempts import PaymentAttempt, PayzenMessage
from billing.models.invoices import Invoice
from billing.models.payments import Payment
from families.models import Family


class ReconciliationRun(models.Model):
    """One check, of one month or of everything. Without an end, it was interrupted and says nothing."""

    month = models.DateField("mois contrôlé", null=True, blank=True, help_text="Vide\u00a0: tous les mois.")
    started_at = models.DateTimeField("commencé le")
    finished_at = models.DateTimeField("terminé le", null=True, blank=True)
    invoices = models.PositiveIntegerField("factures", default=0)
    lines = models.PositiveIntegerField("lignes", default=0)
    bookings = models.PositiveIntegerField("réservations", default=0)
    payments = models.PositiveIntegerField("paiements", default=0)
    messages = models.PositiveIntegerField("messages de la banque", default=0)
    found = models.PositiveIntegerField("écarts", default=0)
    new = models.PositiveIntegerField("écarts nouveaux", default=0)

    class Meta:
        verbose_name = "contrôle des comptes"
        verbose_name_plural = "contrôles des comptes"
        ordering = ("-started_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__day=1), name="reconciled_month_is_first_day"
            )
        ]

    def __str__(self) -> str:
        return f"Contrôle du {self.started_at:%d/%m/%Y}"


class Discrepancy(models.Model):
    """What was expected, what was found, by how much; seen from ``first_run`` to ``last_run``, gone since ``gone_at``.

    An anomaly is something that happened and that a rule foresees; this is a proof that failed, which none foresees.
    """

    class Kind(models.TextChoices):
        LINE_PARTS = "parts-de-ligne", "Ligne différente de ses parts"
        INVOICE_SUM = "somme-de-facture", "Facture différente de ses lignes"
        LINE_WITHOUT_SOURCE = "ligne-sans-origine", "Ligne que rien ne justifie"
        COVERED_PART = "part-prise-en-charge", "Part d’un autre payeur fausse ou non facturée"
        CREDIT_NOTE_SUM = "somme-d-avoir", "Avoir différent de ses lignes"
        NOT_INVOICED = "jours-non-factures", "Jours réservés et non facturés"
        INVOICE_OVERPAID = "facture-trop-imputee", "Plus imputé à la facture que son montant"
        PAYMENT_OVERUSED = "paiement-trop-impute", "Plus imputé que le paiement ou l’avoir n’a apporté"
        UNPROVEN = "paiement-sans-preuve", "Paiement sans preuve"
        AMOUNT = "montant-de-paiement", "Paiement différent de ce que dit la banque"
        NOT_REVERSED = "annulation-manquante", "Annulation de la banque non enregistrée"
        MONEY_MISSING = "paiement-manquant", "Argent annoncé par la banque, absent du registre"
        MESSAGE_LEFT = "message-sans-suite", "Message de la banque ni appliqué ni expliqué"
        ATTEMPT_STATUS = "etat-de-tentative", "État d’une tentative différent de ses messages"
        ATTEMPT_SHARES = "parts-de-tentative", "Tentative différente de ses parts"
        INSTALMENTS = "echeances", "Échéances différentes de la somme ou du paiement"
        DAILY_FILE = "ecart-fichier-du-jour", "Fichier du jour de PayZen avec un écart ouvert"
        NUMBER_MISSING = "numero-manquant", "Numéro manquant"

    kind = models.CharField("nature", max_length=24, choices=Kind)
    key = models.CharField("objet", max_length=80)
    month = models.DateField("mois", null=True, blank=True)
    words = models.TextField("explication")
    expected = models.CharField("attendu", max_length=120)
    found = models.CharField("trouvé", max_length=120)
    difference = models.DecimalField("écart (€)", max_digits=11, decimal_places=2, null=True, blank=True)
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invoice = models.ForeignKey(
        Invoice, verbose_name="facture", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment = models.ForeignKey(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attempt = models.ForeignKey(
        PaymentAttempt, verbose_name="tentative", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    message = models.ForeignKey(
        PayzenMessage, verbose_name="message", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_run = models.ForeignKey(
        ReconciliationRun, verbose_name="premier contrôle", on_delete=models.PROTECT, related_name="+"
    )
    last_run = models.ForeignKey(
        ReconciliationRun, verbose_name="dernier contrôle", on_delete=models.PROTECT, related_name="+"
    )
    found_at = models.DateTimeField("trouvé le")
    gone_at = models.DateTimeField("disparu le", null=True, blank=True)
    explained_at = models.DateTimeField("expliqué le", null=True, blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="expliqué par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    explanation = models.CharField("explication de l’agent", max_length=300, blank=True)

    class Meta:
        verbose_name = "écart de contrôle"
        verbose_name_plural = "écarts de contrôle"
        ordering = ("kind", "key")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(gone_at__isnull=True), name="discrepancy_open_once"
            ),
            models.CheckConstraint(
                condition=Q(explained_at__isnull=True, explanation="")
                | (Q(explained_at__isnull=False) & ~Q(explanation="")),
                name="discrepancy_explained_with_words",
                violation_error_message="Écrivez l’explication.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}\u00a0: {self.words}"
