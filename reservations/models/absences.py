"""Absences of booked days: the rule of each activity, what a family announced, and what became of each day."""

from datetime import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from families.models import Child, FamilyRequest
from reservations.models.activities import Activity
from reservations.models.bookings import Booking


class AbsenceRule(models.Model):
    """What happens when a child will not come and the day can no longer be cancelled.

    Castres has not published its rule: what is shipped is marked « démonstration ». ``announce_days`` counts calendar days
    *after* the day of absence; ``proof_hours`` runs from the end of the first day of absence announced.
    """

    activity = models.OneToOneField(
        Activity, verbose_name="activité", on_delete=models.CASCADE, related_name="absence_rule"
    )
    is_allowed = models.BooleanField("les familles annoncent leurs absences en ligne", default=True)
    announce_days = models.PositiveSmallIntegerField(
        "à annoncer au plus tard : jours après l’absence",
        default=0,
        validators=[MaxValueValidator(30)],
        help_text="0 : le jour même.",
    )
    announce_hour = models.TimeField(
        "à annoncer : heure limite", null=True, blank=True, help_text="Vide : jusqu’à minuit."
    )
    proof_hours = models.PositiveSmallIntegerField(
        "justificatif : heures pour le donner",
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="Comptées depuis la fin du premier jour d’absence : 48 h après un lundi mènent au mercredi soir.",
    )
    is_demo = models.BooleanField("démonstration", default=False)

    class Meta:
        verbose_name = "règle d’absence"
        verbose_name_plural = "règles d’absence"
        ordering = ("activity",)

    def __str__(self) -> str:
        return f"Absences – {self.activity}"


class AbsenceReason(models.Model):
    """A reason that a family may give, and what it does to the invoice."""

    class Kind(models.TextChoices):
        ILLNESS = "maladie", "Maladie de l’enfant"
        HOSPITAL = "hospitalisation", "Hospitalisation"
        FAMILY = "famille", "Événement familial"
        OUTING = "sortie", "Sortie ou voyage scolaire"
        OTHER = "autre", "Autre motif"

    class Charge(models.TextChoices):
        FREE = "non", "Non facturé"
        AFTER_CARENCE = "carence", "Facturé pendant la carence, non facturé ensuite"
        CHARGED = "oui", "Facturé"

    MEDICAL = (Kind.ILLNESS, Kind.HOSPITAL)  # their proofs are erased once decided

    rule = models.ForeignKey(AbsenceRule, verbose_name="règle", on_delete=models.CASCADE, related_name="reasons")
    kind = models.CharField("motif", max_length=16, choices=Kind)
    needs_proof = models.BooleanField("justificatif demandé", default=False)
    charge = models.CharField("facture", max_length=8, choices=Charge, default=Charge.FREE)
    carence_days = models.PositiveSmallIntegerField(
        "jours de carence",
        default=0,
        validators=[MaxValueValidator(30)],
        help_text="Premiers jours réservés de l’absence, qui restent facturés.",
    )
    position = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        verbose_name = "motif d’absence"
        verbose_name_plural = "motifs d’absence"
        ordering = ("rule", "position", "kind")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "kind"],
                name="absence_reason_once",
                violation_error_message="Ce motif est déjà dans la règle.",
            ),
            models.CheckConstraint(
                condition=Q(charge="carence", carence_days__gt=0) | (~Q(charge="carence") & Q(carence_days=0)),
                name="carence_days_with_carence",
                violation_error_message="Donnez des jours de carence à « Facturé pendant la carence », et à ce choix seulement.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Absence(models.Model):
    """Days on which a child will not come, as a household announced them in one submit; stands one to one with a request.

    ``words`` is erased once a medical absence is decided. ``rule`` says what the family was told before sending.
    """

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="absence"
    )
    submission = models.UUIDField(
        "envoi", unique=True, help_text="Identifie un envoi : un double clic n’en fait qu’un."
    )
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="absences")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("motif", max_length=16, choices=AbsenceReason.Kind)
    words = models.TextField("précision de la famille", blank=True)
    rule = models.CharField("règle annoncée", max_length=300, blank=True)
    proof_until = models.DateTimeField("justificatif attendu avant le", null=True, blank=True)

    class Meta:
        verbose_name = "absence"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Absence {self.request.number}"

    @property
    def is_medical(self) -> bool:
        """Whether its proof speaks of health, and so is erased once decided."""
        return self.reason in AbsenceReason.MEDICAL

    @property
    def announced_at(self) -> datetime:
        """The instant at which the family said so."""
        return self.request.received_at


class AbsenceDay(models.Model):
    """What became of one day of an absence; ``effect`` is what the invoice does with it once the absence is accepted."""

    class Outcome(models.TextChoices):
        CANCELLED = "annulee", "Réservation annulée"
        PENDING = "attente", "En attente du service"
        ACCEPTED = "acceptee", "Absence prise en compte"
        REFUSED = "refusee", "Absence refusée"
        WITHDRAWN = "retiree", "Absence retirée"
        IMPOSSIBLE = "impossible", "Non prise en compte"
        UNCHANGED = "inchangee", "Inchangé"

    class Effect(models.TextChoices):
        NONE = "", "Sans objet"
        FREE = "non", "Non facturé"
        CHARGED = "oui", "Facturé"

    STANDING = (Outcome.PENDING, Outcome.ACCEPTED)

    absence = models.ForeignKey(Absence, verbose_name="absence", on_delete=models.CASCADE, related_name="days")
    day = models.DateField("jour")
    booking = models.ForeignKey(
        Booking,
        verbose_name="réservation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="absence_days",
    )
    outcome = models.CharField("issue", max_length=10, choices=Outcome)
    effect = models.CharField("facture", max_length=3, choices=Effect, blank=True, default=Effect.NONE)
    reason = models.CharField("explication", max_length=250, blank=True)

    class Meta:
        verbose_name = "jour d’absence"
        verbose_name_plural = "jours d’absence"
        ordering = ("absence", "day")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["absence", "day"], name="absence_day_once"),
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(outcome__in=["attente", "acceptee"]),
                name="one_absence_per_booking",
                violation_error_message="Une absence est déjà annoncée pour cette réservation.",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["attente", "acceptee", "refusee", "retiree"])
                | (Q(booking__isnull=False) & ~Q(effect="")),
                name="absence_stands_beside_a_booking",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absence.child} {self.day:%d/%m/%Y} : {self.get_outcome_display()}"

    @property
    def is_excused(self) -> bool:
        """Whether the invoice leaves this day out."""
        return self.outcome == self.Outcome.ACCEPTED and self.effect == self.Effect.FREE


# What billing and the calendar look for, as filters from a booking: ``Q(pk__in=AbsenceDay.objects.filter(EXCUSED)…)``.
EXCUSED = Q(outcome=AbsenceDay.Outcome.ACCEPTED, effect=AbsenceDay.Effect.FREE)
STANDING = Q(outcome__in=AbsenceDay.STANDING)
