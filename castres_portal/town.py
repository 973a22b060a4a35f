"""Facts of the town and settings that its council decides; no Django here, the settings read it.

What Castres has not published carries ``demonstration`` and is to be replaced before opening.
"""

from datetime import time
from decimal import Decimal
from typing import Any, TypedDict

TOWN = {
    "name": "Castres",
    "portal": "Espace Citoyens",
    "service": "Espace Famille",
    "building": "Maison des services publics",
    "street": "110 boulevard Maréchal Joffre",
    "postcode": "81100",
    "phones": ["05 63 62 43 44", "05 63 62 40 06", "05 63 62 40 07"],
    "email": "espace-famille@ville-castres.fr",
    "website": "https://www.ville-castres.fr",
    "opening_hours": "du lundi au vendredi, 8 h 30 – 12 h et 13 h 30 – 17 h 30",
    "school_zone": "zone C, académie de Toulouse",
    "school_hours": (
        "lundi, mardi, jeudi et vendredi, 8\u00a0h\u00a030 – 11\u00a0h\u00a030 et 13\u00a0h\u00a030 – 16\u00a0h\u00a030"
    ),
    "regie": "Régie de recettes de l’Espace Famille (démonstration)",
}

# The services that answer families, named on every acknowledgement (CRPA R112-11-1). Castres publishes the first; the others
# are « démonstration ».
SERVICES: dict[str, dict[str, str]] = {
    "espace-famille": {
        "name": "Espace Famille",
        "address": "Maison des services publics, 110 boulevard Maréchal Joffre, 81100 Castres",
        "phone": "05 63 62 43 44",
        "email": "espace-famille@ville-castres.fr",
    },
    "petite-enfance": {
        "name": "Service Petite enfance (démonstration)",
        "address": "Maison des services publics, 110 boulevard Maréchal Joffre, 81100 Castres",
        "phone": "05 63 62 40 06",
        "email": "espace-famille@ville-castres.fr",
    },
}

# Démonstration: within how many days a service promises to answer, by kind of request.
PROMISED_DAYS = {"default": 15}

# Whether a new address waits for a proof of residence that an agent reads; else it is changed at once. Démonstration.
ADDRESS_NEEDS_PROOF = True

# Guide of Espace Citoyens: invoice of the 8th, card payment from the 8th at 09:30 to the last day of the month at 23:59.
PAYMENT_WINDOW = {"opens_day": 8, "opens_at": time(9, 30), "closes_at": time(23, 59)}

# Démonstration: after so many days a household's credit is to be paid back, when it owes nothing.
CREDIT_REFUND_AFTER_DAYS = 60

# Lifetime of an activation code and of the link that confirms an address.
ACTIVATION = {"code_days": 60, "wrong_birth_dates": 10, "link_hours": 72}

# Démonstration: a quotient holds so many months from the first day of the month when its proof was given; a declared one is not
# older than so many months.
QUOTIENT = {"valid_months": 12, "oldest_months": 12}

# Appointments for a place in a crèche. Castres publishes neither hour nor delay: values of the demonstration, to be decided
# before opening. A delay of N days without an hour runs until 23:59 of day − N; with an hour, until that hour of day − N.
APPOINTMENTS: dict[str, Any] = {
    "book_days": 1,
    "book_hour": time(12, 0),
    "change_days": 1,
    "change_hour": time(12, 0),
    "remind_days": 2,
    "remind_hour": time(8, 0),
    "kept_days": 365,
}

# Attendance sheets. Castres publishes nothing of them: values of the demonstration, to be decided before opening. A sheet is
# touched on its day and ``past_days`` more by animateurs, ``agent_past_days`` by agents; a touch kept by a tablet without network
# is taken ``send_days`` after it was made.
ATTENDANCE: dict[str, int] = {"past_days": 7, "agent_past_days": 60, "send_days": 31}

# Papers that families edit: how long the portal answers for them. To be decided by the town before opening (démonstration).
PAPERS: dict[str, Any] = {"kept_days": 3 * 365}

# What every invoice states. To be read again by the régisseur and the public accountant before opening.
INVOICE_WORDS = {
    "vat": "TVA non applicable (article 261, 4, 4° a du code général des impôts).",
    "appeal": (
        "Vous pouvez demander la rectification de cette facture à l’Espace Famille. Sa contestation est portée devant le "
        "tribunal administratif de Toulouse dans les deux mois qui suivent sa réception (article L1617-5 du code général "
        "des collectivités territoriales)."
    ),
    "limit": (
        "L’action en recouvrement du comptable public se prescrit par quatre ans (article L1617-5, 3° du même code)."
    ),
    "tax_credit": (
        "La part de garde peut ouvrir droit à un crédit d’impôt pour un enfant de moins de six ans au 1er janvier "
        "(article 200 quater B du code général des impôts) ; la part alimentaire, non."
    ),
}

# Démonstration: what the act that founds the régie allows and orders. ``means`` are the means that it may take, by name
# (billing.models.Payment.Means); cash above ``most_cash`` euros is refused; a cheque after the day an invoice was due is taken or
# not; ``cash_float`` is the change that stays in the drawer, ``cash_limit`` what it must not exceed (encaisse maximale); what was
# taken goes to the comptable within ``deposit_days``. CESU pay care, never food: under ``cesu_under`` years, and whatever the age
# for the activities ``cesu_around_school`` (care before and after class, code du travail L1271-1).
TILL: dict[str, Any] = {
    "act": "acte constitutif de la régie de recettes de l’Espace Famille (démonstration)",
    "means": ("carte", "cheque", "especes", "cesu", "e-cesu", "virement", "prelevement"),
    "most_cash": Decimal("300.00"),
    "cheques_after_due": True,
    "cash_float": Decimal("50.00"),
    "cash_limit": Decimal("1200.00"),
    "deposit_days": 30,
    "account": "compte de dépôt de fonds au Trésor (démonstration)",
    "cesu_under": 6,
    "cesu_around_school": ("garderie-matin", "garderie-soir", "etudes"),
}

# Démonstration: days after the due day on which a household is reminded of an unpaid invoice; days after which an invoice may be
# handed over to the Trésor, from so many euros (15 €: article D1611-1 of the code général des collectivités territoriales).
UNPAID: dict[str, Any] = {"reminder_days": (8, 30), "treasury_days": 60, "treasury_least": Decimal("15.00")}

# What agents most often answer when they refuse a paper; they may type their own words.
DOCUMENT_REFUSALS = (
    "La photo est floue ou coupée : reprenez-la bien à plat, avec toute la page.",
    "Il manque des pages.",
    "La pièce n’est plus valable : envoyez la plus récente.",
    "Ce n’est pas la pièce demandée.",
    "Le nom sur la pièce n’est pas celui attendu.",
)

# Health sheets live until the end of the school year and these days (CNIL: no longer than needed; the delay is a
# demonstration). « alone_from_age »: no child younger than that may be allowed to leave alone (demonstration).
HEALTH = {"erase_days": 60, "alone_from_age": 8}


# Yearly certification of the household's file, (month, day) of the year in which the school year begins, and how many days
# before its last day those who have not certified are reminded, once (demonstration).
class CertificationDates(TypedDict):
    """When the yearly certification opens and ends, and when the reminder leaves."""

    opens: tuple[int, int]
    due: tuple[int, int]
    reminder_days: int


CERTIFICATION: CertificationDates = {"opens": (5, 1), "due": (9, 30), "reminder_days": 30}

# What the law wants written of who publishes and hosts the portal, and who answers for personal data.
LEGAL = {
    "publisher": "Commune de Castres, collectivité territoriale",
    "publication_director": "Le maire de Castres, ou la personne qu’il désigne (démonstration : nom à compléter)",
    "host": "Hébergeur choisi par la Ville (démonstration : nom, adresse et téléphone à compléter)",
    "dpo": "Délégué à la protection des données de la Ville (démonstration : nom à compléter)",
    "dpo_email": "dpo@example.org",
    "tribunal": "tribunal administratif de Toulouse, 68 rue Raymond-IV, 31000 Toulouse",
}

# The form « Contactez la Ville »: what a message may be about, and how many days until an answer is promised.
CONTACT_SUBJECTS = {
    "inscription": "Inscription ou réservation",
    "facture": "Facture ou paiement",
    "compte": "Accès à mon espace, code d’activation",
    "dossier": "Mon dossier, mon quotient familial",
    "accessibilite": "Défaut d’accessibilité du portail",
    "autre": "Autre question",
}

# How long each category of personal data is kept (one of years, months, days). Castres has not published its own: all of
# these are « démonstration », to be confirmed with the data protection officer and the departmental archives.
RETENTION = {
    "compte": {"years": 2},
    "dossier": {"years": 2},
    "messages": {"years": 1},
    "codes": {"years": 1},
    "identites": {"months": 3},
    "droits": {"years": 6},
    "exports": {"days": 7},
    "listes": {"days": 7},
    "factures": {"years": 10},
    "journal": {"months": 12},
    "consultations": {"months": 12},
    "pointages": {"years": 2},
    "voeux": {"years": 1},
    "listes-d-attente": {"years": 1},
    "courriels": {"months": 12},
    "commandes-cuisine": {"years": 1},
    "liens-agenda": {"years": 1},
}
INACTIVITY_NOTICE_DAYS = 30
