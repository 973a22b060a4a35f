"""Who is enrolled, who has a place on which day, and what each submit answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from documents.models import RegulationAcceptance
from families.models import Child, Family, FamilyRequest
from reservations.models.activities import Activity, ActivitySite
from reservations.models.calendar import SchoolYear
from reservations.models.closures import Closure
from reservations.rules.formulas import Formula


class Enrolment(models.Model):
    """A child enrolled by one household in an activity for a school year; starts and may end inside it.

    One that was ended says when, why and under which request; ended before it began, its last day comes before its first. The
    child may then be enrolled again for the same year. ``rollover`` carried it over from the year before.
    """

    class EndReason(models.TextChoices):
        DEPARTURE = "depart", "L’enfant quitte le foyer ou la ville"
        NO_LONGER = "fini", "N’utilise plus le service"
        OTHER = "autre", "Autre raison"
        MOVED = "deplacee", "Se poursuit dans un autre lieu"

    ASKED = (EndReason.DEPARTURE, EndReason.NO_LONGER, EndReason.OTHER)

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="enrolments")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="enrolments")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="enrolments")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="enrolments")
    school_year = models.ForeignKey(
        SchoolYear, verbose_name="année scolaire", on_delete=models.PROTECT, related_name="enrolments"
    )
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au")
    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="enrolment"
    )
    acceptance = models.ForeignKey(
        RegulationAcceptance, verbose_name="règlement accepté", on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("terminée le", null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="terminée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    end_reason = models.CharField(
        "terminée parce que", max_length=10, choices=EndReason, blank=True, default="", db_default="", editable=False
    )
    end_request = models.ForeignKey(
        FamilyRequest,
        verbose_name="demande de fin",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="ended_enrolments",
    )
    rollover = models.ForeignKey(
        "reservations.YearRollover",
        verbose_name="reportée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="enrolments",
    )

    class Meta:
        verbose_name = "inscription"
        ordering = ("-school_year", "child")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "family", "activity", "school_year"],
                condition=Q(ended_at=None),
                name="enrolled_once_per_year",
                violation_error_message="Cet enfant est déjà inscrit à cette activité pour l’année.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")) | Q(ended_at__isnull=False),
                name="enrolment_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="enrolment_ended_for_a_reason",
                violation_error_message="Une inscription terminée dit pourquoi elle l’est.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} {self.school_year}"

    @property
    def never_began(self) -> bool:
        """Whether it was ended before its first day."""
        return self.ends_on < self.starts_on


class BookingReceipt(models.Model):
    """One submit, of any children and activities, kept as it was answered; stands one to one with a request."""

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="booking_receipt"
    )
    submission = models.UUIDField(
        "envoi", unique=True, help_text="Identifie un envoi : un double clic n’en fait qu’un."
    )
    # What yesterday's code reads: the first activity of the submit. Its lines tell them all; leaves at the next release.
    activity = models.ForeignKey(
        Activity, verbose_name="activité", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = "reçu de réservation"
        verbose_name_plural = "reçus de réservation"

    def __str__(self) -> str:
        return f"Reçu {self.request.number}"


class ReceiptLine(models.Model):
    """What became of one child's day of one activity in one submit; ``formula`` is the one asked for."""

    class Outcome(models.TextChoices):
        BOOKED = "reserve", "Réservé"
        CANCELLED = "annule", "Annulé"
        REFUSED = "refuse", "Refusé"
        UNCHANGED = "inchange", "Inchangé"
        SWITCHED = "modifie", "Formule changée"
        WAITING = "attente", "En liste d’attente"
        GIVEN_BACK = "rendu", "Rendu"
        TAKEN_BACK = "repris", "Repris"

    receipt = models.ForeignKey(BookingReceipt, verbose_name="reçu", on_delete=models.CASCADE, related_name="lines")
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="+")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("jour")
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="", db_default="")
    adding = models.BooleanField("ajout demandé")
    outcome = models.CharField("issue", max_length=10, choices=Outcome)
    reason = models.CharField("motif", max_length=250, blank=True)

    class Meta:
        verbose_name = "jour d’un reçu"
        verbose_name_plural = "jours des reçus"
        ordering = ("child", "activity", "day")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["receipt", "child", "activity", "day"], name="receipt_activity_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.child} {self.day:%d/%m/%Y} : {self.get_outcome_display()}"


class Booking(models.Model):
    """A place on a day. At most one is active for a child, an activity and a day; cancelled ones stay.

    ``late_reason`` is why an agent booked it after the deadline. ``given_back_at``: the family gave it back too late to cancel;
    its place is free for another, and it is charged unless another takes it. ``closure`` freed a cancelled one.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Réservée"
        CANCELLED = "annulee", "Annulée"

    enrolment = models.ForeignKey(
        Enrolment, verbose_name="inscription", on_delete=models.PROTECT, related_name="bookings"
    )
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="bookings")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="bookings")
    activity = models.ForeignKey(Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="bookings")
    site = models.ForeignKey(ActivitySite, verbose_name="lieu", on_delete=models.PROTECT, related_name="bookings")
    day = models.DateField("jour")
    status = models.CharField("état", max_length=8, choices=Status, default=Status.ACTIVE)
    formula = models.CharField("formule", max_length=16, choices=Formula, blank=True, default="", db_default="")
    late_reason = models.CharField(
        "réservée hors délai parce que", max_length=200, blank=True, default="", db_default=""
    )
    given_back_at = models.DateTimeField("rendue hors délai le", null=True, blank=True)
    give_back_receipt = models.ForeignKey(
        BookingReceipt,
        verbose_name="reçu du jour rendu",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="given_back_bookings",
    )
    booked_at = models.DateTimeField("réservée le")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="réservée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    receipt = models.ForeignKey(
        BookingReceipt, verbose_name="reçu", on_delete=models.PROTECT, null=True, related_name="bookings"
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="annulée par",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    cancel_receipt = models.ForeignKey(
        BookingReceipt,
        verbose_name="reçu d’annulation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cancelled_bookings",
    )
    closure = models.ForeignKey(
        Closure,
        verbose_name="libérée par la fermeture",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="freed_bookings",
    )

    class Meta:
        verbose_name = "réservation"
        ordering = ("day", "child")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "activity", "day"],
                condition=Q(status="active"),
                name="one_active_booking_per_day",
                violation_error_message="Ce jour est déjà réservé pour cet enfant.",
            ),
            models.CheckConstraint(
                condition=Q(status="active", cancelled_at__isnull=True)
                | Q(status="annulee", cancelled_at__isnull=False),
                name="booking_cancelled_with_instant",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["family", "day"], name="booking_family_day"),
            models.Index(fields=["site", "day"], condition=Q(status="active"), name="booking_site_day"),
            models.Index(fields=["day", "family"], condition=Q(status="active"), name="booking_active_day"),
            models.Index(
                fields=["site", "day", "given_back_at"],
                condition=Q(status="active", given_back_at__isnull=False),
                name="booking_given_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} – {self.day:%d/%m/%Y}"
