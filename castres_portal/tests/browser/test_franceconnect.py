"""FranceConnect in a real browser: an identity to link, the way in it then is, a failure, and signing out of both."""

import re

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import BERNARD, DURAND, PASSWORD
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.sight import look

PEOPLE = {"phone": (DURAND, "Paul Durand"), "desktop": (BERNARD, "Marc Étienne Bernard")}


@pytest.mark.parametrize("screen", ["phone", "desktop"])
@pytest.mark.parametrize("with_scripts", [True, False])
def test_linking_then_signing_in_and_out(town: Stack, visit: Visit, screen: str, with_scripts: bool):
    account, identity = PEOPLE[screen]
    town.run(
        "from allauth.socialaccount.models import SocialAccount\n"
        f"SocialAccount.objects.filter(user__email={account.email!r}).delete()"
    )
    page = visit(screen, java_script_enabled=with_scripts)
    leave_as(page, identity)
    expect(page.locator("h1")).to_contain_text("Nous ne connaissons pas encore")
    if with_scripts:
        look(page)
    page.get_by_role("link", name="Me connecter et lier").click()
    if with_scripts:
        look(page)
    page.get_by_label("Adresse électronique").fill(account.email)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Lier FranceConnect à mon compte")
    if with_scripts:
        look(page)
    page.get_by_role("button", name="Lier cette identité à mon compte").click()
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").locator("button[type=submit]").first.click()
    expect(page.locator("main")).to_contain_text("FranceConnect est lié à votre compte")
    if with_scripts:
        look(page)
    sign_out(page)
    expect(page.locator("main")).to_contain_text("fermée ici et chez FranceConnect")

    leave_as(page, identity)
    expect(page.locator("h1")).to_have_text("Mon accueil")
    sign_out(page)
    expect(page.locator("main")).to_contain_text("fermée ici et chez FranceConnect")
    if with_scripts:
        look(page)


def test_who_does_not_go_on_is_told_how_to_sign_in_otherwise(town: Stack, page: Page):
    page.goto("/compte/connexion/")
    look(page)
    page.get_by_role("button", name="S’identifier avec FranceConnect").click()
    page.get_by_role("button", name="Je ne continue pas").click()
    expect(page.locator("h1")).to_have_text("Vous n’avez pas continué avec FranceConnect")
    look(page)
    page.get_by_role("link", name="Me connecter autrement").click()
    expect(page).to_have_url(re.compile("/compte/connexion/$"))


def test_the_stand_in_s_own_pages_can_be_used_by_everyone(town: Stack, page: Page):
    page.goto(town.identity_url)
    look(page)
    page.goto("/activer/")
    look(page)
    page.get_by_role("button", name="S’identifier avec FranceConnect").click()
    look(page)


def leave_as(page: Page, identity: str) -> None:
    page.goto("/compte/connexion/")
    page.get_by_role("button", name="S’identifier avec FranceConnect").click()
    page.get_by_role("button", name=identity).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
