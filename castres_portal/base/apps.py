"""Application of the shared foundations."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "castres_portal.base"
    label = "base"
    verbose_name = "Socle"

    def ready(self) -> None:
        from castres_portal.base.retention import LEGAL_DUTY, PUBLIC_INTEREST, Category, register

        register(
            Category(
                slug="journal",
                label="Journal des modifications",
                data="qui a modifié un dossier, quand, et ce qui a changé",
                purpose="sécurité, réponse aux contestations",
                basis=LEGAL_DUTY,
                starts="après la modification",
                then="effacé",
                source="recommandation de la CNIL sur la journalisation (délibération 2021-122)",
                applied_by="castres_portal.base.journals.purge_journal",
                position=80,
            ),
            Category(
                slug="courriels",
                label="Courriels envoyés par le portail",
                data="destinataire, objet, texte (jamais les codes ni les liens à usage unique)",
                purpose="prouver qu’un accusé de réception est parti",
                basis=LEGAL_DUTY,
                starts="après l’envoi",
                then="effacés",
                source="démonstration : durée à confirmer par la Ville",
                applied_by="castres_portal.base.journals.purge_mails",
                position=81,
            ),
            Category(
                slug="listes",
                label="Listes exportées par les agents",
                data="le fichier d’une longue liste (factures, paiements, réservations) telle que l’agent l’a filtrée",
                purpose="travail de l’agent qui l’a demandée, seul à pouvoir l’ouvrir",
                basis=PUBLIC_INTEREST,
                starts="après la demande",
                then="effacées, fichier compris",
                source="démonstration : durée à confirmer par la Ville",
                applied_by="castres_portal.base.exports.making.purge_lists",
                position=82,
            ),
        )
