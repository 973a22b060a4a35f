"""The kinds of paper of a new installation. Examples to be validated by the town: each row says that it was shipped."""

from documents.models import DocumentKind

FAMILY, CHILD, GUARDIAN = DocumentKind.Subject.FAMILY, DocumentKind.Subject.CHILD, DocumentKind.Subject.GUARDIAN
Validity = DocumentKind.Validity

# Slug, name, whom it concerns, validity, months, days kept, confidential, asked of all, what the family reads.
KINDS: tuple[tuple[str, str, str, str, int | None, int, bool, bool, str], ...] = (
    (
        "attestation-caf", "Attestation CAF ou MSA", FAMILY, Validity.MONTHS, 12, 90, False, True,
        "Celle qui montre votre quotient familial, téléchargée sur caf.fr ou msa.fr.",
    ),
    (
        "avis-imposition", "Avis d’imposition", FAMILY, Validity.MONTHS, 12, 90, False, False,
        "Toutes les pages du dernier avis, si vous n’avez ni CAF ni MSA.",
    ),
    (
        "domicile", "Justificatif de domicile", FAMILY, Validity.MONTHS, 3, 90, False, True,
        "Facture d’eau, d’énergie ou d’Internet, ou quittance de loyer, de moins de trois mois.",
    ),
    (
        "livret-famille", "Livret de famille", FAMILY, Validity.NONE, None, 365, False, False,
        "Les pages des parents et de chaque enfant.",
    ),
    (
        "jugement", "Jugement ou convention sur la garde", FAMILY, Validity.NONE, None, 365, True, False,
        "Les pages qui disent où vit l’enfant et qui exerce l’autorité parentale.",
    ),
    (
        "assurance", "Assurance scolaire", CHILD, Validity.SCHOOL_YEAR, None, 90, False, True,
        "Attestation de responsabilité civile et individuelle accident, pour l’année scolaire.",
    ),
    (
        "vaccins", "Vaccinations", CHILD, Validity.NONE, None, 90, True, False,
        "Les pages « vaccinations » du carnet de santé, avec le nom de l’enfant.",
    ),
    (
        "pai", "Projet d’accueil individualisé (PAI)", CHILD, Validity.SCHOOL_YEAR, None, 30, True, False,
        "Le PAI signé, avec l’ordonnance s’il y en a une.",
    ),
    (
        "certificat-medical", "Certificat médical", CHILD, Validity.DATE, None, 30, True, False,
        "Celui qui justifie une absence ou autorise une activité. Il n’a pas à dire la maladie.",
    ),
    (
        "identite", "Pièce d’identité d’un responsable", GUARDIAN, Validity.DATE, None, 30, False, False,
        "Carte d’identité (deux faces), passeport ou titre de séjour.",
    ),
)  # fmt: skip


def fill_document_kinds() -> int:
    """Add the kinds that are missing and return how many; those that exist keep what agents wrote."""
    known = set(DocumentKind.objects.values_list("slug", flat=True))
    missing = [
        DocumentKind(
            slug=slug,
            name=name,
            subject=subject,
            validity=validity,
            validity_months=months,
            retention_days=days,
            is_sensitive=sensitive,
            is_asked=asked,
            help_text=text,
            is_shipped=True,
            rank=10 * rank,
        )
        for rank, (slug, name, subject, validity, months, days, sensitive, asked, text) in enumerate(KINDS, 1)
        if slug not in known
    ]
    return len(DocumentKind.objects.bulk_create(missing))
