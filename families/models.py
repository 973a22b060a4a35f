"""Households and their people. A child stands above households: school and health are hers, address and money are theirs."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q


class SchoolLevel(models.TextChoices):
    """Classes of nursery and primary school, in order."""

    TPS = "TPS", "Toute petite section"
    PS = "PS", "Petite section"
    MS = "MS", "Moyenne section"
    GS = "GS", "Grande section"
    CP = "CP", "CP"
    CE1 = "CE1", "CE1"
    CE2 = "CE2", "CE2"
    CM1 = "CM1", "CM1"
    CM2 = "CM2", "CM2"


class School(models.Model):
    """A public school of the town."""

    class Kind(models.TextChoices):
        NURSERY = "maternelle", "École maternelle"
        ELEMENTARY = "elementaire", "École élémentaire"
        PRIMARY = "primaire", "École primaire"

    uai = models.CharField("UAI", max_length=8, unique=True)
    name = models.CharField("nom", max_length=80)
    kind = models.CharField("type", max_length=12, choices=Kind)
    street = models.CharField("adresse", max_length=120)
    postcode = models.CharField("code postal", max_length=5)
    city = models.CharField("commune", max_length=60, default="Castres")
    phone = models.CharField("téléphone", max_length=20, blank=True)
    has_canteen = models.BooleanField("restauration sur place", default=True)

    class Meta:
        verbose_name = "école"
        ordering = ("name", "kind")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class Family(models.Model):
    """A household's file: its address, its number, who belongs to it."""

    number = models.CharField("numéro de dossier", max_length=12, unique=True, editable=False)
    name = models.CharField("nom du foyer", max_length=120)
    street = models.CharField("adresse", max_length=160)
    street_more = models.CharField("complément", max_length=160, blank=True)
    postcode = models.CharField("code postal", max_length=5)
    city = models.CharField("commune", max_length=80, default="Castres")
    is_demo = models.BooleanField("démonstration", default=False, editable=False)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "famille"
        ordering = ("name", "number")

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Guardian(models.Model):
    """A parent or legal guardian, in one household."""

    class Title(models.TextChoices):
        MRS = "Madame", "Madame"
        MR = "Monsieur", "Monsieur"

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="guardians")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="compte",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="guardianships",
    )
    title = models.CharField("civilité", max_length=10, choices=Title)
    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    email = models.EmailField("adresse électronique", blank=True)
    phone = models.CharField("téléphone", max_length=20, blank=True)
    pays = models.BooleanField("reçoit les factures du foyer", default=False)
    attached_at = models.DateTimeField("espace activé le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "responsable légal"
        verbose_name_plural = "responsables légaux"
        ordering = ("-pays", "last_name", "first_name")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["family", "user"],
                condition=Q(user__isnull=False),
                name="guardian_once_per_family",
                violation_error_message="Ce compte est déjà rattaché à ce foyer.",
            ),
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(pays=True),
                name="one_payer_per_family",
                violation_error_message="Un seul responsable reçoit les factures du foyer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.full_name}"

    @property
    def full_name(self) -> str:
        """First name and surname as French papers write them."""
        return f"{self.first_name} {self.last_name.upper()}"

    @property
    def greeting(self) -> str:
        """« Madame MARTIN »."""
        return f"{self.title} {self.last_name.upper()}"


class Child(models.Model):
    """A child: identity, school and level, whatever the household."""

    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    birth_date = models.DateField("né(e) le")
    school = models.ForeignKey(
        School, verbose_name="école", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    level = models.CharField("niveau", max_length=3, choices=SchoolLevel, blank=True)
    families = models.ManyToManyField(Family, through="Custody", verbose_name="foyers", related_name="children")

    class Meta:
        verbose_name = "enfant"
        ordering = ("last_name", "first_name", "birth_date")

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """First name and surname as French papers write them."""
        return f"{self.first_name} {self.last_name.upper()}"


class Custody(models.Model):
    """In which household a child lives, and in which weeks. Both ends of the period are included."""

    class Rhythm(models.TextChoices):
        FULL = "pleine", "Tout le temps"
        ODD = "impaire", "Semaines impaires (numéro de semaine ISO, comme l’écrivent les jugements)"
        EVEN = "paire", "Semaines paires (numéro de semaine ISO, comme l’écrivent les jugements)"
        ALTERNATE = "alternee", "Une semaine sur deux à partir d’un lundi"

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="custodies")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="custodies")
    rhythm = models.CharField("rythme", max_length=10, choices=Rhythm, default=Rhythm.FULL)
    first_monday = models.DateField("premier lundi", null=True, blank=True)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)

    checked_together = False  # a form that edits several stays compares them as typed, not as stored

    class Meta:
        verbose_name = "résidence de l’enfant"
        verbose_name_plural = "résidences des enfants"
        ordering = ("child", "starts_on")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="custody_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                condition=Q(rhythm="alternee", first_monday__isnull=False)
                | (~Q(rhythm="alternee") & Q(first_monday__isnull=True)),
                name="custody_monday_when_alternate",
                violation_error_message="Indiquez le premier lundi pour une semaine sur deux, et pour ce rythme seulement.",
            ),
            models.UniqueConstraint(
                fields=["child", "family", "starts_on"],
                name="custody_once_per_start",
                violation_error_message="Cette résidence est déjà saisie.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} chez {self.family.name}"

    def clean(self) -> None:
        """Refuse two households for one day (``services.custody.refuse_two_homes`` does it under lock)."""
        from families.rules.custody import conflict_between

        if self.first_monday and self.first_monday.weekday() != 0:
            raise ValidationError({"first_monday": "Ce jour n’est pas un lundi."})
        if self.checked_together or not self.child_id or not self.starts_on:
            return
        for other in Custody.objects.filter(child_id=self.child_id).exclude(pk=self.pk):
            if conflict_between(self, other):
                raise ValidationError("L’enfant aurait deux foyers le même jour. Vérifiez les rythmes et les dates.")


class CustodyException(models.Model):
    """Days on which a child is, by agreement, in another household than the rhythm says. Both ends included."""

    child = models.ForeignKey(Child, verbose_name="enfant", on_delete=models.CASCADE, related_name="custody_exceptions")
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    reason = models.CharField("motif", max_length=200, blank=True)

    class Meta:
        verbose_name = "exception de garde"
        verbose_name_plural = "exceptions de garde"
        ordering = ("starts_on",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="custody_exception_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} chez {self.family.name} du {self.starts_on:%d/%m/%Y} au {self.ends_on:%d/%m/%Y}"


class QuotientRecord(models.Model):
    """A household's quotient familial over a period, both ends included; periods of one household never overlap."""

    class Source(models.TextChoices):
        CAF = "caf", "Attestation CAF"
        MSA = "msa", "Attestation MSA"
        TAX = "impot", "Calculé d’après l’avis d’imposition"
        DEMO = "demo", "Démonstration"

    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.CASCADE, related_name="quotients")
    value = models.PositiveIntegerField("quotient familial (€)")
    month = models.DateField("mois du quotient", help_text="Premier jour du mois que porte l’attestation.")
    source = models.CharField("source", max_length=6, choices=Source)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", null=True, blank=True)

    checked_together = False  # a form that edits several periods compares them as typed, not as stored

    class Meta:
        verbose_name = "quotient familial"
        verbose_name_plural = "quotients familiaux"
        ordering = ("family", "-starts_on")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="quotient_ends_after_start",
                violation_error_message="La fin précède le début.",
            ),
            models.UniqueConstraint(
                fields=["family", "starts_on"],
                name="quotient_once_per_start",
                violation_error_message="Un quotient commence déjà ce jour-là.",
            ),
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(ends_on__isnull=True),
                name="one_open_quotient_per_family",
                violation_error_message="Un quotient sans date de fin existe déjà : donnez-lui une fin.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} € depuis le {self.starts_on:%d/%m/%Y}"

    def clean(self) -> None:
        """Refuse a period that overlaps another of the same household."""
        if self.checked_together or not self.family_id or not self.starts_on:
            return
        others = QuotientRecord.objects.filter(family_id=self.family_id).exclude(pk=self.pk)
        clash = others.filter(starts_on__lte=self.ends_on or date.max).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on)
        )
        if clash.exists():
            raise ValidationError("Cette période chevauche celle d’un autre quotient du foyer.")


class ActivationCode(models.Model):
    """A code that opens one guardian's space. Only a keyed digest is kept; it is used up when the e-mail is confirmed."""

    class Channel(models.TextChoices):
        LETTER = "courrier", "Courrier"
        MAIL = "courriel", "Courriel"

    guardian = models.ForeignKey(
        Guardian, verbose_name="responsable", on_delete=models.CASCADE, related_name="activation_codes"
    )
    digest = models.CharField("empreinte", max_length=64, unique=True, editable=False)
    channel = models.CharField("remis par", max_length=10, choices=Channel)
    created_at = models.DateTimeField("créé le")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="créé par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField("expire le")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    revoked_reason = models.CharField("motif de révocation", max_length=120, blank=True)
    wrong_birth_dates = models.PositiveSmallIntegerField("dates de naissance erronées", default=0)

    class Meta:
        verbose_name = "code d’activation"
        verbose_name_plural = "codes d’activation"
        ordering = ("-created_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["guardian"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="one_live_code_per_guardian",
                violation_error_message="Ce responsable a déjà un code valable.",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True), name="code_used_or_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"Code de {self.guardian.full_name} du {self.created_at:%d/%m/%Y}"


class PendingActivation(models.Model):
    """A parent who gave her code, an address and a password, and has not yet followed the link sent to that address.

    No account exists before the link is followed: a mistyped address is corrected by starting again with the same code.
    """

    code = models.OneToOneField(
        ActivationCode, verbose_name="code", on_delete=models.CASCADE, related_name="pending", primary_key=True
    )
    email = models.EmailField("adresse électronique")
    password = models.CharField("mot de passe (condensé)", max_length=128, editable=False)
    link_digest = models.CharField("empreinte du lien", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("commencée le")
    expires_at = models.DateTimeField("expire le")

    class Meta:
        verbose_name = "activation en attente"
        verbose_name_plural = "activations en attente"

    def __str__(self) -> str:
        return f"Activation en attente du {self.created_at:%d/%m/%Y}"


class FamilyRequest(models.Model):
    """A démarche: one numbered row for whatever a family asks, with its acknowledgement (CRPA L112-8, R112-11-1)."""

    class Status(models.TextChoices):
        RECEIVED = "recue", "Reçue"
        DONE = "traitee", "Traitée"
        PARTLY = "partielle", "Traitée en partie"
        REFUSED = "refusee", "Refusée"

    number = models.CharField("numéro", max_length=16, unique=True)
    kind = models.CharField("démarche", max_length=40)
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="requests")
    guardian = models.ForeignKey(
        Guardian, verbose_name="déposée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisie par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    summary = models.CharField("objet", max_length=200)
    status = models.CharField("état", max_length=10, choices=Status)
    received_at = models.DateTimeField("reçue le")
    decided_at = models.DateTimeField("traitée le", null=True, blank=True)
    service = models.CharField("service chargé du dossier", max_length=120)

    class Meta:
        verbose_name = "demande"
        ordering = ("-received_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["family", "-received_at", "-id"], name="request_family_recent")]

    def __str__(self) -> str:
        return f"{self.number} – {self.summary}"

    @property
    def tone(self) -> str:
        """Name of the state for the ``status`` component."""
        return {"recue": "pending", "traitee": "done", "partielle": "due", "refusee": "refused"}[self.status]
