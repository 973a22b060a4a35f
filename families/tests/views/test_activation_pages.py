"""« Activer mon espace », as a parent lives it."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse
from post_office.models import Email

from accounts.models import User
from accounts.tests.factories import PASSWORD, UserFactory
from families.models import ActivationCode, PendingActivation
from families.services.activation import REFUSED
from families.tests.factories import ActivationCodeFactory, GuardianFactory

pytestmark = pytest.mark.django_db

ACTIVATE = reverse("families:activate")
ACCOUNT = reverse("families:activate_account")
SENT = reverse("families:activation_sent")
GOOD = {"code": "acdef-ghjkm", "birth_date": "07/05/2018"}
NEW = {"email": "claire@example.org", "password": PASSWORD}
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def code(martins):
    return ActivationCodeFactory(guardian=martins.guardian)


def link_in_mail():
    return re.search(r"/activer/confirmer/[\w-]+/", Email.objects.order_by("-pk")[0].message).group()


def text(response):
    return response.content.decode()


def walk_to_link(client):
    client.post(ACTIVATE, GOOD)
    client.post(ACCOUNT, NEW)
    return link_in_mail()


def test_from_the_code_to_the_dashboard(client, code, martins):
    assert client.post(ACTIVATE, GOOD).headers["Location"] == ACCOUNT
    page = client.get(ACCOUNT)
    assert "Madame MARTIN" in text(page)
    assert "Douze caractères recommandés" in text(page)
    assert client.post(ACCOUNT, NEW).headers["Location"] == SENT
    assert "claire@example.org" in text(client.get(SENT))
    link = link_in_mail()
    assert "Ouvrir mon espace" in text(client.get(link))
    landed = client.post(link)
    assert landed.headers["Location"] == reverse("dashboard")
    user = User.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.signed_in_at is not None
    assert martins.family.guardians.get().user == user


@pytest.mark.parametrize(
    "birth_date", ["07/05/2018", "7/5/2018", "07-05-2018", "07.05.2018", "07 05 2018", "07052018", "2018-05-07"]
)
def test_a_birth_date_is_understood_however_it_is_typed(client, code, birth_date):
    assert client.post(ACTIVATE, {**GOOD, "birth_date": birth_date}).status_code == 302


@pytest.mark.parametrize("wrong", [{"code": "MMMMM-MMMMM"}, {"birth_date": "08/05/2018"}])
def test_a_refusal_says_one_sentence_and_keeps_what_was_typed(client, code, wrong):
    typed = {**GOOD, **wrong}
    page = client.post(ACTIVATE, typed)
    assert page.context["form"].non_field_errors() == [REFUSED]
    assert f'value="{typed["code"]}"' in text(page)
    assert f'value="{typed["birth_date"]}"' in text(page)


def test_a_code_too_short_is_said_at_once_and_costs_nothing(client, code):
    for _ in range(15):
        page = client.post(ACTIVATE, {**GOOD, "code": "ACDEF"})
    assert page.status_code == 200
    assert "dix lettres et chiffres" in str(page.context["form"].errors["code"])
    assert client.post(ACTIVATE, GOOD).status_code == 302


def test_guessing_slows_the_network_address_down_and_no_other(client, code):
    for _ in range(10):
        assert client.post(ACTIVATE, {**GOOD, "code": "MMMMMMMMMM"}).status_code == 200
    page = client.post(ACTIVATE, GOOD)
    assert page.status_code == 429
    assert "Patientez 30 secondes" in page.context["form"].non_field_errors()[0]
    assert 'value="acdef-ghjkm"' in text(page)
    assert client.post(ACTIVATE, GOOD, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_right_codes_never_slow_anybody_down(client, code):
    assert {client.post(ACTIVATE, GOOD).status_code for _ in range(15)} == {302}


def test_the_session_never_holds_the_code(client, code):
    client.post(ACTIVATE, GOOD)
    held = str(dict(client.session)).upper()
    assert "ACDEF" not in held
    assert "GHJKM" not in held


def test_the_second_step_needs_the_first(client, code):
    assert client.get(ACCOUNT).headers["Location"] == ACTIVATE
    assert client.post(ACCOUNT, NEW).headers["Location"] == ACTIVATE
    assert client.get(SENT).headers["Location"] == ACTIVATE


def test_after_half_an_hour_the_code_is_asked_again(client, code, settings):
    client.post(ACTIVATE, GOOD)
    settings.PORTAL_CLOCK = f"2026-11-19T12:37@{time.time()}"
    assert client.get(ACCOUNT).headers["Location"] == ACTIVATE


@pytest.mark.parametrize(
    ("password", "said"), [("martin", "facile"), ("Castres2026!", "courant"), ("", "Choisissez un mot de passe")]
)
def test_a_weak_password_is_refused_with_its_reason(client, code, password, said):
    client.post(ACTIVATE, GOOD)
    page = client.post(ACCOUNT, {**NEW, "password": password})
    assert said in str(page.context["form"].errors["password"])
    assert 'value="claire@example.org"' in text(page)
    assert not Email.objects.exists()


def test_the_password_can_be_shown_without_javascript(client, code):
    client.post(ACTIVATE, GOOD)
    page = text(client.post(ACCOUNT, {**NEW, "show": "1"}))
    assert re.search(rf'<input type="text" name="password" value="{PASSWORD}"', page)
    assert 'value="claire@example.org"' in page
    assert not PendingActivation.objects.exists()


def test_the_page_is_the_same_whether_the_address_has_a_space_or_not(client, code):
    UserFactory(email="deja@example.org")

    def page_after(email):
        client.post(ACTIVATE, GOOD)
        sent = client.post(ACCOUNT, {**NEW, "email": email}, follow=True)
        return text(sent).replace(email, "…"), sent.redirect_chain

    assert page_after("deja@example.org") == page_after("claire@example.org")
    assert [mail.to for mail in Email.objects.order_by("pk")] == [["deja@example.org"], ["claire@example.org"]]


def test_one_code_does_not_write_to_the_whole_town(client, code):
    client.post(ACTIVATE, GOOD)
    for n in range(6):
        assert client.post(ACCOUNT, {**NEW, "email": f"a{n}@example.org"}).status_code == 302
    page = client.post(ACCOUNT, {**NEW, "email": "a7@example.org"})
    assert "Plusieurs liens sont déjà partis" in text(page)
    assert Email.objects.count() == 6


def test_a_mail_scanner_that_follows_the_link_opens_nothing(client, code):
    link = walk_to_link(client)
    for _ in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert not User.objects.exists()
    assert client.post(link).status_code == 302


def test_a_link_opened_on_another_device_works(client, code):
    link = walk_to_link(client)
    phone = Client()
    phone.post(link)
    assert "_auth_user_id" in phone.session


def test_a_dead_link_says_what_to_do(client, code):
    page = text(client.get("/activer/confirmer/" + "x" * 43 + "/"))
    assert "Ce lien ne fonctionne plus" in page
    assert f'href="{reverse("account_login")}"' in page
    assert f'href="{ACTIVATE}"' in page


def test_a_second_click_on_confirm_lands_on_the_dashboard_too(code):
    """The first answer has signed in and changed the CSRF token; the second click still carries the old one."""
    browser = Client(enforce_csrf_checks=True)

    def post(address, data):
        token = CSRF.search(text(browser.get(address))).group(1)
        return browser.post(address, {**data, "csrfmiddlewaretoken": token})

    post(ACTIVATE, GOOD)
    post(ACCOUNT, NEW)
    link = link_in_mail()
    token = CSRF.search(text(browser.get(link))).group(1)
    first = browser.post(link, {"csrfmiddlewaretoken": token})
    second = browser.post(link, {"csrfmiddlewaretoken": token})
    assert first.headers["Location"] == reverse("dashboard")
    assert second.headers["Location"] == link
    assert browser.get(link).headers["Location"] == reverse("dashboard")
    assert User.objects.count() == 1


def test_a_second_click_whose_first_answer_was_lost_says_to_sign_in(client, code):
    link = walk_to_link(client)
    Client().post(link)
    page = client.post(link, follow=True)
    assert "Vous l’avez déjà suivi" in text(page)
    assert f'href="{reverse("account_login")}"' in text(page)


def test_a_form_from_elsewhere_opens_nothing(code):
    browser = Client(enforce_csrf_checks=True)
    client = Client()
    link = walk_to_link(client)
    assert browser.post(link).headers["Location"] == link
    assert not User.objects.exists()


def test_an_address_that_got_a_space_meanwhile_is_sent_to_sign_in(client, code):
    link = walk_to_link(client)
    UserFactory(email="claire@example.org")
    page = text(client.post(link))
    assert "a déjà un espace" in page
    assert ActivationCode.objects.get().used_at is None


def test_who_is_signed_in_attaches_rather_than_activates(client, code):
    client.force_login(UserFactory())
    assert client.get(ACTIVATE).headers["Location"] == reverse("families:attach")


def test_a_guardian_attached_meanwhile_by_an_agent_gets_the_same_sentence(client, code, martins):
    guardian = martins.guardian
    guardian.user = UserFactory()
    guardian.save()
    page = client.post(ACTIVATE, GOOD)
    assert page.context["form"].non_field_errors() == [REFUSED]
    assert GuardianFactory._meta.model.objects.count() == 1
