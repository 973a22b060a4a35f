"""What can be done on line about papers (see « Nouvelle démarche »)."""

from families.demarches import Demarche, Section, register

DEMARCHES = (
    Demarche(
        slug="pieces",
        section=Section.FILE,
        label="Déposer une pièce justificative",
        purpose="Photo ou PDF : attestation CAF, assurance, justificatif de domicile…",
        url_name="documents:pieces",
        icon="paper-clip",
        needs=("la pièce, en photo nette ou en PDF",),
        position=50,
    ),
    Demarche(
        slug="documents",
        section=Section.FILE,
        label="Éditer un document",
        purpose="Attestations, récapitulatif de votre dossier, règlements intérieurs.",
        url_name="documents:editions",
        icon="document-text",
        position=80,
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
