"""Whom the règlement of an activity concerns: who has a child enrolled there, today or later."""

from datetime import date

import pytest

from documents.concerned import households_of, uses_of
from families.tests.factories import NOON, ChildFactory, FamilyFactory
from reservations.tests.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def test_an_enrolment_makes_the_reglement_concern_the_household():
    family = FamilyFactory()
    first = EnrolmentFactory(child=ChildFactory(first_name="Léa", at_home=family), family=family)
    EnrolmentFactory(
        child=ChildFactory(first_name="Tom", birth_date=date(2020, 1, 1), at_home=family),
        family=family,
        activity=first.activity,
    )
    regulation = first.activity.regulation_id
    assert uses_of(family, TODAY) == {regulation: [f"{first.activity.name} (Léa, Tom)"]}
    assert list(households_of(regulation, TODAY)) == [family]


def test_an_enrolment_that_is_over_concerns_nobody():
    enrolment = EnrolmentFactory()
    after = date(2028, 9, 1)
    assert uses_of(enrolment.family, after) == {}
    assert not households_of(enrolment.activity.regulation_id, after).exists()
