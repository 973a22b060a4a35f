"""What can be done on line about a family (see « Nouvelle démarche »)."""

from families.demarches import Demarche, Section, register

DEMARCHES = (
    Demarche(
        slug="activer",
        section=Section.SPACE,
        label="Activer mon espace",
        purpose="Ouvrir votre espace avec le code personnel remis par l’Espace Famille.",
        url_name="families:activate",
        icon="key",
        needs=("votre code", "la date de naissance d’un de vos enfants", "une adresse électronique"),
        needs_account=False,
        signed_out_only=True,
        position=10,
    ),
    Demarche(
        slug="rattacher",
        section=Section.SPACE,
        label="Rattacher un dossier à mon compte",
        purpose="Ajouter un second foyer, ou relier votre dossier à un compte que vous avez déjà.",
        url_name="families:attach",
        icon="user-plus",
        needs=("le code de ce dossier", "la date de naissance d’un enfant du foyer"),
        position=20,
    ),
    Demarche(
        slug="situation",
        section=Section.FILE,
        label="Signaler un changement de situation",
        purpose="Déménagement, naissance, séparation, nouvelle école : vous proposez, un agent répond.",
        url_name="families:household",
        icon="home-modern",
        needs=("selon le cas, un justificatif",),
        position=10,
    ),
    Demarche(
        slug="coordonnees",
        section=Section.FILE,
        label="Changer mes coordonnées",
        purpose="Téléphone et adresse électronique, tout de suite.",
        url_name="families:coordinates",
        icon="phone",
        position=15,
    ),
    Demarche(
        slug="quotient",
        section=Section.FILE,
        label="Déclarer mon quotient familial",
        purpose="Pour que vos tarifs suivent vos revenus.",
        url_name="families:quotient",
        icon="calculator",
        needs=("votre attestation CAF ou MSA de moins de trois mois",),
        position=20,
    ),
    Demarche(
        slug="sante",
        section=Section.FILE,
        label="Remplir la fiche sanitaire",
        purpose="Allergies, médecin, assurance, autorisations de chaque enfant.",
        url_name="families:health_sheets",
        icon="heart",
        needs=("le carnet de santé", "l’attestation d’assurance"),
        position=30,
    ),
    Demarche(
        slug="certifier",
        section=Section.FILE,
        label="Certifier mon dossier",
        purpose="Confirmer une fois par an, en une page, que tout est à jour.",
        url_name="families:certification",
        icon="clipboard-document-check",
        position=40,
    ),
    Demarche(
        slug="suivre",
        section=Section.FILE,
        label="Suivre mes demandes",
        purpose="Retrouver chaque demande, son accusé de réception et où elle en est.",
        url_name="families:requests",
        icon="inbox",
        position=90,
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
