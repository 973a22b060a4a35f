"""SEPA direct debits: what a household signed, what is taken under it, what the bank sent back. Amounts in euros."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from billing.models.payments import Payment
from castres_portal.base.encrypted import EncryptedTextField
from families.models import Family, Guardian


class SepaMandate(models.Model):
    """What a guardian signed on line: the town may take what the household owes from her account. Ended, it stays."""

    class Ending(models.TextChoices):
        FAMILY = "famille", "Révoqué par la famille"
        REPLACED = "remplace", "Remplacé par un autre"
        BANK = "banque", "Refusé par la banque"
        UNUSED = "inutilise", "Inutilisé depuis 36 mois"

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="mandates")
    rum = models.CharField("référence unique (RUM)", max_length=35, unique=True)
    holder = models.CharField("titulaire du compte", max_length=70)
    iban = EncryptedTextField("IBAN")
    iban_tail = models.CharField("fin de l’IBAN", max_length=4)
    bic = models.CharField("BIC", max_length=11, blank=True)
    bank = models.CharField("banque", max_length=120, blank=True)
    creditor = models.CharField("créancier", max_length=70)
    creditor_id = models.CharField("ICS", max_length=35)
    guardian = models.ForeignKey(
        Guardian, verbose_name="signataire", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    signer = models.CharField("signé par", max_length=200)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    signed_at = models.DateTimeField("signé le")
    used_on = models.DateField("dernier prélèvement", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    ending = models.CharField("fin", max_length=10, choices=Ending, blank=True)

    class Meta:
        verbose_name = "mandat de prélèvement"
        verbose_name_plural = "mandats de prélèvement"
        ordering = ("-signed_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(ended_at__isnull=True),
                name="one_mandate_per_family",
                violation_error_message="Ce foyer a déjà un mandat en vigueur.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="mandate_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.rum

    @property
    def masked_iban(self) -> str:
        """Return what a page shows of the account: « •••• 0189 »."""
        return f"•••• {self.iban_tail}"


class DebitBatch(models.Model):
    """Debits that are taken on one day: told to the families, put in one file for the bank, then found on the account."""

    collect_on = models.DateField("prélèvement le")
    announced_at = models.DateTimeField("annoncé le")
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="annoncé par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    message_id = models.CharField("identifiant du fichier", max_length=35, unique=True, null=True, blank=True)
    file = models.FileField("fichier", upload_to="prelevements", max_length=80, blank=True)
    sent_at = models.DateTimeField("fichier préparé le", null=True, blank=True)
    confirmed_at = models.DateTimeField("encaissement constaté le", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="constaté par", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "remise de prélèvements"
        verbose_name_plural = "remises de prélèvements"
        ordering = ("-collect_on", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(sent_at__isnull=False), name="debits_sent_before_confirmed"
            )
        ]

    def __str__(self) -> str:
        return f"Prélèvements du {self.collect_on:%d/%m/%Y}"


class Debit(models.Model):
    """What is taken for one invoice. The bank speaks of it by ``end_to_end``; ``payment`` is the money, once it came."""

    class State(models.TextChoices):
        TOLD = "annonce", "Annoncé à la famille"
        SENT = "remis", "Remis à la banque"
        DROPPED = "retire", "Retiré avant la remise"
        COLLECTED = "encaisse", "Encaissé"
        RETURNED = "rejete", "Rejeté par la banque"

    LIVE = (State.TOLD, State.SENT)

    batch = models.ForeignKey(DebitBatch, verbose_name="remise", on_delete=models.PROTECT, related_name="debits")
    mandate = models.ForeignKey(SepaMandate, verbose_name="mandat", on_delete=models.PROTECT, related_name="debits")
    invoice = models.ForeignKey(Invoice, verbose_name="facture", on_delete=models.PROTECT, related_name="debits")
    end_to_end = models.CharField("référence", max_length=35, unique=True)
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    first_use = models.BooleanField("premier du mandat", default=False)
    state = models.CharField("état", max_length=8, choices=State, default=State.TOLD)
    words = models.CharField("explication", max_length=200, blank=True)
    payment = models.OneToOneField(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, null=True, blank=True, related_name="debit"
    )
    returned_on = models.DateField("rejeté le", null=True, blank=True)
    return_code = models.CharField("motif du rejet", max_length=4, blank=True)

    class Meta:
        verbose_name = "prélèvement"
        ordering = ("batch", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(state__in=("annonce", "remis")), name="one_live_debit_per_invoice"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="debit_positive"),
            models.CheckConstraint(
                condition=~Q(state="rejete") | (Q(returned_on__isnull=False) & ~Q(return_code="")),
                name="debit_returned_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Prélèvement {self.end_to_end}"
