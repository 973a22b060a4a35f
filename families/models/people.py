"""Households and their people. A child stands above households: school and health are hers, address and money are theirs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


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
        permissions: ClassVar = [("act_for_family", "Peut agir pour une famille au guichet")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Guardian(models.Model):
    """A parent or legal guardian, in one household."""

    class Title(models.TextChoices):
        MRS = "Madame", "Madame"
        MR = "Monsieur", "Monsieur"

    class ContactMeans(models.TextChoices):
        MAIL = "courriel", "Par courriel"
        PHONE = "telephone", "Par téléphone"
        LETTER = "courrier", "Par courrier"

    class Rights(models.TextChoices):
        FULL = "full", "Droits complets"
        READ_ONLY = "read_only", "Lecture seule"
        EXCLUDED = "excluded", "Exclu du dossier"

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
    second_phone = models.CharField("autre téléphone", max_length=20, blank=True, default="", db_default="")
    contact_by = models.CharField(
        "à joindre de préférence",
        max_length=10,
        choices=ContactMeans,
        default=ContactMeans.MAIL,
        db_default="courriel",
    )
    pays = models.BooleanField("reçoit les factures du foyer", default=False)
    attached_at = models.DateTimeField("espace activé le", null=True, blank=True, editable=False)
    # Changed by families.services.rights alone, which keeps the reason.
    rights = models.CharField(
        "droits", max_length=10, choices=Rights, default=Rights.FULL, db_default=Rights.FULL, editable=False
    )
    rights_until = models.DateField("droits limités jusqu’au", null=True, blank=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(pays=False) | ~Q(rights="excluded"),
                name="payer_is_not_excluded",
                violation_error_message="Un responsable exclu du dossier ne peut pas recevoir les factures du foyer.",
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

    @property
    def is_excluded(self) -> bool:
        """Whether the household does not exist for her."""
        return self.rights == self.Rights.EXCLUDED

    @property
    def may_only_read(self) -> bool:
        """Whether she sees the household's file and changes nothing in it."""
        return self.rights == self.Rights.READ_ONLY

    @property
    def mail_address(self) -> str:
        """Where she reads her mail: the address of her account, else the one in the household's file, else nothing.

        An excluded guardian has none: for her the household does not exist.
        """
        if self.is_excluded:
            return ""
        return self.user.email if self.user else self.email


class Child(models.Model):
    """A child: identity, school, level and class, whatever the household."""

    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    birth_date = models.DateField("né(e) le")
    school = models.ForeignKey(
        School, verbose_name="école", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    level = models.CharField("niveau", max_length=3, choices=SchoolLevel, blank=True)
    class_name = models.CharField(
        "classe", max_length=40, blank=True, default="", help_text="Par exemple « CE1-CE2 de Mme X »."
    )
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
