"""The visit in nine steps that the demonstration suggests, with the addresses and the words to type."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from castres_portal.demo.accounts import AGENT, BERNARD, DURAND, MARTIN, REGISSEUR, OpenCode
from castres_portal.demo.seed.agenda import BILLING_DAY


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
            f"Elle passe le {BILLING_DAY} à 6 h. À la main : l’action de l’administration ({REGISSEUR.email}), ou "
            f"« tools/demo-manage issue_invoices {last:%Y-%m} ». Lancée deux fois, elle ne fait rien de plus.",
            reverse("admin:index"),
            "Administration",
        ),
        Step(
            "Le paiement",
            "Avec Martin, payez la facture ouverte. La banque de test sait accepter, refuser, se taire ou répéter.",
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
