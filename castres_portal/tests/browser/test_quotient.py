"""The quotient familial in a real browser: taken from the CAF, declared, accepted by an agent."""

import re

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import DURAND, MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in
from castres_portal.tests.browser.sight import look


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_parent_takes_her_quotient_from_the_caf(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    sign_in(page, MARTIN.email)
    page.goto("/famille/quotient/")
    look(page)
    page.get_by_role("link", name="Récupérer mon quotient").click()
    look(page)
    page.get_by_label("Nom de naissance").fill("Inconnu")
    page.get_by_label("Prénoms").fill("Claire Marie")
    page.get_by_label("Date de naissance").fill("14/03/1988")
    page.get_by_label("Féminin").check()
    page.get_by_label("Commune de naissance").fill("Castres")
    page.get_by_label("Département de naissance").fill("81")
    page.get_by_role("button", name="Demander mon quotient").click()
    expect(page.locator("main")).to_contain_text("Ni la CAF ni la MSA ne trouvent de dossier")
    expect(page.get_by_label("Commune de naissance")).to_have_value("Castres")
    look(page)
    page.get_by_label("Nom de naissance").fill("Delmas")
    page.get_by_role("button", name="Demander mon quotient").click()
    expect(page.locator("main")).to_contain_text("Votre quotient est enregistré : 845 €")
    expect(page.locator("main")).to_contain_text("API Particulier, code")
    look(page)


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_parent_declares_hers_without_javascript(town: Stack, visit: Visit, screen: str):
    page = visit(screen, java_script_enabled=False)
    sign_in(page, DURAND.email)
    page.goto("/famille/quotient/declarer/")
    if "/demandes/" not in page.url:  # the other screen's declaration still waits
        page.get_by_label("Quotient familial, en euros").fill("huit cents")
        page.get_by_label("MSA").check()
        page.get_by_role("button", name="Déposer ma déclaration").click()
        expect(page.locator("main")).to_contain_text("Écrivez le quotient en chiffres")
        page.get_by_label("Quotient familial, en euros").fill("812")
        page.get_by_role("button", name="Déposer ma déclaration").click()
    expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/$"))
    expect(page.locator("main")).to_contain_text("812 €")
