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
    Demarche(
        slug="verifier",
        section=Section.FILE,
        label="Vérifier un document",
        purpose="Confirmer qu’un document délivré par le portail est authentique, par son code QR ou son numéro.",
        url_name="documents:check",
        icon="check-badge",
        needs=("le numéro et le code de contrôle écrits sur le document",),
        needs_account=False,
        position=95,
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
