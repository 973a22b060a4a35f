"""Appointments for a place in a crèche: where, the slots that agents open, and who has one."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from families.models import Child, Family, FamilyRequest


class AppointmentPlace(models.Model):
    """Where families are received."""

    name = models.CharField("lieu", max_length=80, unique=True)
    street = models.CharField("adresse", max_length=120)
    postcode = models.CharField("code postal", max_length=5, default="81100")
    city = models.CharField("commune", max_length=60, default="Castres")
    phone = models.CharField("téléphone", max_length=20, blank=True)
    directions = models.CharField(
        "pour venir", max_length=200, blank=True, help_text="Étage, accès d’une poussette, stationnement…"
    )
    is_demo = models.BooleanField("démonstration", default=False)

    class Meta:
        verbose_name = "lieu de rendez-vous"
        verbose_name_plural = "lieux de rendez-vous"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The address on one line."""
        return f"{self.street}, {self.postcode} {self.city}"


class AppointmentSlot(models.Model):
    """A time at which one person receives one family. It is offered as long as nobody has it."""

    place = models.ForeignKey(AppointmentPlace, verbose_name="lieu", on_delete=models.PROTECT, related_name="slots")
    receives = models.CharField("avec", max_length=80)
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    opening = models.PositiveIntegerField("ouverture n°", editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="ouvert par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "créneau"
        verbose_name_plural = "créneaux"
        ordering = ("starts_at", "place", "receives")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="slot_ends_after_start",
                violation_error_message="La fin du créneau précède son début.",
            ),
            models.UniqueConstraint(
                fields=["receives", "starts_at"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_slot_at_a_time",
                violation_error_message="Cette personne a déjà un créneau à cette heure.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["starts_at"], condition=Q(withdrawn_at__isnull=True), name="slot_open_start")
        ]

    def __str__(self) -> str:
        from castres_portal.base.french import clock_time, long_day

        return f"{long_day(self.starts_at)}, {clock_time(self.starts_at)}, avec {self.receives}"


class Appointment(models.Model):
    """A family's appointment; stands one to one with a request. Moved, it changes its slot and keeps its row."""

    class Status(models.TextChoices):
        PLANNED = "prevu", "Prévu"
        CAME = "venu", "Famille venue"
        MISSED = "absent", "Famille absente"
        CANCELLED = "annule", "Annulé"

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="appointment"
    )
    submission = models.UUIDField("envoi", unique=True, help_text="Un double clic n’en fait qu’un.", editable=False)
    uid = models.UUIDField("identifiant d’agenda", unique=True, default=uuid4, editable=False)
    sequence = models.PositiveSmallIntegerField("version d’agenda", default=0, editable=False)
    slot = models.ForeignKey(
        AppointmentSlot, verbose_name="créneau", on_delete=models.PROTECT, related_name="appointments"
    )
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="appointments")
    status = models.CharField("état", max_length=8, choices=Status, default=Status.PLANNED)

    child = models.ForeignKey(
        Child, verbose_name="enfant du foyer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    child_name = models.CharField("prénom de l’enfant", max_length=80, blank=True)
    born_on = models.DateField("né(e) le", null=True, blank=True)
    due_on = models.DateField("naissance prévue le", null=True, blank=True)
    child_key = models.CharField("enfant, pour comparer", max_length=120, editable=False)

    wished_on = models.DateField("accueil souhaité à partir du")
    wished_days = models.CharField("jours souhaités", max_length=20, help_text="0 lundi … 4 vendredi")
    wished_from = models.TimeField("arrivée souhaitée")
    wished_until = models.TimeField("départ souhaité")
    words = models.TextField("message de la famille", blank=True)

    booked_at = models.DateTimeField("pris le")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="pris par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    told_at = models.DateTimeField("confirmé le", help_text="Dernière fois que l’heure a été annoncée à la famille.")
    reminded_at = models.DateTimeField("rappelé le", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="annulé par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    cancelled_by_town = models.BooleanField("annulé par le service", default=False)
    cancel_words = models.TextField("mot d’annulation", blank=True)
    note = models.TextField(
        "note du service", blank=True, help_text="La famille peut en demander copie : restez factuel."
    )

    class Meta:
        verbose_name = "rendez-vous petite enfance"
        verbose_name_plural = "rendez-vous petite enfance"
        ordering = ("slot__starts_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=~Q(status="annule"),
                name="one_appointment_per_slot",
                violation_error_message="Ce créneau est déjà pris.",
            ),
            models.CheckConstraint(
                condition=Q(child__isnull=False, child_name="", born_on__isnull=True, due_on__isnull=True)
                | Q(child__isnull=True, born_on__isnull=False, due_on__isnull=True)
                | Q(child__isnull=True, born_on__isnull=True, due_on__isnull=False),
                name="appointment_one_child",
                violation_error_message="Choisissez un enfant du foyer, ou donnez une date de naissance ou de terme.",
            ),
            models.CheckConstraint(
                condition=Q(status="annule", cancelled_at__isnull=False)
                | (~Q(status="annule") & Q(cancelled_at__isnull=True)),
                name="appointment_cancelled_with_instant",
            ),
            models.CheckConstraint(
                condition=Q(wished_until__gt=F("wished_from")),
                name="appointment_hours_in_order",
                violation_error_message="Le départ souhaité doit suivre l’arrivée.",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["family", "status"], name="appointment_family")]

    def __str__(self) -> str:
        return f"{self.who} – {self.slot}"

    @property
    def who(self) -> str:
        """The child as the family named her: « Léa MARTIN », « Zoé », « enfant à naître »."""
        if self.child:
            return self.child.full_name
        return self.child_name or ("enfant à naître" if self.due_on else "enfant")

    @property
    def weekdays(self) -> list[int]:
        """The days wished, Monday being 0."""
        return [int(day) for day in self.wished_days.split()]


class AppointmentMove(models.Model):
    """An appointment that left one slot for another."""

    appointment = models.ForeignKey(
        Appointment, verbose_name="rendez-vous", on_delete=models.CASCADE, related_name="moves"
    )
    old_starts_at = models.DateTimeField("était prévu le")
    new_starts_at = models.DateTimeField("reporté au")
    moved_at = models.DateTimeField("déplacé le")
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="déplacé par", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "report de rendez-vous"
        verbose_name_plural = "reports de rendez-vous"
        ordering = ("moved_at",)

    def __str__(self) -> str:
        return f"Report du {self.moved_at:%d/%m/%Y}"
