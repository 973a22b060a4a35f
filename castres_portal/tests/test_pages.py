"""The public pages and the errors."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path, words",
    [
        ("/", "Activer mon espace"),
        ("/activites/", "Les activités"),
        ("/infos-pratiques/", "Les écoles publiques"),
        ("/mentions-legales/", "Mentions légales"),
        ("/conditions/", "Conditions"),
        ("/accessibilite/", "non conforme"),
        ("/contact/", "espace-famille@ville-castres.fr"),
    ],
)
def test_a_public_page_is_readable_by_all_without_any_question_to_third_parties(client, path, words):
    response = client.get(path)

    text = response.content.decode()
    assert response.status_code == 200
    assert words in text
    assert text.count("<h1") == 1
    assert "http://" not in text.replace("http://testserver", "").replace("http://www.w3.org", "")


def test_an_address_that_does_not_exist_is_said_in_french(client):
    response = client.get("/nulle-part/")

    assert response.status_code == 404
    assert "page" in response.content.decode().lower()


def test_health_says_that_the_portal_answers(client):
    response = client.get("/sante/")

    assert response.status_code == 200
    assert "Le portail répond" in response.content.decode()


def test_health_can_be_read_by_a_machine(client):
    assert client.get("/sante/?format=json").json()
