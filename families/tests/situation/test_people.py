"""Who may collect, and whom to call."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from castres_portal.base.errors import Refusal
from families.models import AuthorisedAdult, FamilyContact
from families.queries.situation import adults_of
from families.services.situation import people
from families.tests.factories import NOON
from families.tests.situation.conftest import TODAY

pytestmark = pytest.mark.django_db


def add(home, submission=None, **more):
    answers = {"first_name": "Odile", "last_name": "Roques", "phone": "06 39 98 00 03", "link": "grand-mère"} | more
    return people.add_authorised_adult(
        family=home.family, guardian=home.guardian, children=[home.child], starts_on=TODAY, ends_on=None,
        submission=submission or uuid4(), at=NOON, **answers,
    )  # fmt: skip


def test_somebody_is_allowed_at_once_and_taken_off_at_once_with_a_trace(martin):
    adult = add(martin)
    assert list(adults_of(martin.family, today=TODAY)) == [adult]
    people.remove_authorised_adult(adult=adult, guardian=martin.guardian, at=NOON)
    assert list(adults_of(martin.family, today=TODAY)) == []
    adult.refresh_from_db()
    assert (adult.removed_at, adult.removed_by) == (NOON, martin.guardian)


def test_a_double_click_allows_once_and_the_same_person_is_not_listed_twice(martin):
    submission = uuid4()
    assert add(martin, submission) == add(martin, submission)
    with pytest.raises(Refusal, match="déjà dans votre liste"):
        add(martin, first_name="ODÍLE")


def test_who_is_forbidden_cannot_be_allowed(martin):
    adult = AuthorisedAdult.objects.create(
        family=martin.family, right="interdit", first_name="Odile", last_name="Roques", starts_on=TODAY, added_at=NOON
    )
    adult.children.add(martin.child)
    with pytest.raises(Refusal, match="interdiction"):
        add(martin)
    with pytest.raises(Refusal, match="Espace Famille"):
        people.remove_authorised_adult(adult=adult, guardian=martin.guardian, at=NOON)


def test_the_other_household_has_its_own_list(parted):
    mother, father = parted
    add(mother)
    assert list(adults_of(father.family, today=TODAY)) == []
    add(father)


def test_a_right_that_is_over_is_not_shown(martin):
    adult = add(martin)
    AuthorisedAdult.objects.filter(pk=adult.pk).update(ends_on=TODAY)
    assert list(adults_of(martin.family, today=TODAY)) == [adult]
    assert list(adults_of(martin.family, today=TODAY + timedelta(days=1))) == []


@pytest.mark.parametrize("wrong", [{"ends_on": date(2026, 1, 1)}, {"phone": ""}])
def test_the_database_refuses_what_makes_no_sense(martin, wrong):
    adult = add(martin)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuthorisedAdult.objects.filter(pk=adult.pk).update(**wrong)


def contact(home, name, row=None):
    return people.save_contact(
        family=home.family, contact=row, first_name=name, last_name="Roques", phone="06 39 98 00 03", link="",
        child=None, submission=uuid4(),
    )  # fmt: skip


def order(home):
    return [(row.position, row.first_name) for row in FamilyContact.objects.filter(family=home.family)]


def test_people_to_call_keep_their_order(martin):
    odile, ana, luc = (contact(martin, name) for name in ("Odile", "Ana", "Luc"))
    people.raise_contact(contact=luc)
    assert order(martin) == [(1, "Odile"), (2, "Luc"), (3, "Ana")]
    people.raise_contact(contact=odile)
    people.remove_contact(contact=odile)
    assert order(martin) == [(1, "Luc"), (2, "Ana")]
    contact(martin, "Anna", row=ana)
    assert order(martin) == [(1, "Luc"), (2, "Anna")]


def test_a_list_of_ten_is_long_enough(martin):
    for number in range(10):
        contact(martin, f"Ami {number}")
    with pytest.raises(Refusal, match="10 personnes"):
        contact(martin, "Onzième")
