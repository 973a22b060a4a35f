"""The visits that the demonstration suggests: the main job in nine steps, then the rest of the space, both sides of each."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from castres_portal.demo.accounts import AGENT, ANIMATEUR, BERNARD, COOK, DURAND, MARTIN, PETIT, REGISSEUR, OpenCode


@dataclass(frozen=True)
class Step:
    """One step: what to do, as whom, where."""

    title: str
    text: str
    url: str
    link: str


def tour_steps(codes: list[OpenCode], *, today: date) -> list[Step]:
    """Return the nine steps of the main job; ``codes`` are those that nobody has used."""
    code = f"Le code {codes[0].code} et la date de naissance {codes[0].birth_date}" if codes else "Un code d’activation"
    last = (today.replace(day=1) - date.resolution).replace(day=1)
    return [
        Step(
            "L’agent ouvre un dossier",
            f"Connectez-vous avec {AGENT.email} : créez une famille, ses responsables et ses enfants, puis demandez un "
            "code d’activation, en lettre à imprimer ou par courriel.",
            reverse("admin:index"),
            "Administration",
        ),
        Step(
            "Le parent active son espace",
            f"{code} ouvrent l’espace d’une famille qui n’en a pas encore. Choisissez n’importe quelle adresse : le lien de "
            "confirmation arrive dans la boîte de la démonstration.",
            reverse("families:activate"),
            "Activer mon espace",
        ),
        Step(
            "Le tableau de bord",
            f"Connectez-vous avec {MARTIN.email} : réservations, factures et dernières demandes.",
            reverse("dashboard"),
            "Mon accueil",
        ),
        Step(
            "L’inscription",
            f"Avec {DURAND.email}, inscrivez Zoé à la restauration scolaire et acceptez le règlement intérieur.",
            reverse("reservations:enrol"),
            "Inscription périscolaire",
        ),
        Step(
            "Le calendrier",
            "Avec Martin, cochez et décochez des jours de Léa, appliquez-les aussi à Tom, validez. Certains vendredis, le "
            f"restaurant du Centre est complet. Avec {BERNARD.email}, une semaine sur deux est celle de l’autre parent.",
            reverse("reservations:index"),
            "Gérer les réservations",
        ),
        Step(
            "La facturation du mois",
            f"Avec {REGISSEUR.email}, « Préparer un mois » montre l’aperçu : montants, écarts, foyers à regarder. Validé, les "
            f"factures s’émettent. D’un coup : « tools/demo-manage issue_invoices {last:%Y-%m} --issue ».",
            reverse("admin:billing_billingrun_changelist"),
            "Facturations mensuelles",
        ),
        Step(
            "Le paiement",
            "Avec Martin, cochez ses factures et payez-les d’un coup, par PayZen ou par PayFiP. Les deux banques fictives savent "
            "accepter, refuser, se taire ou répéter.",
            reverse("billing:invoices"),
            "Mes factures",
        ),
        Step(
            "Les courriels",
            "Accusés de réception, facture prête, justificatif de paiement : tout ce que le portail a envoyé.",
            reverse("demo:mails"),
            "Courriels envoyés",
        ),
        Step(
            "L’agent vérifie",
            "Réservation, facture, paiement et courriel se lisent dans l’administration ; ce qui est émis ne s’y modifie pas.",
            reverse("admin:index"),
            "Administration",
        ),
    ]


def money_steps() -> list[Step]:
    """Return the visit of the money: what is billed, what is paid, what the régisseur does."""
    return [
        Step(
            "Comprendre et contester une facture",
            f"Avec {MARTIN.email}, ouvrez les jours d’une prestation : chacun dit qui l’a réservé, le quotient, la tranche, la "
            f"délibération, et se conteste. Avec {PETIT.email}, une contestation attend sa réponse.",
            reverse("billing:invoices"),
            "Mes factures",
        ),
        Step(
            "Les tarifs",
            f"Simulez une année sans compte. Avec {REGISSEUR.email}, chaque tarif dit ses règles et ce que paient les familles "
            "types ; celui d’une facture émise ne change plus, un nouveau vote lui succède.",
            reverse("reservations:simulation"),
            "Simulation des tarifs",
        ),
        Step(
            "La facture en ligne et le courrier",
            f"Avec {MARTIN.email}, quittez la facture en ligne ou revenez-y. Avec {REGISSEUR.email}, « Factures à imprimer » : "
            "les autres sortent en un PDF, dans l’ordre de la tournée.",
            reverse("admin:billing_printbatch_changelist"),
            "Factures à imprimer",
        ),
        Step(
            "Quand d’autres paient",
            f"Avec {DURAND.email}, le CCAS paie la moitié de la cantine ; avec {PETIT.email}, le père en paie une part, et "
            f"{BERNARD.email} lit sa propre facture. Avec {REGISSEUR.email}, « Prises en charge », puis encaissez le virement du "
            "CCAS à la caisse.",
            reverse("admin:billing_coverage_changelist"),
            "Prises en charge",
        ),
        Step(
            "L’aperçu et les avoirs",
            f"Avec {REGISSEUR.email}, un aperçu attend d’être validé, et un avoir d’être confirmé. Avec {MARTIN.email}, lisez "
            "celui qui l’est déjà : ce qu’il rend, et de quelle facture il est déduit.",
            reverse("admin:billing_creditnote_changelist"),
            "Avoirs",
        ),
        Step(
            "Ce que la banque reprend, ce qui est payé en trop",
            f"Avec {REGISSEUR.email}, « Paiements » : un paiement contesté a rouvert une facture. Avec {MARTIN.email}, payez "
            "deux fois la même facture, dans deux onglets : le trop-perçu se déduit de la suivante, ou se rembourse.",
            reverse("admin:billing_payment_credits"),
            "Trop-perçus",
        ),
        Step(
            "Le prélèvement",
            f"Avec {BERNARD.email}, lisez le mandat et le prélèvement annoncé. Avec {REGISSEUR.email}, « Prélèvements » : "
            "préparez le fichier de la banque, puis reprenez un rejet.",
            reverse("admin:billing_debitbatch_changelist"),
            "Prélèvements",
        ),
        Step(
            "La caisse de la régie",
            f"Avec {REGISSEUR.email} : cherchez Durand, encaissez un chèque ou des espèces sur plusieurs factures, imprimez la "
            "quittance, annulez-la avec son motif ; arrêtez la caisse, remettez les chèques ; « Impayés » prépare un lot pour le "
            "Trésor.",
            reverse("admin:billing_tillentry_home"),
            "La caisse",
        ),
        Step(
            "Le tableau de bord de la régie",
            f"Avec {REGISSEUR.email} : facturé, réglé et reste dû par mois et selon le retard, moyens de paiement, délai, plus "
            "grosses dettes, sur douze mois ou une année scolaire.",
            reverse("admin:billing_invoice_board"),
            "Tableau de bord de la régie",
        ),
        Step(
            "Payer en plusieurs fois",
            f"Avec {MARTIN.email} : une facture d’au moins 30 € se paie aussi en 3 fois ; lisez l’échéancier, choisissez-le. Sur "
            "la page du paiement, à la banque de test, « Passer à l’échéance suivante » ou « La faire refuser ».",
            reverse("billing:invoices"),
            "Mes factures",
        ),
        Step(
            "Le fichier du jour de PayZen",
            f"Avec {REGISSEUR.email} : ouvrez la comparaison de la semaine, puis téléchargez le journal d’un autre jour à la "
            "banque de test et déposez-le. Chaque ligne est à côté du registre ; les sommes et les versements par jour suivent.",
            reverse("admin:billing_dailyfile_changelist"),
            "Fichiers du jour de PayZen",
        ),
        Step(
            "Le contrôle des comptes",
            f"Avec {REGISSEUR.email} : chaque nuit, le portail recompte à partir des réservations et des messages de la banque, "
            "sans rien modifier. Tout concorde, ou chaque écart dit ce qui était attendu et ce qui est trouvé.",
            reverse("admin:billing_reconciliationrun_last"),
            "Contrôle des comptes",
        ),
    ]


def space_steps() -> list[Step]:
    """Return the visit of the private space and of the public one: what the parent does, what the agent sees."""
    return [
        Step(
            "Les démarches",
            f"Avec {MARTIN.email}, répondez à la question de l’agent, joignez un papier. Avec {AGENT.email}, « Demandes » : le "
            "retard d’abord ; prenez en charge, questionnez, acceptez ou refusez, et le dossier change.",
            reverse("families:requests"),
            "Mes dernières demandes",
        ),
        Step(
            "La situation familiale et la garde",
            f"Avec {PETIT.email} puis {BERNARD.email}, proposez un échange de jours et répondez-y. Signalez une naissance, un "
            "déménagement, une séparation : l’agent voit avant et après.",
            reverse("families:household"),
            "Situation familiale",
        ),
        Step(
            "Les pièces justificatives",
            "Déposez un PDF ou une photo ; essayez un fichier abîmé. L’agent l’examine dans « Pièces à examiner ».",
            reverse("documents:pieces"),
            "Pièces justificatives",
        ),
        Step(
            "La fiche sanitaire, et qui l’a lue",
            "Remplissez une fiche. Ouvrez-la comme agent, depuis l’enfant : « Qui a consulté le dossier » le dit à la famille.",
            reverse("families:health_sheets"),
            "Fiches sanitaires",
        ),
        Step(
            "Le quotient familial",
            "Déclarez-le avec une attestation, ou récupérez-le auprès de la CAF fictive, qui sait aussi échouer.",
            reverse("families:quotient"),
            "Quotient familial",
        ),
        Step(
            "Les documents délivrés",
            "Demandez une attestation : son code QR mène à la page publique qui la reconnaît.",
            reverse("documents:editions"),
            "Édition de documents",
        ),
        Step(
            "La petite enfance",
            "Prenez un rendez-vous, déplacez-le, annulez-le. L’agent ouvre des créneaux et tient l’agenda de la semaine.",
            reverse("reservations:early_childhood"),
            "Petite enfance",
        ),
        Step(
            "La semaine type et les rappels",
            f"Avec {MARTIN.email}, réservez une année en quelques touches : l’aperçu dit ce que devient chaque jour. Un rappel "
            f"attend dans la boîte de {DURAND.email} : son lien réserve les jours habituels, une seule fois.",
            reverse("reservations:week_pattern"),
            "Semaine type",
        ),
        Step(
            "Mon agenda",
            f"Avec {MARTIN.email} : quand son agenda a été lu. Remplacez le lien, ouvrez-le dans un agenda : jours réservés, "
            "dates limites, ouvertures des vacances, sans le nom d’un enfant. Coupez-le : il ne répond plus.",
            reverse("reservations:agenda"),
            "Mon agenda",
        ),
        Step(
            "Les inscriptions",
            f"Avec {DURAND.email}, inscrivez un enfant à plusieurs services d’un coup ; mettez fin à une inscription. Avec "
            f"{AGENT.email}, acceptez la garderie du matin, changez un enfant de centre, reportez l’année.",
            reverse("reservations:enrol"),
            "Inscriptions",
        ),
        Step(
            "Les absences et les tarifs",
            "Annoncez une absence : la page dit ce qu’en fera la facture. Simulez le prix d’un mois, connecté ou non.",
            reverse("reservations:absences"),
            "Justifier une absence",
        ),
        Step(
            "La cuisine et les menus",
            f"Avec {COOK.email} : les repas du jour par école et par régime, sans un nom ; la commande figée et ses écarts ; les "
            "adultes et pique-niques ; les menus de la semaine, que tout le monde lit sur « Menus ».",
            reverse("admin:reservations_kitchenorder_day"),
            "Repas du jour",
        ),
        Step(
            "Les vacances",
            f"Avec {MARTIN.email} : une période attribuée (et pourquoi), une à réserver, une où faire des vœux, une pas "
            f"encore ouverte. Avec {AGENT.email}, « Périodes de vacances » montre l’attribution avant de la valider.",
            reverse("reservations:holidays"),
            "Vacances",
        ),
        Step(
            "Le pointage",
            f"Avec {ANIMATEUR.email}, ouvrez la feuille du jour, touchez « Présent », coupez le réseau, continuez, rechargez, "
            "rétablissez-le. La famille lit les présences, et qui a lu les allergies.",
            reverse("reservations:attendance_days"),
            "Pointage",
        ),
        Step(
            "Les jours complets et les jours rendus",
            f"Avec {MARTIN.email}, acceptez la place proposée à Léa ou voyez votre rang ; rendez un mercredi trop tard pour "
            f"l’annuler. Avec {AGENT.email}, « Listes d’attente » : l’ordre d’un jour, un rang changé avec son motif.",
            reverse("reservations:waiting"),
            "Liste d’attente",
        ),
        Step(
            "Le remplissage",
            f"Avec {AGENT.email}\u00a0: chaque lieu, jour par jour, ce qui reste et qui attend\u00a0; un mercredi où des places "
            "ont été ajoutées, et pourquoi. «\u00a0Changer des places\u00a0» montre ce que devient chaque jour avant de valider.",
            reverse("admin:reservations_siteday_filling"),
            "Remplissage",
        ),
        Step(
            "Les grèves et les sorties",
            f"Avec {PETIT.email}, une grève à venir et son reçu ; avec {DURAND.email}, une sortie de classe et une fermeture "
            f"annulée. Avec {AGENT.email}, fermez un service : l’aperçu compte les familles touchées avant de décider.",
            reverse("admin:reservations_closure_changelist"),
            "Fermetures et sorties",
        ),
        Step(
            "Le compte",
            "Clé d’accès, second facteur, appareils connectés, FranceConnect fictif ; deux parents aux droits limités sont "
            "plus haut.",
            reverse("accounts:home"),
            "Mon compte",
        ),
        Step(
            "Les données personnelles",
            "Demandez une copie de vos données, ou leur effacement : l’agent lit ce que la loi oblige à garder.",
            reverse("families:my_data"),
            "Mes données",
        ),
        Step(
            "L’espace public",
            "Actualités, démarches, services, écoles, contact sans compte, déclaration d’accessibilité : tout se lit sans se "
            "connecter, et s’écrit dans l’administration.",
            reverse("home"),
            "Accueil public",
        ),
    ]
