"""« Récupérer mon quotient », as a parent lives it, its failures included."""

import logging
from datetime import date

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from families.models import FamilyRequest, QuotientClaim, QuotientRecord
from families.tests.factories import QuotientRecordFactory

pytestmark = pytest.mark.django_db

FETCH = reverse("families:quotient_fetch")
CLAIRE = {
    "birth_name": "Delmas", "first_names": "Claire Marie", "birth_date": "14/03/1988", "sex": "F", "country": "99100",
    "place": "Castres", "department": "81",
}  # fmt: skip


@pytest.fixture
def claire(client, martins):
    """Claire Martin, signed in."""
    martins.guardian.user = UserFactory(first_name="Claire", last_name="Martin")
    martins.guardian.save()
    client.force_login(martins.guardian.user)
    return martins


def text(response):
    return response.content.decode()


def test_the_quotient_comes_holds_at_once_and_the_rest_is_not_kept(client, claire, caf):
    page = client.post(FETCH, CLAIRE, follow=True)
    record = QuotientRecord.objects.get()
    assert (record.value, str(record.month), record.source) == (845, "2026-11-01", "caf")
    assert (str(record.starts_on), str(record.ends_on)) == ("2026-11-01", "2027-10-31")
    assert record.proof.startswith("API Particulier, code DE0845-MO-11 : http://127.0.0.1:")
    assert record.obtained_at is not None
    assert "Votre quotient est enregistré : 845 €" in text(page)
    asked = FamilyRequest.objects.get()
    assert (asked.kind, asked.status, asked.guardian) == ("quotient", "traitee", claire.guardian)
    kept = str([vars(row) for model in (QuotientRecord, QuotientClaim, FamilyRequest) for row in model.objects.all()])
    for unkept in ("1988", "CASTRES", "Marie", "Adresse fictive", "Delmas"):
        assert unkept not in kept
    assert "Delmas" not in str(dict(client.session))


def test_the_question_is_the_one_that_the_api_documents(client, claire, caf):
    client.post(FETCH, CLAIRE)
    asked = caf.app.asked[-1]
    assert asked["recipient"] == ["00000000000000"]
    assert asked["prenoms[]"] == ["Claire", "Marie"]
    assert asked["nomUsage"] == ["Martin"]
    assert (asked["nomCommuneNaissance"], asked["codeCogInseeDepartementNaissance"]) == (["Castres"], ["81"])


@pytest.mark.parametrize(
    "name, said",
    [
        ("Inconnu", "Ni la CAF ni la MSA ne trouvent de dossier"),
        ("Identité", "ne reconnaissent pas cette identité"),
        ("Jeton", "Le portail n’a pas accès à ce service"),
        ("Droits", "Le portail n’a pas accès à ce service"),
        ("Conflit", "met ce dossier à jour en ce moment"),
        ("Débit", "Réessayez dans 2 minutes"),
        ("Panne", "ne répondent pas pour le moment"),
        ("Lenteur", "ne répondent pas pour le moment"),
        ("Charabia", "ne répondent pas pour le moment"),
        ("Démesure", "ne répondent pas pour le moment"),
        ("Autrui", "n’est pas responsable dans ce dossier"),
    ],
)
def test_each_failure_is_a_sentence_that_keeps_what_was_typed(client, claire, caf, name, said):
    page = client.post(FETCH, {**CLAIRE, "birth_name": name})
    assert page.status_code == 200
    assert said in str(page.context["form"].non_field_errors())
    assert f'value="{name}"' in text(page)
    assert not QuotientRecord.objects.exists()
    assert not FamilyRequest.objects.exists()
    assert client.post(FETCH, CLAIRE).status_code == 302


def test_nobody_listening_is_said_too(client, claire):
    page = client.post(FETCH, CLAIRE)
    assert "ne répondent pas pour le moment" in str(page.context["form"].non_field_errors())


def test_a_wrong_token_is_said_without_being_shown(client, claire, caf, settings, caplog):
    settings.API_PARTICULIER = {**settings.API_PARTICULIER, "TOKEN": "jeton-perime"}
    page = client.post(FETCH, CLAIRE)
    assert "n’a pas accès" in text(page)
    assert "jeton-perime" not in text(page) + caplog.text


def test_another_s_identity_does_not_give_this_household_her_quotient(client, claire, caf):
    durand = {
        "birth_name": "Durand", "first_names": "Paul", "birth_date": "30/01/1985", "sex": "M", "country": "99100",
        "place": "Toulouse", "department": "31",
    }  # fmt: skip
    page = client.post(FETCH, durand)
    assert "n’est pas responsable dans ce dossier" in text(page)
    assert not QuotientRecord.objects.exists()


def test_the_one_before_ends_the_day_before(client, claire, caf):
    before = QuotientRecordFactory(family=claire.family, value=612)
    client.post(FETCH, CLAIRE)
    before.refresh_from_db()
    assert str(before.ends_on) == "2026-10-31"


def test_a_later_quotient_is_left_alone(client, claire, caf):
    later = QuotientRecordFactory(family=claire.family, starts_on=date(2027, 1, 1))
    page = client.post(FETCH, CLAIRE)
    assert "commence le 1er janvier 2027" in text(page)
    assert QuotientRecord.objects.get() == later
    assert not FamilyRequest.objects.exists()


def test_neither_identity_nor_token_reaches_the_journal(client, claire, caf, caplog, settings):
    with caplog.at_level(logging.INFO):
        for name in ("Delmas", "Inconnu", "Charabia", "Panne"):
            client.post(FETCH, {**CLAIRE, "birth_name": name})
    for secret in ("Delmas", "Inconnu", "1988", "Castres", settings.API_PARTICULIER["TOKEN"]):
        assert secret not in caplog.text


def test_trying_one_identity_after_another_slows_down(client, claire, caf):
    for _ in range(10):
        client.post(FETCH, {**CLAIRE, "birth_name": "Inconnu"})
    page = client.post(FETCH, CLAIRE)
    assert "plusieurs fois" in text(page)
    assert len(caf.app.asked) == 10


@pytest.mark.parametrize(
    "changes, field, said",
    [
        ({"birth_name": ""}, "birth_name", "Saisissez le nom de naissance"),
        ({"birth_date": "31/02/1988"}, "birth_date", "Écrivez la date comme ceci"),
        ({"birth_date": "14/03/2030"}, "birth_date", "n’est pas possible"),
        ({"birth_date": "14/03/1888"}, "birth_date", "n’est pas possible"),
        ({"sex": ""}, "sex", "Choisissez le sexe"),
        ({"place": ""}, "place", "Saisissez la commune"),
        ({"department": ""}, "department", "Saisissez le département"),
        ({"department": "99"}, "department", "numéro du département"),
        ({"department": "tarn"}, "department", ""),
        ({"country": ""}, "country", "déposez votre attestation"),
    ],
)
def test_what_is_badly_typed_is_said_beside_its_field_and_asks_nothing(client, claire, caf, changes, field, said):
    page = client.post(FETCH, CLAIRE | changes)
    assert said in str(page.context["form"].errors[field])
    assert caf.app.asked == []


@pytest.mark.parametrize("department, sent", [("2a", "2A"), ("9", "09"), ("974", "974")])
def test_a_department_is_understood_however_it_is_typed(client, claire, caf, department, sent):
    client.post(FETCH, CLAIRE | {"department": department})
    assert caf.app.asked[-1]["codeCogInseeDepartementNaissance"] == [sent]


def test_somebody_born_abroad_gives_the_country_alone(client, claire, caf):
    claire.guardian.first_name, claire.guardian.last_name = "Nadia", "Leroy"
    claire.guardian.save()
    client.post(
        FETCH,
        {"birth_name": "Leroy", "first_names": "Nadia", "birth_date": "21/06/1989", "sex": "F", "country": "99352"},
    )
    assert QuotientRecord.objects.get().value == 640


def test_without_a_token_there_is_neither_page_nor_link(client, claire, settings):
    settings.API_PARTICULIER = {**settings.API_PARTICULIER, "TOKEN": ""}
    assert client.get(FETCH).status_code == 404
    for name in ("families:quotient", "families:quotient_declare"):
        assert FETCH not in text(client.get(reverse(name)))


def test_the_page_says_the_law_and_what_is_kept(client, claire):
    page = text(client.get(FETCH))
    assert "L114-8" in page
    assert "nous ne la gardons pas" in page
