"""The account as its owner lives it: a passkey instead of a password, a silence that loses nothing, devices told apart."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import EXCLUDED, MARTIN, PASSWORD, READER
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in_as_agent
from castres_portal.tests.browser.sight import look

IN_MAIN = re.compile("Se connecter$")


def sign_in(page: Page, email: str, home: str = "") -> None:
    page.goto(f"{home}/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name=IN_MAIN).click()


def prove(page: Page) -> None:
    """Type the password that is asked again."""
    expect(page.locator("h1")).to_have_text("Confirmez que c’est vous")
    look(page)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Confirmer", exact=True).click()


@pytest.fixture
def home(town: Stack) -> Iterator[str]:
    """The site by its name: browsers make no passkey for an address in figures."""
    yield f"http://localhost:{town.port}"
    town.run(
        "from allauth.mfa.models import Authenticator; Authenticator.objects.filter(user__is_staff=False).delete()"
    )


@pytest.fixture
def page(request: pytest.FixtureRequest, visit: Visit) -> Page:
    """A visitor whose device has a fingerprint reader, which always answers yes."""
    page = visit(request.param)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    return page


both_screens = pytest.mark.parametrize("page", ["phone", "desktop"], indirect=True)


@both_screens
def test_a_parent_makes_a_passkey_and_signs_in_with_it(town: Stack, home: str, page: Page):
    sign_in(page, MARTIN.email, home)
    page.get_by_role("link", name="Mon compte").first.click()
    look(page)
    page.get_by_role("link", name="Clés d’accès", exact=True).click()
    look(page)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    prove(page)
    expect(page.locator("h1")).to_have_text("Ajouter une clé d’accès")
    expect(page.get_by_text("Pas de clé d’accès sur ce navigateur")).to_be_hidden()
    look(page)
    page.get_by_label("Nom de cette clé").fill("Mon appareil")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator("h1")).to_have_text("Codes de secours")
    expect(page.locator("li.code")).to_have_count(10)
    look(page)
    page.get_by_role("link", name="Je les ai notés").click()
    expect(page.locator("main")).to_contain_text("1 clé enregistrée")
    look(page)
    assert "ajoutée" in str(town.wait_for_mail(MARTIN.email, "Clé d’accès")["Subject"])

    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{home}/compte/connexion/?next=/compte/connexions/")
    look(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.locator("h1")).to_have_text("Mes connexions")
    expect(page.locator("main")).to_contain_text("Cette connexion")
    look(page)


@both_screens
def test_a_passkey_is_also_the_second_factor_after_the_password(home: str, page: Page):
    sign_in(page, MARTIN.email, home)
    page.goto(f"{home}/compte/double-authentification/cles-acces/ajouter/")
    prove(page)
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator("h1")).to_have_text("Codes de secours")
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, MARTIN.email, home)
    expect(page.locator("h1")).to_have_text("Votre second facteur")
    look(page)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.locator("h1")).to_have_text("Mon accueil")


def test_a_browser_without_passkeys_says_so_and_offers_another_way(town: Stack, visit: Visit):
    page = visit("phone")
    page.add_init_script("delete window.PublicKeyCredential")
    sign_in(page, MARTIN.email)
    page.goto("/compte/double-authentification/cles-acces/ajouter/")
    prove(page)
    expect(page.get_by_text("Pas de clé d’accès sur ce navigateur")).to_be_visible()
    expect(page.get_by_role("button", name="Créer la clé")).to_be_hidden()
    look(page)
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/compte/connexion/")
    expect(page.get_by_role("button", name="Se connecter avec une clé d’accès")).to_be_hidden()


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_silence_is_announced_and_what_was_typed_comes_back(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    page.clock.install()
    sign_in(page, MARTIN.email)
    page.goto("/compte/adresse/")
    page.get_by_label("Nouvelle adresse électronique").fill("claire.nouvelle@example.org")
    notice = page.get_by_role("alert").filter(has_text="vous serez déconnecté")
    expect(notice).to_have_count(0)

    # The session is about to end for the server too; the page's own clock then reaches the warning.
    end_session(town, seconds=100)
    page.clock.fast_forward("28:05")
    expect(notice).to_contain_text("dans 2 minutes")
    look(page)
    page.get_by_role("button", name="Rester connecté").click()
    expect(notice).to_have_count(0)

    end_session(town, seconds=-1)
    page.clock.fast_forward("30:00")
    expect(page.get_by_role("alert").filter(has_text="Vous avez été déconnecté")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Me reconnecter").click()
    page.get_by_label("Adresse électronique").fill(MARTIN.email)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name=IN_MAIN).click()
    expect(page.locator("h1")).to_have_text("Mon adresse électronique")
    expect(page.get_by_label("Nouvelle adresse électronique")).to_have_value("")
    look(page)
    page.get_by_role("button", name="Reprendre ma saisie").click()
    expect(page.get_by_label("Nouvelle adresse électronique")).to_have_value("claire.nouvelle@example.org")


def end_session(town: Stack, *, seconds: int) -> None:
    """Leave that many seconds to the parent's sessions, as after a long silence."""
    town.run(
        "import time\n"
        "from django.contrib.sessions.backends.db import SessionStore\n"
        "from django.contrib.sessions.models import Session\n"
        "from accounts.models import User\n"
        f"user = User.objects.get(email={MARTIN.email!r})\n"
        "for row in Session.objects.all():\n"
        "    store = SessionStore(row.session_key)\n"
        "    if store.get('_auth_user_id') == str(user.pk):\n"
        f"        store['seen'] = int(time.time()) + {seconds} - 1800\n"
        f"        store.set_expiry({seconds})\n"
        "        store.save()\n"
    )


def test_signing_out_by_the_button_leaves_no_draft_to_the_next_person(town: Stack, visit: Visit):
    page = visit("desktop")
    sign_in(page, MARTIN.email)
    page.goto("/compte/adresse/")
    page.get_by_label("Nouvelle adresse électronique").fill("claire.nouvelle@example.org")
    page.get_by_label("Nouvelle adresse électronique").blur()
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('saisie:')).length") == 1
    page.get_by_role("button", name="Se déconnecter").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_password_is_never_kept_as_a_draft(town: Stack, visit: Visit):
    page = visit("desktop")
    sign_in(page, MARTIN.email)
    page.goto("/compte/mot-de-passe/")
    for field in page.locator("main input[type=password]").all():
        field.fill("Sidobre-granit-46")
        field.blur()
    assert "Sidobre" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_another_device_is_told_by_mail_and_can_be_disconnected(town: Stack, visit: Visit):
    phone, desktop = visit("phone", user_agent=PHONE), visit("desktop")
    sign_in(desktop, MARTIN.email)
    sign_in(phone, MARTIN.email)
    mail = town.wait_for_mail(MARTIN.email, "Nouvelle connexion")
    assert "appareil" in mail.get_body(("plain",)).get_content()
    desktop.goto("/compte/connexions/")
    look(desktop)
    row = desktop.locator("main li", has_text="Téléphone Android – Chrome").first
    row.get_by_role("button").click()
    expect(desktop.locator("main")).to_contain_text("Cet appareil est déconnecté")
    phone.goto("/accueil/")
    expect(phone.locator("h1")).to_have_text("Se connecter")


PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_limited_rights_are_said_where_they_count(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    sign_in(page, READER.email)
    expect(page.locator("h1")).to_have_text("Mon accueil")
    expect(page.get_by_text("rien ne peut y être modifié ni payé")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, EXCLUDED.email)
    expect(page.locator("h1")).to_have_text("Rattacher un dossier")
    expect(page.locator("body")).not_to_contain_text("Durand (F")


def test_an_agent_limits_rights(town: Stack, visit: Visit):
    page = visit("desktop")
    sign_in_as_agent(page, town)
    page.goto("/admin/families/guardian/?q=Lopez")
    page.locator("#result_list a, .result-list a", has_text="Lopez").or_(
        page.get_by_role("link", name=re.compile("LOPEZ"))
    ).first.click()
    expect(page.locator("body")).to_contain_text("Exclu du dossier")
    page.get_by_role("link", name="Limiter les droits").first.click()
    expect(page.locator("body")).to_contain_text("Ordonnance de protection")
