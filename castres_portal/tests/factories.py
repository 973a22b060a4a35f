"""What belongs to the site, for tests."""

from datetime import date, timedelta
from uuid import uuid4

import factory
from django.test import Client
from django.urls import reverse
from factory.django import DjangoModelFactory

from accounts.tests.factories import PASSWORD
from castres_portal.models import AccessibilityAudit, News
from castres_portal.services.contact import send_message
from families.models import FamilyRequest
from families.tests.factories import NOON

TODAY = NOON.date()


class NewsFactory(DjangoModelFactory):
    """A piece of news shown since yesterday; ``over``, ``to_come``, ``pinned`` and ``important`` say otherwise."""

    class Meta:
        model = News

    class Params:
        over = factory.Trait(starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1))
        to_come = factory.Trait(starts_on=TODAY + timedelta(days=1))
        pinned = factory.Trait(is_pinned=True)
        important = factory.Trait(is_important=True)

    title = factory.Sequence(lambda n: f"Nouvelle {n}")
    slug = factory.Sequence(lambda n: f"nouvelle-{n}")
    summary = "En deux mots."
    body = "# Titre\nUn paragraphe."
    starts_on = TODAY - timedelta(days=1)


class AuditFactory(DjangoModelFactory):
    """An audit of this spring: 40 criteria met of 50."""

    class Meta:
        model = AccessibilityAudit

    audited_on = date(2026, 3, 10)
    auditor = "Cabinet d’essai"
    criteria_applicable = 50
    criteria_met = 40


def a_message(**fields: object) -> FamilyRequest:
    """Send a message to the service, as somebody without an account unless told otherwise."""
    who = {} if "guardian" in fields else {"name": "Nadège Exemple", "email": "nadege@example.org"}
    given = {"subject": "facture", "body": "Bonjour ?", "submission": uuid4(), "at": NOON, **who, **fields}
    return send_message(**given)  # type: ignore[arg-type]


def says_password_again(client: Client) -> None:
    """Have a signed-in visitor give her password again: pages that ask for it let her in."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
