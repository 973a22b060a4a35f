"""What families ask: one numbered row each, what happened to it, and what family and service wrote to each other."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from families.models.people import Family, Guardian


class FamilyRequest(models.Model):
    """A démarche: one numbered row for whatever a family asks, with its acknowledgement (CRPA L112-8, R112-11-1).

    ``family`` is empty for who writes without an account: ``sender_name`` and ``sender_email`` then say who it is.
    """

    class Status(models.TextChoices):
        RECEIVED = "recue", "Reçue"
        IN_PROGRESS = "encours", "En cours de traitement"
        WAITING = "attente", "Réponse de la famille attendue"
        DONE = "traitee", "Traitée"
        PARTLY = "partielle", "Traitée en partie"
        REFUSED = "refusee", "Refusée"
        WITHDRAWN = "retiree", "Retirée"

    class Silence(models.TextChoices):
        NONE = "", "Sans objet"
        ACCEPTED = "accord", "Le silence vaut acceptation"
        REFUSED = "rejet", "Le silence vaut refus"

    OPEN = (Status.RECEIVED, Status.IN_PROGRESS, Status.WAITING)

    number = models.CharField("numéro", max_length=16, unique=True)
    kind = models.CharField("démarche", max_length=40)
    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    guardian = models.ForeignKey(
        Guardian, verbose_name="déposée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisie par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sender_name = models.CharField("nom de l’expéditeur", max_length=160, blank=True, default="")
    sender_email = models.EmailField("adresse de l’expéditeur", blank=True, default="")
    summary = models.CharField("objet", max_length=200)
    status = models.CharField("état", max_length=10, choices=Status)
    received_at = models.DateTimeField("reçue le")
    promised_on = models.DateField("réponse promise avant le", null=True, blank=True)
    decided_at = models.DateTimeField("traitée le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="traitée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decision = models.TextField("réponse du service", blank=True, default="")
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="prise en charge par",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    silence = models.CharField("effet du silence", max_length=6, choices=Silence, blank=True, default=Silence.NONE)
    service = models.CharField("service chargé du dossier", max_length=120)
    service_address = models.CharField("adresse du service", max_length=200, blank=True, default="")
    service_phone = models.CharField("téléphone du service", max_length=20, blank=True, default="")
    service_email = models.EmailField("adresse électronique du service", blank=True, default="")
    unread_by_family = models.BooleanField("message à lire par la famille", default=False, db_default=False)
    unread_by_service = models.BooleanField("message à lire par le service", default=False, db_default=False)

    class Meta:
        verbose_name = "demande"
        ordering = ("-received_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["family", "-received_at", "-id"], name="request_family_recent"),
            models.Index(
                fields=["promised_on"], condition=Q(status__in=["recue", "encours", "attente"]), name="request_open"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(family__isnull=False) | (~Q(sender_name="") & ~Q(sender_email="")),
                name="request_from_somebody",
                violation_error_message="Une demande vient d’une famille, ou d’une personne qui donne son nom et son adresse.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} – {self.summary}"

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        return {
            "recue": "pending",
            "encours": "processing",
            "attente": "due",
            "traitee": "done",
            "partielle": "due",
            "refusee": "refused",
            "retiree": "cancelled",
        }[self.status]

    @property
    def words_for_family(self) -> str:
        """The status as the family reads it: it is she who is waited for."""
        waits = self.status == self.Status.WAITING
        return "Votre réponse est attendue" if waits else self.get_status_display()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.status in self.OPEN

    @property
    def sender(self) -> str:
        """Who asked, in words."""
        return str(self.guardian) if self.guardian else self.sender_name

    def is_late(self, today: date) -> bool:
        """Whether the promised day is past and nobody has answered."""
        return self.is_open and self.promised_on is not None and self.promised_on < today


class RequestStep(models.Model):
    """What happened to a request after its reception: who, when, and in which words."""

    request = models.ForeignKey(FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="steps")
    status = models.CharField("état", max_length=10, choices=FamilyRequest.Status)
    at = models.DateTimeField("le")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    words = models.TextField("précision", blank=True)

    class Meta:
        verbose_name = "étape"
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.request.number} : {self.get_status_display()}"


class RequestMessage(models.Model):
    """A message of the thread between a family and the service. ``submission`` makes a double click one message."""

    request = models.ForeignKey(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="messages"
    )
    submission = models.UUIDField("envoi", unique=True)
    at = models.DateTimeField("le")
    from_service = models.BooleanField("écrit par le service")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="compte", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    author_name = models.CharField("écrit par", max_length=160)
    body = models.TextField("message")

    class Meta:
        verbose_name = "message"
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.request.number} : {self.author_name}"
