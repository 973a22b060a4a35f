"""How unfold dresses the agents' back office, and its menu."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# The town's pastel blue and warm paper, as the families' pages wear them (static/portal/css/portal.css).
COLORS = {
    "primary": {
        "50": "oklch(96.9% .010 238.5)",
        "100": "oklch(92.7% .021 241.4)",
        "200": "oklch(86.3% .039 241.1)",
        "300": "oklch(77.6% .063 240.6)",
        "400": "oklch(67.4% .089 242.5)",
        "500": "oklch(58.6% .108 244.9)",
        "600": "oklch(45.4% .103 247)",
        "700": "oklch(41.5% .093 247)",
        "800": "oklch(38.3% .087 247.6)",
        "900": "oklch(33.9% .076 248.2)",
        "950": "oklch(28.1% .060 247.4)",
    },
    "base": {
        "50": "oklch(98% .006 84.6)",
        "100": "oklch(95.3% .011 84.6)",
        "200": "oklch(90.5% .017 84.6)",
        "300": "oklch(83.5% .022 83.3)",
        "400": "oklch(67.9% .023 83.2)",
        "500": "oklch(52.6% .017 84.6)",
        "600": "oklch(43.9% .010 84.6)",
        "700": "oklch(36.9% .008 75.3)",
        "800": "oklch(30.4% .008 255.6)",
        "900": "oklch(25.3% .018 252)",
        "950": "oklch(20.6% .019 252.1)",
    },
}

# Sections of the menu: title, then (label, Material symbol, application, model), and a page of that model if not its list.
MENU = (
    (
        "Familles",
        (
            ("Familles", "family_restroom", "families", "family"),
            ("Responsables légaux", "person", "families", "guardian"),
            ("Enfants", "child_care", "families", "child"),
            ("Fiches sanitaires", "medical_information", "families", "healthrecord"),
            ("Certifications", "fact_check", "families", "certification"),
            ("Consultations des dossiers", "visibility", "families", "reading"),
            ("Codes d’activation", "key", "families", "activationcode"),
            ("Demandes", "inbox", "families", "familyrequest"),
            ("Identités FranceConnect différentes", "person_alert", "accounts", "identitymismatch"),
            ("Pièces justificatives", "attach_file", "documents", "supportingdocument"),
            ("Documents délivrés", "verified", "documents", "issuedpaper"),
        ),
    ),
    (
        "Réservations",
        (
            ("Réservations", "event_available", "reservations", "booking"),
            ("Inscriptions", "assignment_ind", "reservations", "enrolment"),
            ("Remplissage", "grid_view", "reservations", "siteday", "filling"),
            ("Listes d’attente", "hourglass_top", "reservations", "waitingentry"),
            ("Demandes d’inscription", "how_to_reg", "reservations", "enrolmentdemand"),
            ("Activités et délais", "restaurant", "reservations", "activity"),
            ("Absences", "event_busy", "reservations", "absence"),
            ("Fermetures et sorties", "do_not_disturb_on", "reservations", "closure"),
            ("Rappels de réservation", "notifications", "reservations", "dayreminder"),
            ("Pointages", "how_to_reg", "reservations", "attendance"),
            ("Affectations des animateurs", "supervisor_account", "reservations", "attendancepost"),
            ("Règles d’absence", "rule", "reservations", "absencerule"),
            ("Lieux et places", "location_on", "reservations", "activitysite"),
            ("Lieux d’accueil", "house", "reservations", "site"),
            ("Tarifs", "euro", "reservations", "tariff"),
            ("Habitants et hors commune", "location_city", "reservations", "residence"),
            ("Périodes de vacances", "beach_access", "reservations", "holidayperiod"),
            ("Vœux de vacances", "star", "reservations", "wishlist"),
            ("Calendrier scolaire", "calendar_month", "reservations", "schoolyear"),
            ("Reports d’inscriptions", "move_up", "reservations", "yearrollover"),
        ),
    ),
    (
        "Cuisine",
        (
            ("Repas du jour", "skillet", "reservations", "kitchenorder", "day"),
            ("Semaine de la cuisine", "calendar_view_week", "reservations", "kitchenorder", "week"),
            ("Commandes figées", "lock_clock", "reservations", "kitchenorder"),
            ("Menus", "menu_book", "reservations", "menu"),
            ("Contrôle des effectifs", "rule", "reservations", "kitchencheck"),
        ),
    ),
    (
        "Petite enfance",
        (
            ("Créneaux et agenda", "calendar_view_week", "reservations", "appointmentslot"),
            ("Rendez-vous", "event", "reservations", "appointment"),
            ("Lieux de rendez-vous", "pin_drop", "reservations", "appointmentplace"),
        ),
    ),
    (
        "Régie",
        (
            ("Tableau de bord de la régie", "monitoring", "billing", "invoice", "board"),
            ("Facturations mensuelles", "play_circle", "billing", "billingrun"),
            ("Factures", "receipt_long", "billing", "invoice"),
            ("Factures à imprimer", "print", "billing", "printbatch"),
            ("Adhésions en ligne", "forward_to_inbox", "billing", "deliverychoice"),
            ("Prises en charge", "handshake", "billing", "coverage"),
            ("Organismes payeurs", "domain", "billing", "payingbody"),
            ("Avoirs", "undo", "billing", "creditnote"),
            ("Compléments", "add_circle", "billing", "supplement"),
            ("La caisse", "point_of_sale", "billing", "tillentry", "home"),
            ("Journal de la régie", "list_alt", "billing", "tillentry", "journal"),
            ("Arrêtés de caisse", "lock_clock", "billing", "tillclosing"),
            ("Bordereaux de remise", "account_balance", "billing", "depositslip"),
            ("Impayés", "hourglass_disabled", "billing", "paymentreminder", "unpaid"),
            ("Lots pour le Trésor", "outbox", "billing", "treasurybatch"),
            ("Paiements", "payments", "billing", "payment"),
            ("Prélèvements", "account_balance", "billing", "debitbatch"),
            ("Mandats de prélèvement", "draw", "billing", "sepamandate"),
            ("Tentatives de paiement", "credit_card", "billing", "paymentattempt"),
            ("Messages de la banque", "sync_alt", "billing", "payzenmessage"),
            ("Échéances", "event_repeat", "billing", "instalment"),
            ("Fichiers du jour de PayZen", "compare_arrows", "billing", "dailyfile"),
            ("Anomalies", "report", "billing", "anomaly"),
            ("Contrôle des comptes", "balance", "billing", "reconciliationrun", "last"),
        ),
    ),
    (
        "Données personnelles",
        (
            ("Exports demandés", "folder_zip", "families", "dataexport"),
            ("Effacements", "person_off", "families", "erasure"),
            ("Purges", "auto_delete", "families", "retentionrun"),
            ("Journal des modifications", "history", "auditlog", "logentry"),
        ),
    ),
    (
        "Site public",
        (
            ("Actualités", "newspaper", "portal", "news"),
            ("Conditions d’utilisation", "contract", "portal", "termsversion"),
            ("Audits d’accessibilité", "accessibility_new", "portal", "accessibilityaudit"),
            ("Homologation RGS", "verified_user", "portal", "securityattestation"),
        ),
    ),
    (
        "Référentiel",
        (
            ("Écoles", "school", "families", "school"),
            ("Règlements intérieurs", "gavel", "documents", "regulation"),
            ("Types de pièce", "folder_open", "documents", "documentkind"),
            ("Suppressions de pièces", "auto_delete", "documents", "purgereport"),
            ("Courriels envoyés", "mail", "post_office", "email"),
            ("Comptes", "manage_accounts", "accounts", "user"),
            ("Rôles", "badge", "auth", "group"),
        ),
    ),
)


def _item(label: str, icon: str, application: str, model: str, page: str = "changelist") -> dict[str, Any]:
    def may_see(request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"{application}.view_{model}"))

    link = reverse_lazy(f"admin:{application}_{model}_{page}")
    return {"title": label, "icon": icon, "link": link, "permission": may_see}


def _mark(request: HttpRequest) -> str:
    return static("portal/img/mark.svg")


def _idle_script(request: HttpRequest) -> str:
    return static("portal/js/idle.js")


UNFOLD = {
    "SITE_TITLE": "Espace Famille – Castres",
    "SITE_HEADER": "Espace Famille",
    "SITE_SUBHEADER": "Ville de Castres",
    "SITE_URL": "/",
    "SITE_ICON": _mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "STYLES": [lambda request: static("portal/admin.css")],
    "SCRIPTS": [_idle_script],
    "COLORS": COLORS,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "castres_portal.desk.show_desk",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {"title": title, "separator": True, "items": [_item(*entry) for entry in entries]}
            for title, entries in MENU
        ],
    },
}
