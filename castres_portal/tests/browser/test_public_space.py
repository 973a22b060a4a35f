"""The public space as a visitor meets it, on a phone and on a desktop: to read, to search, to write to the service."""

import re

import pytest
from playwright.sync_api import Page, expect

from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.sight import look

PAGES = (
    "/",
    "/actualites/",
    "/actualites/reserver-les-repas-de-decembre/",
    "/demarches/",
    "/activites/",
    "/infos-pratiques/",
    "/menus/",
    "/contact/",
    "/mentions-legales/",
    "/conditions/",
    "/accessibilite/",
    "/cookies/",
    "/plan-du-site/",
    "/nulle-part/",
)


def test_every_public_page_can_be_read_by_everybody(town: Stack, page: Page):
    for path in PAGES:
        page.goto(path)
        look(page)
        expect(page.get_by_role("link", name="Se connecter").first).to_be_visible()


def test_a_school_is_found_without_javascript(town: Stack, visit: Visit):
    page = visit("phone", java_script_enabled=False)
    page.goto("/infos-pratiques/")
    page.get_by_label("Nom ou rue").fill("lambert")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("status").filter(has_text="1 école")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Lambert")).to_be_visible()


def test_a_demarche_leads_through_signing_in_to_its_page(town: Stack, page: Page):
    page.goto("/demarches/")
    page.get_by_role("link", name="Inscrire un enfant aux services").click()
    expect(page).to_have_url(re.compile(r"/compte/connexion/\?next="))
    page.get_by_label("Adresse électronique").fill("durand@demo.example.org")
    page.get_by_label("Mot de passe", exact=False).first.fill("Demonstration-Castres-81")
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    expect(page).to_have_url(re.compile("/inscriptions/$"))


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_somebody_without_an_account_writes_is_answered_and_reads_the_answer(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    address = f"nadege-{screen}@example.org"
    town.set_clock("2026-09-21T10:00")
    page.goto("/contact/?sujet=facture")
    look(page)
    page.get_by_role("button", name="Envoyer").click()  # the browser itself asks for what is missing
    page.get_by_label("Votre nom").fill("Nadège Exemple")
    page.get_by_label("Votre adresse électronique").fill(address)
    page.get_by_label("Votre message").fill("Puis-je payer en deux fois ?")
    town.set_clock("2026-09-21T10:02")  # nobody types this in less than four seconds
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", name="Votre message est arrivé")).to_be_visible()
    look(page)
    mail = town.wait_for_mail(address)
    link = re.search(r"http://\S+/demandes/suivi/\S+", mail.get_body(("plain",)).get_content())
    assert link
    page.goto(link[0])
    expect(page.get_by_text("Puis-je payer en deux fois ?")).to_be_visible()
    look(page)
