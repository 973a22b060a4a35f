"""Attaching one more household, and choosing the one to look at."""

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from families.services.activation import REFUSED
from families.tests.factories import ActivationCodeFactory, FamilyFactory, GuardianFactory

pytestmark = pytest.mark.django_db
ATTACH, CHOOSE, DASHBOARD = reverse("families:attach"), reverse("families:choose"), reverse("dashboard")
GOOD = {"code": "ACDEF-GHJKM", "birth_date": "07/05/2018"}


@pytest.fixture
def claire(client, martins):
    """Claire, signed in, at home with the Martins."""
    user = UserFactory(email="claire@example.org")
    martins.guardian.user = user
    martins.guardian.save()
    client.force_login(user)
    return user


def test_a_second_household_is_attached_and_shown(client, claire, durands):
    ActivationCodeFactory(guardian=durands.guardian)
    response = client.post(ATTACH, {"code": "acdefghjkm", "birth_date": "03/02/2019"})
    assert response.headers["Location"] == DASHBOARD
    page = client.get(ATTACH)
    assert page.wsgi_request.family == durands.family
    assert str(durands.family) in page.content.decode()
    assert str(page.wsgi_request.families[0]) in page.content.decode()


def test_a_refusal_keeps_what_was_typed(client, claire, durands):
    ActivationCodeFactory(guardian=durands.guardian)
    page = client.post(ATTACH, GOOD)
    assert page.context["form"].non_field_errors() == [REFUSED]
    assert 'value="ACDEF-GHJKM"' in page.content.decode()


def test_guessing_while_signed_in_is_slowed_down_too(client, claire):
    for _ in range(10):
        client.post(ATTACH, GOOD)
    assert client.post(ATTACH, GOOD).status_code == 429


def test_a_code_of_one_s_own_household_is_said_to_be_useless(client, claire, martins):
    ActivationCodeFactory(guardian=GuardianFactory(family=martins.family, other_parent=True))
    page = client.post(ATTACH, GOOD)
    assert "déjà rattaché" in str(page.context["form"].non_field_errors())


def test_an_account_without_a_household_is_invited_to_attach_one(client):
    client.force_login(UserFactory())
    assert "Aucun dossier n’est encore rattaché" in client.get(ATTACH).content.decode()
    assert client.get(reverse("families:requests")).headers["Location"] == ATTACH


def choose(client, family, **more):
    return client.post(CHOOSE, {"family": family.pk, **more})


def test_the_household_chosen_stays_chosen(client, claire, durands):
    durands.guardian.user = claire
    durands.guardian.save()
    assert client.get(ATTACH).wsgi_request.family.name == "Martin"
    choose(client, durands.family)
    assert client.get(ATTACH).wsgi_request.family == durands.family


def test_another_s_household_does_not_exist(client, claire):
    assert choose(client, FamilyFactory()).status_code == 404
    assert client.post(CHOOSE, {"family": "abc"}).status_code == 404
    assert client.post(CHOOSE).status_code == 404


@pytest.mark.parametrize(
    ("target", "landing"),
    [
        ("/demandes/?page=2", "/demandes/?page=2"),
        ("/demandes/D2026-000001/", DASHBOARD),  # a page of the household that she leaves
        ("https://ailleurs.example.org/", DASHBOARD),
        ("//ailleurs.example.org/", DASHBOARD),
        ("/nulle-part/", DASHBOARD),
        ("", DASHBOARD),
    ],
)
def test_choosing_goes_back_to_a_page_that_means_something_in_any_household(client, claire, martins, target, landing):
    assert choose(client, martins.family, next=target).headers["Location"] == landing


def test_choosing_is_a_deed_not_a_link(client, claire):
    assert client.get(CHOOSE).status_code == 405
