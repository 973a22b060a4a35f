"""What the families' application declares about personal data: how long it keeps it, exports it, erases it (see apps.py)."""

from django.conf import settings

from castres_portal.base.retention import LEGAL_DUTY, PUBLIC_INTEREST, Category
from families import data_export, erasure, request_kinds
from families.data_export import Section
from families.demarches import Demarche
from families.demarches import Section as Heading
from families.erasure import Part
from families.queries import data_export as rows
from families.queries.privacy import erasure_detail, rights_detail
from families.request_kinds import RequestKind
from families.services.privacy.asking import ERASURE, RIGHTS
from families.services.privacy.erasing import accept_erasure, household_activity

ONE_MONTH = 30  # RGPD, article 12-3


def health_words() -> str:
    """Say how long a health sheet lives: it is a setting of its own."""
    return f"{settings.HEALTH['erase_days']}\u00a0jours"


CATEGORIES = (
    Category(
        slug="sante",
        label="Fiche sanitaire de l’enfant",
        data="allergies, PAI, régime, médecin, vaccins, assurance, autorisations (chiffrés)",
        purpose="la sécurité de l’enfant pendant l’accueil",
        basis="Mission d’intérêt public et sauvegarde de l’enfant (RGPD, articles 6‑1‑e et 9‑2‑g)",
        starts="après la fin de l’année scolaire si elle n’est pas confirmée pour la suivante",
        then="effacée",
        source="ancienne norme NS-058 de la CNIL, à titre de bonne pratique ; délai de démonstration",
        applied_by="families.services.health_erasure.erase_unconfirmed_sheets",
        nightly=False,  # families.tasks.erase_health_sheets
        position=12,
        says=health_words,
    ),
    Category(
        slug="dossier",
        label="Dossier de la famille",
        data="identité des responsables et des enfants, adresse, coordonnées, école, garde, quotient familial, démarches",
        purpose="inscrire les enfants aux services, calculer les tarifs, répondre aux demandes",
        basis=PUBLIC_INTEREST,
        starts="après la dernière activité du dossier",
        then="rendu anonyme",
        source="référentiel de la CNIL pour les affaires scolaires (ancienne norme NS-058), à titre de bonne pratique",
        applied_by="families.services.privacy.erasing.purge_dormant_households",
        position=10,
    ),
    Category(
        slug="compte",
        label="Compte de connexion",
        data="adresse électronique, mot de passe (condensé), second facteur, dernières connexions, numéro que FranceConnect "
        "réserve à notre service",
        purpose="ouvrir votre espace, à vous seul",
        basis=PUBLIC_INTEREST,
        starts="sans connexion, après un courriel de préavis",
        then="fermé et effacé",
        source="recommandation de la CNIL sur les comptes inactifs",
        applied_by="families.services.privacy.inactivity.close_inactive_accounts",
        position=20,
    ),
    Category(
        slug="codes",
        label="Codes d’activation",
        data="empreinte du code remis par l’Espace Famille, dates de remise et d’usage",
        purpose="prouver à qui un espace a été ouvert",
        basis=PUBLIC_INTEREST,
        starts="après la fin de validité du code",
        then="effacés",
        source="démonstration : durée à confirmer par la Ville",
        applied_by="families.services.privacy.purging.purge_codes",
        position=30,
    ),
    Category(
        slug="identites",
        label="Identités FranceConnect différentes du dossier",
        data="nom et prénoms du dossier, nom et prénoms donnés par FranceConnect",
        purpose="corriger un dossier mal orthographié, repérer qui essaie le code d’un autre",
        basis=PUBLIC_INTEREST,
        starts="après l’essai",
        then="effacées",
        source="démonstration : durée à confirmer par la Ville",
        applied_by="accounts.franceconnect.links.purge_mismatches",
        position=32,
    ),
    Category(
        slug="consultations",
        label="Consultations du dossier",
        data="qui a ouvert une fiche sanitaire ou une pièce, et quand",
        purpose="vous dire qui a consulté votre dossier",
        basis=PUBLIC_INTEREST,
        starts="après la consultation",
        then="effacées",
        source="recommandation de la CNIL sur la journalisation (six mois à un an)",
        applied_by="families.services.privacy.purging.purge_readings",
        position=35,
    ),
    Category(
        slug="exports",
        label="Exports de vos données",
        data="l’archive que vous avez demandée",
        purpose="répondre à votre demande de copie",
        basis=LEGAL_DUTY,
        starts="après sa préparation",
        then="effacés",
        source="durée choisie par la Ville",
        applied_by="families.services.privacy.exports.delete_expired_exports",
        position=40,
    ),
    Category(
        slug="droits",
        label="Demandes sur vos données",
        data="demandes d’accès, de rectification, d’effacement, et leurs réponses",
        purpose="prouver que la Ville a répondu",
        basis=LEGAL_DUTY,
        starts="après la réponse",
        then="effacées",
        source="prescription de l’action publique (code de procédure pénale, article 8)",
        applied_by="families.services.privacy.purging.purge_rights",
        kept_by_law="la Ville doit pouvoir prouver qu’elle vous a répondu",
        position=70,
    ),
)

SECTIONS = (
    Section("identite", "Mon identité dans ce foyer", rows.identity_rows, position=10),
    Section("foyer", "Le foyer", rows.household_rows, position=20),
    Section("enfants", "Les enfants", rows.child_rows, position=30),
    Section("adultes", "Personnes autorisées et à prévenir", rows.adult_rows, position=33),
    Section("sante", "Les fiches sanitaires", rows.health_rows, position=36),
    Section("demandes", "Les démarches", rows.request_rows, position=40),
    Section("certifications", "Les certifications du dossier", rows.certification_rows, position=42),
    Section("consultations", "Qui a consulté le dossier", rows.reading_rows, position=90),
)

KINDS = (
    RequestKind(
        RIGHTS,
        "Droits sur mes données",
        "shield-check",
        "families/privacy/request_right.html",
        rights_detail,
        promised_days=ONE_MONTH,
    ),
    RequestKind(
        ERASURE,
        "Effacement de mes données",
        "trash",
        "families/privacy/request_erasure.html",
        erasure_detail,
        promised_days=ONE_MONTH,
        on_accept=accept_erasure,
    ),
)

DEMARCHES = (
    Demarche(
        slug="mes-donnees",
        section=Heading.DATA,
        label="Obtenir une copie de mes données",
        purpose="Une archive de tout ce qui vous concerne, vous, votre foyer et vos enfants.",
        url_name="families:my_data",
        icon="arrow-down-tray",
        position=10,
    ),
    Demarche(
        slug="mes-droits",
        section=Heading.DATA,
        label="Exercer un droit sur mes données",
        purpose="Accès, rectification, limitation, opposition : une réponse dans un mois.",
        url_name="families:ask_right",
        icon="shield-check",
        position=20,
    ),
    Demarche(
        slug="effacement",
        section=Heading.DATA,
        label="Faire effacer mes données",
        purpose="Fermer votre espace et effacer ce que la loi n’oblige pas à garder.",
        url_name="families:ask_erasure",
        icon="trash",
        needs=("votre mot de passe", "aucune inscription en cours, aucune facture à régler"),
        position=30,
    ),
)


def declare() -> None:
    """Fill the registries."""
    from castres_portal.base import retention
    from families import demarches

    retention.register(*CATEGORIES)
    data_export.register(*SECTIONS)
    demarches.register(*DEMARCHES)
    for kind in KINDS:
        request_kinds.register(kind)
    erasure.register(Part("families", active_since=household_activity))
