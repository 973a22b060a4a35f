"""Règlements and supporting documents for tests."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import factory
from django.conf import settings
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from documents.models import (
    Attachment,
    DocumentKind,
    IssuedPaper,
    Regulation,
    RegulationAcceptance,
    RegulationVersion,
    SupportingDocument,
)
from documents.rules.papers import PaperContent, digest_of
from families.tests.factories import NOON, FamilyFactory, FamilyRequestFactory, GuardianFactory


class RegulationFactory(DjangoModelFactory):
    """A règlement without text yet."""

    class Meta:
        model = Regulation

    slug = factory.Sequence(lambda n: f"reglement-{n}")
    title = "Règlement de la restauration scolaire"


class RegulationVersionFactory(DjangoModelFactory):
    """The version in force since the summer of 2025."""

    class Meta:
        model = RegulationVersion
        django_get_or_create = ("regulation", "number")

    regulation = factory.SubFactory(RegulationFactory)
    number = 1
    in_force_on = date(2025, 7, 1)
    body = "# Article 1\nLa cantine ouvre à midi.\n\n# Article 2\nOn y mange."


class RegulationAcceptanceFactory(DjangoModelFactory):
    """A version that a guardian accepted."""

    class Meta:
        model = RegulationAcceptance

    version = factory.SubFactory(RegulationVersionFactory)
    guardian = factory.SubFactory(GuardianFactory)
    family = factory.SelfAttribute("guardian.family")
    accepted_at = NOON


class DocumentKindFactory(DjangoModelFactory):
    """A kind of the household's papers, reviewed by an agent, that holds twelve months."""

    class Meta:
        model = DocumentKind
        django_get_or_create = ("slug",)

    class Params:
        of_a_child = factory.Trait(
            slug="assurance",
            name="Assurance scolaire",
            subject=DocumentKind.Subject.CHILD,
            validity=DocumentKind.Validity.SCHOOL_YEAR,
            validity_months=None,
        )
        of_a_guardian = factory.Trait(
            slug="identite",
            name="Pièce d’identité",
            subject=DocumentKind.Subject.GUARDIAN,
            validity=DocumentKind.Validity.DATE,
            validity_months=None,
        )
        confidential = factory.Trait(
            slug="jugement", name="Jugement", is_sensitive=True, validity="sans", validity_months=None
        )
        without_review = factory.Trait(slug="libre", name="Papier libre", needs_review=False)

    slug = "attestation-caf"
    name = "Attestation CAF ou MSA"
    subject = DocumentKind.Subject.FAMILY
    validity = DocumentKind.Validity.MONTHS
    validity_months = 12
    retention_days = 90


class SupportingDocumentFactory(DjangoModelFactory):
    """A paper that waits for an agent since the day before; its file is on the disk."""

    class Meta:
        model = SupportingDocument

    class Params:
        scanning = factory.Trait(status=SupportingDocument.Status.SCANNING)
        accepted = factory.Trait(
            status=SupportingDocument.Status.ACCEPTED,
            reviewed_at=NOON - timedelta(hours=2),
            valid_until=date(2027, 11, 2),
        )
        refused = factory.Trait(
            status=SupportingDocument.Status.REFUSED, reviewed_at=NOON - timedelta(hours=2), words="La photo est floue."
        )

    family = factory.SubFactory(FamilyFactory)
    kind = factory.SubFactory(DocumentKindFactory)
    sent_at = NOON - timedelta(days=1)
    name = "attestation.pdf"
    media_type = "application/pdf"
    size = 1000
    digest = factory.Sequence(lambda n: f"{n:064d}")
    status = SupportingDocument.Status.SUBMITTED
    file = factory.LazyAttribute(lambda document: ContentFile(b"%PDF-1.7 essai", name="piece.pdf"))


class AttachmentFactory(DjangoModelFactory):
    """A paper joined to a request of its household."""

    class Meta:
        model = Attachment

    document = factory.SubFactory(SupportingDocumentFactory)
    request = factory.SubFactory(FamilyRequestFactory, family=factory.SelfAttribute("..document.family"))
    attached_at = NOON


class IssuedPaperFactory(DjangoModelFactory):
    """A paper delivered to a household at NOON; ``withdrawn`` was taken back since."""

    class Meta:
        model = IssuedPaper

    class Params:
        withdrawn = factory.Trait(withdrawn_at=NOON, withdrawn_reason="Délivrée par erreur.")

    number = factory.Sequence(lambda n: f"A2019-{n + 1:06d}")
    kind = "attestation-inscription"
    title = "Attestation d’inscription"
    subject = factory.Sequence(lambda n: f"essai {n}")
    initials = "L. M."
    family = factory.SubFactory(FamilyFactory)
    issued_at = NOON
    submission = factory.LazyFunction(uuid4)
    token = factory.Sequence(lambda n: f"jeton-{n}-{'x' * 24}")
    check_code = "ACDEFGHJ"

    @factory.lazy_attribute
    def content(self) -> Any:
        """What it says: a title, and an enrolment."""
        said = PaperContent(self.title, self.subject, self.initials, intro=["La Ville atteste."])  # type: ignore[attr-defined]
        return said.as_json()

    @factory.lazy_attribute
    def digest(self) -> str:
        """The seal of the town."""
        return digest_of(
            number=self.number,  # type: ignore[attr-defined]
            kind=self.kind,  # type: ignore[attr-defined]
            initials=self.initials,  # type: ignore[attr-defined]
            issued_at=self.issued_at,  # type: ignore[attr-defined]
            content=self.content,
            key=settings.CODE_KEY,
        )
