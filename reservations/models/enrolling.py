"""Enrolments that an agent has to accept, and the run that carries a year's enrolments over to the next."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from documents.models import RegulationAcceptance
from families.models import Child, Family, FamilyRequest
from reservations.models.activities import Activity, ActivitySite
from reservations.models.calendar import SchoolYear


class EnrolmentDemand(models.Model):
    """An enrolment asked for in an activity that agents accept; stands one to one with a request.

    Accepted, the enrolment itself is made under the same request.
    """

    class Status(models.TextChoices):
        WAITING = "attente", "En attente"
        ACCEPTED = "acceptee", "Acceptée"
        REFUSED = "refusee", "Refusée"
        WITHDRAWN = "retiree", "Retirée"

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="enrolment_demand"
    )
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="enrolment_demands")
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, related_name="enrolment_demands"
    )
    activity = models.ForeignKey(
        Activity, verbose_name="activité", on_delete=models.PROTECT, related_name="enrolment_demands"
    )
    site = models.ForeignKey(ActivitySite, verbose_name="lieu demandé", on_delete=models.PROTECT, related_name="+")
    school_year = models.ForeignKey(
        SchoolYear, verbose_name="année scolaire", on_delete=models.PROTECT, related_name="+"
    )
    acceptance = models.ForeignKey(
        RegulationAcceptance, verbose_name="règlement accepté", on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField("état", max_length=8, choices=Status, default=Status.WAITING)

    class Meta:
        verbose_name = "demande d’inscription"
        verbose_name_plural = "demandes d’inscription"
        ordering = ("-pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child", "family", "activity", "school_year"],
                condition=Q(status="attente"),
                name="one_standing_demand_per_year",
                violation_error_message="Une demande attend déjà pour cet enfant, cette activité et cette année.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.activity} {self.school_year}"


class YearRollover(models.Model):
    """The run that carries the enrolments of a year over to the next, a handful of households at a time.

    ``after`` is the last household (id) that is done: a run that was killed goes on from there. What it made points back at it.
    """

    from_year = models.ForeignKey(SchoolYear, verbose_name="de l’année", on_delete=models.PROTECT, related_name="+")
    to_year = models.OneToOneField(
        SchoolYear, verbose_name="vers l’année", on_delete=models.PROTECT, related_name="rollover"
    )
    started_at = models.DateTimeField("lancé le")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="lancé par", on_delete=models.PROTECT, related_name="+"
    )
    after = models.PositiveBigIntegerField("dernier dossier traité", default=0)
    finished_at = models.DateTimeField("fini le", null=True, blank=True)

    class Meta:
        verbose_name = "report d’inscriptions"
        verbose_name_plural = "reports d’inscriptions"
        ordering = ("-started_at",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_year=F("to_year")),
                name="rollover_between_two_years",
                violation_error_message="Un report va d’une année à une autre.",
            )
        ]

    def __str__(self) -> str:
        return f"Report de {self.from_year} vers {self.to_year}"
