"""The régie's counter: what was handed over, daily closings, deposit slips. Written once; amounts in euros."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.payments import Payment
from castres_portal.base.french import euros, plain_day

Means = Payment.Means


class FrozenRow(models.Model):
    """A row that is written once: the database refuses to change it (migration 0009), and so does the model."""

    class Frozen(Exception):
        """Somebody tried to change what was written down."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new row; raise Frozen for one that stands."""
        if not self._state.adding:
            raise self.Frozen(f"{self._meta.verbose_name} : une écriture de la régie ne change plus")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise Frozen: what was written down stays."""
        raise self.Frozen(f"{self._meta.verbose_name} : une écriture de la régie ne se supprime pas")


class TillEntry(FrozenRow):
    """What an agent wrote at the counter beside a payment, or beside the reversal of one: by whom, of what, why."""

    class Cause(models.TextChoices):
        BOUNCED = "impaye", "Chèque rejeté par la banque"
        MISTAKE = "erreur", "Erreur de saisie"
        OTHER = "autre", "Autre motif"

    payment = models.OneToOneField(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, related_name="till_entry", primary_key=True
    )
    # One for each form that was shown: sent twice, it writes one payment.
    submission = models.UUIDField("envoi", unique=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="enregistré par", on_delete=models.PROTECT, related_name="+"
    )
    handed_by = models.CharField("versé par", max_length=120, blank=True)
    cash_given = models.DecimalField("somme donnée (€)", max_digits=9, decimal_places=2, null=True, blank=True)
    bank = models.CharField("banque", max_length=80, blank=True)
    drawer = models.CharField("tireur du chèque", max_length=120, blank=True)
    cheque_number = models.CharField("numéro du chèque", max_length=20, blank=True)
    reference = models.CharField("référence", max_length=60, blank=True)
    value_on = models.DateField("date de valeur", null=True, blank=True)
    title_count = models.PositiveSmallIntegerField("nombre de titres", null=True, blank=True)
    title_value = models.DecimalField("valeur d’un titre (€)", max_digits=7, decimal_places=2, null=True, blank=True)
    title_numbers = models.TextField("numéros des titres", blank=True)
    reverses = models.OneToOneField(
        Payment,
        verbose_name="paiement annulé",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="till_reversal",
    )
    cause = models.CharField("cause", max_length=8, choices=Cause, blank=True)
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "écriture du guichet"
        verbose_name_plural = "écritures du guichet"
        ordering = ("-payment__received_at", "-pk")
        permissions: ClassVar = [
            ("collect_money", "Encaisser au guichet"),
            ("reverse_money", "Annuler un encaissement"),
            ("close_till", "Arrêter la caisse et préparer les bordereaux"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, cause="")
                | (Q(reverses__isnull=False) & ~Q(cause="") & ~Q(reason="")),
                name="till_reversal_with_reason",
                violation_error_message="Indiquez pourquoi cet encaissement est annulé.",
            ),
            models.CheckConstraint(
                condition=Q(title_count__isnull=True, title_value__isnull=True)
                | Q(title_count__gt=0, title_value__gt=0),
                name="till_titles_have_a_value",
                violation_error_message="Indiquez le nombre de titres et la valeur d’un titre.",
            ),
        ]

    def __str__(self) -> str:
        return f"Écriture {self.payment_id}"

    @property
    def change(self) -> Decimal:
        """What was given back of the cash, in euros."""
        return (self.cash_given or self.payment.amount) - self.payment.amount

    @property
    def details(self) -> list[tuple[str, str]]:
        """What is known of the money, as a receipt and a journal say it: label and words."""
        found = [
            ("Banque", self.bank),
            ("Chèque n°", self.cheque_number),
            ("Tireur", self.drawer),
            ("Référence", self.reference),
            ("Date de valeur", plain_day(self.value_on)),
            ("Titres CESU", f"{self.title_count} × {euros(self.title_value)}" if self.title_count else ""),
            ("Numéros des titres", self.title_numbers),
            ("Somme donnée", euros(self.cash_given)),
            ("Monnaie rendue", euros(self.change) if self.cash_given else ""),
            ("Versé par", self.handed_by),
        ]
        return [(label, words) for label, words in found if words]


class TillClosing(FrozenRow):
    """« Arrêté »: the till counted at an instant. It takes every movement that no closing had yet."""

    number = models.CharField("numéro", max_length=16, unique=True)
    closed_at = models.DateTimeField("arrêté le")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="arrêté par", on_delete=models.PROTECT, related_name="+"
    )
    cash_expected = models.DecimalField("espèces attendues (€)", max_digits=9, decimal_places=2)
    cash_counted = models.DecimalField("espèces comptées (€)", max_digits=9, decimal_places=2)
    explanation = models.CharField("explication de l’écart", max_length=300, blank=True)

    class Meta:
        verbose_name = "arrêté de caisse"
        verbose_name_plural = "arrêtés de caisse"
        ordering = ("-closed_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cash_counted=F("cash_expected")) | ~Q(explanation=""),
                name="till_difference_explained",
                violation_error_message="Expliquez l’écart entre les espèces attendues et comptées.",
            ),
            models.CheckConstraint(
                condition=Q(cash_counted__gte=0),
                name="till_counts_from_nothing",
                violation_error_message="Les espèces comptées ne peuvent pas être négatives.",
            ),
        ]

    def __str__(self) -> str:
        return f"Arrêté {self.number}"


class ClosedPayment(FrozenRow):
    """That a movement stands in a closing: in one, never in two."""

    payment = models.OneToOneField(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, related_name="closed", primary_key=True
    )
    closing = models.ForeignKey(
        TillClosing, verbose_name="arrêté", on_delete=models.PROTECT, related_name="closed_payments"
    )

    class Meta:
        verbose_name = "mouvement arrêté"
        verbose_name_plural = "mouvements arrêtés"

    def __str__(self) -> str:
        return f"{self.payment_id} dans {self.closing_id}"


class DepositSlip(FrozenRow):
    """« Bordereau de remise »: cheques, cash or CESU that leave the régie for the comptable."""

    class Kind(models.TextChoices):
        CHEQUES = Means.CHEQUE.value, "Remise de chèques"
        CASH = Means.CASH.value, "Versement d’espèces"
        CESU = Means.CESU.value, "Remise de CESU"

    number = models.CharField("numéro", max_length=16, unique=True)
    kind = models.CharField("nature", max_length=12, choices=Kind)
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    account = models.CharField("destination", max_length=160)
    made_at = models.DateTimeField("préparé le")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="préparé par", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "bordereau de remise"
        verbose_name_plural = "bordereaux de remise"
        ordering = ("-made_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="deposit_positive",
                violation_error_message="Une remise est supérieure à zéro.",
            )
        ]

    def __str__(self) -> str:
        return f"Bordereau {self.number}"


class DepositedPayment(FrozenRow):
    """That a cheque, or the CESU of a payment, stand on a slip: on one, never on two."""

    payment = models.OneToOneField(
        Payment, verbose_name="paiement", on_delete=models.PROTECT, related_name="deposited", primary_key=True
    )
    slip = models.ForeignKey(
        DepositSlip, verbose_name="bordereau", on_delete=models.PROTECT, related_name="deposited_payments"
    )

    class Meta:
        verbose_name = "paiement remis"
        verbose_name_plural = "paiements remis"

    def __str__(self) -> str:
        return f"{self.payment_id} sur {self.slip_id}"
