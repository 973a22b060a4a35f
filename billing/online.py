"""What can be done on line about invoices (see « Nouvelle démarche »)."""

from families.demarches import Demarche, Section, register

DEMARCHES = (
    Demarche(
        slug="payer",
        section=Section.MONEY,
        label="Consulter et payer mes factures",
        purpose="Lire la facture du mois, la télécharger et la payer en ligne, seule ou avec d’autres.",
        url_name="billing:invoices",
        icon="credit-card",
        needs=("une carte bancaire, pour payer en ligne",),
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
