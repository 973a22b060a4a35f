"""Families for tests, in sentences: ``GuardianFactory(family=martin, with_space=True)``."""

from datetime import date, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.models import (
    ActivationCode,
    Child,
    Custody,
    CustodyException,
    Family,
    FamilyRequest,
    Guardian,
    HealthRecord,
    QuotientRecord,
    School,
    SchoolLevel,
)
from families.rules import codes

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


class SchoolFactory(DjangoModelFactory):
    """A public school with a canteen."""

    class Meta:
        model = School

    class Params:
        without_canteen = factory.Trait(has_canteen=False)

    uai = factory.Sequence(lambda n: f"081{n:04d}X")
    name = factory.Sequence(lambda n: f"École {n}")
    kind = School.Kind.PRIMARY
    street = "1 place de la République"
    postcode = "81100"


class FamilyFactory(DjangoModelFactory):
    """A household without anybody yet."""

    class Meta:
        model = Family

    number = factory.Sequence(lambda n: f"F{n + 1:06d}")
    name = "Martin"
    street = "12 rue des Tanneurs"
    postcode = "81100"
    city = "Castres"


class GuardianFactory(DjangoModelFactory):
    """A guardian who pays, without a space yet."""

    class Meta:
        model = Guardian

    class Params:
        with_space = factory.Trait(
            user=factory.SubFactory(
                UserFactory,
                title=factory.SelfAttribute("..title"),
                first_name=factory.SelfAttribute("..first_name"),
                last_name=factory.SelfAttribute("..last_name"),
            ),
            email=factory.SelfAttribute("user.email"),
            attached_at=NOON - timedelta(days=90),
        )
        other_parent = factory.Trait(pays=False, title="Monsieur", first_name="Paul")

    family = factory.SubFactory(FamilyFactory)
    title = "Madame"
    first_name = "Claire"
    last_name = "Martin"
    pays = True


class ChildFactory(DjangoModelFactory):
    """A child at school; ``at_home=family`` makes her live there all the time."""

    class Meta:
        model = Child
        skip_postgeneration_save = True

    first_name = factory.Sequence(lambda n: f"Léa{n}")
    last_name = "Martin"
    birth_date = date(2018, 5, 7)
    school = factory.SubFactory(SchoolFactory)
    level = SchoolLevel.CE2

    @factory.post_generation
    def at_home(self, create: bool, extracted: Family | None, **kwargs: Any) -> None:
        """The household where she lives all the time, since her birth."""
        if create and extracted:
            CustodyFactory(child=self, family=extracted, **kwargs)


class CustodyFactory(DjangoModelFactory):
    """A child all the time in a household; ``odd``, ``even`` or ``from_monday`` share her with another."""

    class Meta:
        model = Custody

    class Params:
        odd_weeks = factory.Trait(rhythm=Custody.Rhythm.ODD)
        even_weeks = factory.Trait(rhythm=Custody.Rhythm.EVEN)
        every_other_week = factory.Trait(rhythm=Custody.Rhythm.ALTERNATE, first_monday=date(2026, 8, 31))

    child = factory.SubFactory(ChildFactory)
    family = factory.SubFactory(FamilyFactory)
    starts_on = date(2020, 1, 1)


class CustodyExceptionFactory(DjangoModelFactory):
    """A week that two households exchanged."""

    class Meta:
        model = CustodyException

    child = factory.SubFactory(ChildFactory)
    family = factory.SubFactory(FamilyFactory)
    starts_on = date(2026, 11, 23)
    ends_on = date(2026, 11, 29)


class QuotientRecordFactory(DjangoModelFactory):
    """A quotient that holds since the first of September, without end."""

    class Meta:
        model = QuotientRecord

    family = factory.SubFactory(FamilyFactory)
    value = 612
    month = date(2026, 9, 1)
    source = QuotientRecord.Source.CAF
    starts_on = date(2026, 9, 1)


class ActivationCodeFactory(DjangoModelFactory):
    """A code made a moment before NOON; ``clear="ACDEFGHJKM"`` chooses its text."""

    class Meta:
        model = ActivationCode

    class Params:
        clear = "ACDEFGHJKM"
        expired = factory.Trait(expires_at=NOON - timedelta(minutes=1))
        revoked = factory.Trait(revoked_at=NOON - timedelta(minutes=1), revoked_reason="Révoqué")
        used = factory.Trait(used_at=NOON - timedelta(minutes=1))

    guardian = factory.SubFactory(GuardianFactory)
    channel = ActivationCode.Channel.LETTER
    created_at = NOON - timedelta(minutes=1)
    expires_at = NOON + timedelta(days=60)

    @factory.lazy_attribute
    def digest(self) -> str:
        """The keyed digest of the clear text."""
        from django.conf import settings

        return codes.digest(self.clear, settings.CODE_KEY)  # type: ignore[attr-defined]


class FamilyRequestFactory(DjangoModelFactory):
    """A request that was answered at once."""

    class Meta:
        model = FamilyRequest

    family = factory.SubFactory(FamilyFactory)
    # A year that no test takes numbers in: record_request() gives those of its own.
    number = factory.Sequence(lambda n: f"D2019-{n + 1:06d}")
    kind = "essai"
    summary = "Réservations de décembre 2026"
    status = FamilyRequest.Status.DONE
    received_at = NOON
    decided_at = NOON
    service = "Espace Famille"


class HealthRecordFactory(DjangoModelFactory):
    """A sheet that her mother filled in this autumn; ``told={"drug": "pénicilline"}`` says what it holds."""

    class Meta:
        model = HealthRecord

    class Params:
        told: dict[str, Any] = {}
        before_the_spring = factory.Trait(confirmed_at=datetime(2026, 3, 2, 9, 0, tzinfo=PARIS))

    child = factory.SubFactory(ChildFactory)
    content = factory.SelfAttribute("told")
    version = 1
    changed_at = NOON - timedelta(days=60)
    confirmed_at = NOON - timedelta(days=60)
