"""Pièces justificatives: the kinds that the town asks for, the papers that families sent, what they were joined to."""

from datetime import date
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from documents.rules.supporting import is_expired
from families.models import Child, Family, FamilyRequest, Guardian, RequestMessage


def new_file_name(document: "SupportingDocument", name: str) -> str:
    """Return where a file is kept: at random, a few to a folder; the name that the family gave stays in the row."""
    token = uuid4().hex
    extension = name[name.rfind(".") :] if "." in name else ""
    return f"pieces/{token[:2]}/{token[2:4]}/{token}{extension}"


class DocumentKind(models.Model):
    """A kind of paper: for whom, how long it holds, how long it is kept, who may read it. Agents edit these rows."""

    class Subject(models.TextChoices):
        FAMILY = "foyer", "Le foyer"
        CHILD = "enfant", "Un enfant"
        GUARDIAN = "responsable", "Un responsable légal"

    class Validity(models.TextChoices):
        NONE = "sans", "Sans limite"
        MONTHS = "mois", "Un nombre de mois depuis sa date"
        SCHOOL_YEAR = "annee", "Jusqu’au 31 août de l’année scolaire"
        DATE = "date", "Jusqu’à une date écrite sur la pièce"

    slug = models.SlugField("identifiant", unique=True)
    name = models.CharField("nom", max_length=80)
    help_text = models.CharField(
        "explication", max_length=240, blank=True, help_text="Ce que la famille lit : quel papier, où l’obtenir."
    )
    subject = models.CharField("concerne", max_length=12, choices=Subject)
    validity = models.CharField("validité", max_length=6, choices=Validity, default=Validity.NONE)
    validity_months = models.PositiveSmallIntegerField("nombre de mois", null=True, blank=True)
    retention_days = models.PositiveSmallIntegerField(
        "conservation (jours)", help_text="Après la fin de validité, ou après la décision quand la pièce n’en a pas."
    )
    needs_review = models.BooleanField("un agent l’examine", default=True)
    is_sensitive = models.BooleanField(
        "confidentielle",
        default=False,
        help_text="Santé, jugement : lue seulement par les agents qui en ont le droit ; jamais nommée dans un courriel.",
    )
    is_asked = models.BooleanField("demandée à tous", default=False)
    is_offered = models.BooleanField("proposée aux familles", default=True)
    is_shipped = models.BooleanField(
        "livrée avec le portail", default=False, editable=False, help_text="Valeurs d’exemple, à valider par la Ville."
    )
    rank = models.PositiveSmallIntegerField("ordre", default=100)

    class Meta:
        verbose_name = "type de pièce"
        verbose_name_plural = "types de pièce"
        ordering = ("rank", "name")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(validity="mois", validity_months__isnull=False, validity_months__gt=0)
                | (~Q(validity="mois") & Q(validity_months__isnull=True)),
                name="document_kind_months_when_counted",
                violation_error_message="Indiquez le nombre de mois pour une validité en mois, et pour elle seulement.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """What may be written where others may look (a mail): a confidential paper is not named."""
        return "pièce confidentielle" if self.is_sensitive else self.name


class SupportingDocument(models.Model):
    """A paper that a household sent. Past its retention the file goes; the row stays to say who saw it and when."""

    class Status(models.TextChoices):
        SCANNING = "analyse", "En cours d’analyse"
        SUBMITTED = "deposee", "Déposée"
        ACCEPTED = "acceptee", "Acceptée"
        REFUSED = "refusee", "Refusée"

    key = models.UUIDField("clé", default=uuid4, unique=True, editable=False)
    family = models.ForeignKey(Family, verbose_name="famille", on_delete=models.PROTECT, related_name="documents")
    kind = models.ForeignKey(DocumentKind, verbose_name="type", on_delete=models.PROTECT, related_name="documents")
    child = models.ForeignKey(
        Child, verbose_name="enfant", on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    guardian = models.ForeignKey(
        Guardian,
        verbose_name="responsable concerné",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
    )
    sent_by = models.ForeignKey(
        Guardian, verbose_name="déposée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="saisie par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_at = models.DateTimeField("déposée le")
    file = models.FileField("fichier", upload_to=new_file_name, max_length=120, blank=True)
    name = models.CharField("nom du fichier", max_length=100, blank=True)
    media_type = models.CharField("type de fichier", max_length=20)
    pages = models.PositiveSmallIntegerField("pages", default=1)
    size = models.PositiveIntegerField("taille (octets)")
    digest = models.CharField("empreinte de l’envoi (SHA-256)", max_length=64, blank=True, editable=False)
    issued_on = models.DateField("date de la pièce", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    status = models.CharField("état", max_length=8, choices=Status)
    scanned_at = models.DateTimeField("analysée le", null=True, blank=True)
    scan_taken_until = models.DateTimeField("analyse en main jusqu’à", null=True, blank=True, editable=False)
    threat = models.CharField("menace trouvée", max_length=120, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="examinée par", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField("examinée le", null=True, blank=True)
    words = models.CharField("motif ou mot de l’agent", max_length=300, blank=True)
    erased_at = models.DateTimeField("fichier supprimé le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce justificative"
        verbose_name_plural = "pièces justificatives"
        ordering = ("-sent_at", "-pk")
        permissions = (("read_sensitive_document", "Lire les pièces confidentielles (santé, jugement)"),)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(child__isnull=True) | Q(guardian__isnull=True),
                name="document_about_one_person",
                violation_error_message="Une pièce concerne un enfant ou un responsable, pas les deux.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("acceptee", "refusee"), reviewed_at__isnull=False)
                | Q(status__in=("analyse", "deposee"), reviewed_at__isnull=True),
                name="document_decided_with_instant",
                violation_error_message="Une décision porte son instant.",
            ),
            models.CheckConstraint(
                condition=~Q(status="refusee") | ~Q(words=""),
                name="document_refused_with_reason",
                violation_error_message="Un refus dit pourquoi.",
            ),
            models.CheckConstraint(
                condition=(Q(erased_at__isnull=True) & ~Q(file="")) | Q(erased_at__isnull=False, file="", digest=""),
                name="document_file_unless_erased",
                violation_error_message="Une pièce a son fichier tant qu’il n’est pas supprimé.",
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(valid_until__isnull=True) | Q(valid_until__gte=F("issued_on")),
                name="document_ends_after_its_date",
                violation_error_message="La fin de validité précède la date de la pièce.",
            ),
            *(
                models.UniqueConstraint(
                    fields=["family", "kind", "digest", *about],
                    condition=~Q(status="refusee") & ~Q(digest="") & which,
                    name=name,
                    violation_error_message="Ce fichier est déjà déposé.",
                )
                for name, about, which in (
                    ("document_once_per_household", [], Q(child__isnull=True, guardian__isnull=True)),
                    ("document_once_per_child", ["child"], Q(child__isnull=False)),
                    ("document_once_per_guardian", ["guardian"], Q(guardian__isnull=False)),
                )
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sent_at"], condition=Q(status="deposee"), name="document_to_review"),
            models.Index(fields=["sent_at"], condition=Q(status="analyse"), name="document_to_scan"),
            models.Index(
                fields=["valid_until"], condition=Q(status="acceptee", erased_at=None), name="document_to_remind"
            ),
            models.Index(fields=["reviewed_at"], condition=Q(erased_at=None), name="document_to_erase"),
        ]

    def __str__(self) -> str:
        about = self.about
        return f"{self.kind} – {about}" if about else str(self.kind)

    @property
    def about(self) -> str:
        """Whose paper it is within the household, empty when it is the household's."""
        if self.child:
            return self.child.full_name
        return self.guardian.full_name if self.guardian else ""

    @property
    def is_image(self) -> bool:
        """Whether a page may show it as a picture."""
        return self.media_type.startswith("image/")

    def state_on(self, today: date) -> str:
        """Return the status, or ``expiree`` for an accepted paper whose last day has passed."""
        if self.status == self.Status.ACCEPTED and is_expired(self.valid_until, today):
            return "expiree"
        return self.status

    def clean(self) -> None:
        """Refuse a paper about nobody of the right sort."""
        people = {DocumentKind.Subject.CHILD: self.child_id, DocumentKind.Subject.GUARDIAN: self.guardian_id}
        for subject, person in people.items():
            if (self.kind.subject == subject) != bool(person):
                wanted = DocumentKind.Subject(self.kind.subject).label.lower()
                raise ValidationError(f"Cette pièce concerne {wanted} : choisissez pour qui elle est.")


class Attachment(models.Model):
    """A paper joined to a request; one paper serves several requests."""

    request = models.ForeignKey(
        FamilyRequest, verbose_name="demande", on_delete=models.CASCADE, related_name="attachments"
    )
    document = models.ForeignKey(
        SupportingDocument, verbose_name="pièce", on_delete=models.PROTECT, related_name="attachments"
    )
    message = models.ForeignKey(
        RequestMessage,
        verbose_name="message",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="attachments",
    )
    attached_at = models.DateTimeField("jointe le")

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ("attached_at", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "document"],
                name="document_once_per_request",
                violation_error_message="Cette pièce est déjà jointe à la demande.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} – {self.request.number}"


class DocumentReminder(models.Model):
    """That a household was told, once, that a paper ends in so many days."""

    document = models.ForeignKey(
        SupportingDocument, verbose_name="pièce", on_delete=models.CASCADE, related_name="reminders"
    )
    days_before = models.PositiveSmallIntegerField("jours avant")
    told_at = models.DateTimeField("rappelée le")

    class Meta:
        verbose_name = "rappel d’expiration"
        verbose_name_plural = "rappels d’expiration"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "days_before"], name="document_reminded_once_per_threshold")
        ]

    def __str__(self) -> str:
        return f"{self.document} : {self.days_before} j avant"


class PurgeReport(models.Model):
    """One night's deletion of what is past its time. Not finished: it was cut short, the next night went on."""

    started_at = models.DateTimeField("commencée le")
    finished_at = models.DateTimeField("finie le", null=True, blank=True)
    orphans = models.PositiveIntegerField("fichiers sans ligne supprimés", default=0)
    orphan_bytes = models.PositiveBigIntegerField("octets de ces fichiers", default=0)

    class Meta:
        verbose_name = "suppression de pièces"
        verbose_name_plural = "suppressions de pièces"
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"Suppression du {self.started_at:%d/%m/%Y}"


class PurgeLine(models.Model):
    """What one night deleted of one kind, and what it kept because an open request still needs it."""

    report = models.ForeignKey(PurgeReport, verbose_name="suppression", on_delete=models.CASCADE, related_name="lines")
    kind = models.ForeignKey(DocumentKind, verbose_name="type de pièce", on_delete=models.PROTECT, related_name="+")
    erased = models.PositiveIntegerField("supprimées", default=0)
    erased_bytes = models.PositiveBigIntegerField("octets supprimés", default=0)
    kept = models.PositiveIntegerField("gardées pour une demande ouverte", default=0)

    class Meta:
        verbose_name = "ligne de suppression"
        verbose_name_plural = "lignes de suppression"
        ordering = ("kind__rank", "kind__name")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "kind"], name="purge_line_once_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} : {self.erased}"
