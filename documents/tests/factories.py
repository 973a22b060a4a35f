"""Règlements for tests."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from documents.models import Regulation, RegulationAcceptance, RegulationVersion
from families.tests.factories import NOON, GuardianFactory


class RegulationFactory(DjangoModelFactory):
    """A règlement without text yet."""

    class Meta:
        model = Regulation

    slug = factory.Sequence(lambda n: f"reglement-{n}")
    title = "Règlement de la restauration scolaire"


class RegulationVersionFactory(DjangoModelFactory):
    """The version in force since the summer of 2025."""

    class Meta:
        model = RegulationVersion
        django_get_or_create = ("regulation", "number")

    regulation = factory.SubFactory(RegulationFactory)
    number = 1
    in_force_on = date(2025, 7, 1)
    body = "# Article 1\nLa cantine ouvre à midi.\n\n# Article 2\nOn y mange."


class RegulationAcceptanceFactory(DjangoModelFactory):
    """A version that a guardian accepted."""

    class Meta:
        model = RegulationAcceptance

    version = factory.SubFactory(RegulationVersionFactory)
    guardian = factory.SubFactory(GuardianFactory)
    family = factory.SelfAttribute("guardian.family")
    accepted_at = NOON
