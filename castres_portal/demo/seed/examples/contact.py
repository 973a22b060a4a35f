"""Messages to the service: one without an account that waits, one of a family that was answered. All fictional."""

from datetime import date, time, timedelta
from uuid import UUID

from accounts.models import User
from castres_portal.demo.accounts import AGENT, DURAND
from castres_portal.demo.seed.agenda import at_hour
from castres_portal.services.contact import send_message
from families.models import Guardian
from families.services.requests import accept_request, take_in_charge

FIRST, SECOND = UUID("6f0d3a52-6b0e-4f3c-9d0f-0c5a5b8e1a01"), UUID("6f0d3a52-6b0e-4f3c-9d0f-0c5a5b8e1a02")


def add_messages(today: date) -> None:
    """Send both messages in the days before ``today``; the agent answers the family's."""
    agent = User.objects.get(email=AGENT.email)
    durand = Guardian.objects.select_related("family", "user").get(user__email=DURAND.email)
    asked = send_message(
        subject="facture",
        body="Bonjour, puis-je payer ma facture en deux fois ? Merci.",
        submission=FIRST,
        at=at_hour(today - timedelta(days=6), time(20, 12)),
        guardian=durand,
        user=durand.user,
    )
    take_in_charge(request=asked, by=agent, at=at_hour(today - timedelta(days=5), time(9, 5)))
    accept_request(
        request=asked,
        by=agent,
        words="Oui : passez au guichet avec votre facture, le régisseur vous dira les échéances possibles.",
        at=at_hour(today - timedelta(days=5), time(9, 40)),
    )
    send_message(
        subject="inscription",
        body="Nous arrivons à Castres en janvier avec deux enfants. Quels papiers faut-il pour les inscrire à la cantine ?",
        submission=SECOND,
        at=at_hour(today - timedelta(days=1), time(18, 31)),
        name="Nadège Exemple",
        email="nadege@demo.example.org",
    )
