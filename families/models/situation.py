"""Who may collect a child, whom to call, and the changes that a family proposes to its own file."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from families.models.people import Child, Family, Guardian
from families.models.requests import FamilyRequest
from families.rules.situation import Change


class AuthorisedAdult(models.Model):
    """Somebody who may collect children of a household, or must not. A row that no longer holds is closed, never erased.

    What a household says of who collects is its own: the other household of a child has its own list.
    """

    class Right(models.TextChoices):
        MAY = "peut", "Peut venir chercher"
        MUST_NOT = "interdit", "Ne doit pas venir chercher"

    family = models.ForeignKey(
        Family, verbose_name="famille", on_delete=models.CASCADE, related_name="authorised_adults"
    )
    right = models.CharField("droit", max_length=8, choices=Right, default=Right.MAY)
    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    link = models.CharField("lien avec l’enfant", max_length=60, blank=True)
    children = models.ManyToManyField(Child, verbose_name="enfants", related_name="authorised_adults")
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    added_at = models.DateTimeField("ajoutée le")
    added_by = models.ForeignKey(
        Guardian, verbose_name="ajoutée par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField("retirée le", null=True, blank=True)
    removed_by = models.ForeignKey(
        Guardian, verbose_name="retirée par", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    submission = models.UUIDField("envoi", unique=True, null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "personne autorisée"
        verbose_name_plural = "personnes autorisées"
        ordering = ("last_name", "first_name", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="adult_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=~Q(right="peut") | ~Q(phone=""),
                name="adult_who_collects_has_a_phone",
                violation_error_message="Indiquez le téléphone de la personne qui vient chercher l’enfant.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.get_right_display().lower()})"

    @property
    def full_name(self) -> str:
        """First name and surname as French papers write them."""
        return f"{self.first_name} {self.last_name.upper()}"

    @property
    def is_banned(self) -> bool:
        """Whether she must not collect the children."""
        return self.right == self.Right.MUST_NOT


class FamilyContact(models.Model):
    """Somebody to call for a household’s children when its guardians do not answer, in the order of the household."""

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="contacts")
    child = models.ForeignKey(
        Child,
        verbose_name="pour un enfant seulement",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="contacts",
        help_text="Vide : pour tous les enfants du foyer.",
    )
    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    phone = models.CharField("téléphone", max_length=20)
    link = models.CharField("lien avec l’enfant", max_length=60, blank=True)
    position = models.PositiveSmallIntegerField("ordre d’appel", default=1)
    submission = models.UUIDField("envoi", unique=True, null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "personne à prévenir"
        verbose_name_plural = "personnes à prévenir"
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First name and surname as French papers write them."""
        return f"{self.first_name} {self.last_name.upper()}"


class ChangeProposal(models.Model):
    """A change that a parent proposes, as it was (``before``), as she wants it, and as an agent decided it.

    ``before`` is what the file held when she sent it: it is compared with the file before anything is written.
    """

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="change_proposal"
    )
    change = models.CharField("changement", max_length=20, choices=[(each.value, each.label) for each in Change])
    child = models.ForeignKey(
        Child, verbose_name="enfant", on_delete=models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable concerné", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    adult = models.ForeignKey(
        AuthorisedAdult, verbose_name="personne concernée", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    before = models.JSONField("avant", default=dict, encoder=DjangoJSONEncoder)
    proposed = models.JSONField("demandé", default=dict, encoder=DjangoJSONEncoder)
    decided = models.JSONField("décidé", null=True, encoder=DjangoJSONEncoder)
    tasks = models.JSONField("à revoir par un agent", default=list)
    applies_on = models.DateField("prend effet le", null=True, blank=True)
    applied_at = models.DateTimeField("appliqué le", null=True, blank=True)
    submission = models.UUIDField(
        "envoi", unique=True, help_text="Identifie un envoi : un double clic n’en fait qu’un."
    )

    class Meta:
        verbose_name = "changement proposé"
        verbose_name_plural = "changements proposés"
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(
                fields=["applies_on"],
                condition=Q(decided__isnull=False, applied_at__isnull=True),
                name="change_to_apply",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_change_display()} – {self.request.number}"


class WeekExchange(models.Model):
    """Days that one household proposes to give to the other of a child, or to take from it; both ends included.

    The other household learns of it the child’s first name and the days, nothing else.
    """

    request = models.OneToOneField(
        FamilyRequest, verbose_name="demande", on_delete=models.PROTECT, related_name="week_exchange"
    )
    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.PROTECT, related_name="exchanges")
    other_family = models.ForeignKey(
        Family, verbose_name="autre foyer", on_delete=models.PROTECT, related_name="exchanges_received"
    )
    gives_from = models.DateField("laisse du", null=True, blank=True)
    gives_to = models.DateField("laisse au", null=True, blank=True)
    takes_from = models.DateField("prend du", null=True, blank=True)
    takes_to = models.DateField("prend au", null=True, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.ForeignKey(
        Guardian, verbose_name="répondu par", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    submission = models.UUIDField("envoi", unique=True)

    class Meta:
        verbose_name = "échange de jours de garde"
        verbose_name_plural = "échanges de jours de garde"
        ordering = ("-pk",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(gives_from__isnull=False, gives_to__gte=F("gives_from"))
                | Q(gives_from__isnull=True, gives_to__isnull=True),
                name="exchange_gives_a_period",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(takes_from__isnull=False, takes_to__gte=F("takes_from"))
                | Q(takes_from__isnull=True, takes_to__isnull=True),
                name="exchange_takes_a_period",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(gives_from__isnull=False) | Q(takes_from__isnull=False),
                name="exchange_has_days",
                violation_error_message="Indiquez au moins des jours à laisser ou à prendre.",
            ),
        ]

    def __str__(self) -> str:
        return f"Échange pour {self.child.first_name} – {self.request.number}"
