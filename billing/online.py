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
    Demarche(
        slug="facture-en-ligne",
        section=Section.MONEY,
        label="Recevoir mes factures en ligne",
        purpose="Ne plus recevoir de facture en papier, ou en recevoir de nouveau.",
        url_name="billing:delivery",
        icon="envelope",
    ),
    Demarche(
        slug="releve-de-compte",
        section=Section.MONEY,
        label="Lire mon relevé de compte",
        purpose="Vos factures et vos règlements dans l’ordre, et ce qui reste dû.",
        url_name="billing:account",
        icon="scale",
    ),
)


def declare() -> None:
    """Fill the registry."""
    register(*DEMARCHES)
