"""A child’s sheet, told by a parent, read by the other, opened by an agent; the file certified, a règlement accepted."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import BERNARD, MARTIN, PETIT
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look


def open_sheet(page: Page, child: str) -> None:
    page.goto("/famille/sante/")
    page.get_by_role("main").get_by_role("link", name=child).click()
    expect(page.locator("h1")).to_contain_text("Fiche sanitaire d")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_what_a_mother_tells_the_father_reads_and_an_agent_opens(town: Stack, visit: Visit, screen: str):
    mark = f"Latex {screen} {time.time_ns()}"
    mother = visit(screen, java_script_enabled=screen == "desktop")
    sign_in(mother, PETIT.email)
    open_sheet(mother, "Jules")
    if screen == "desktop":
        look(mother)
    mother.get_by_role("link", name="Modifier la fiche").click()
    mother.get_by_label("Autre allergie").fill("repas halal")
    mother.get_by_role("button", name="Enregistrer la fiche").click()
    expect(mother.get_by_role("main")).to_contain_text("n’enregistre aucune religion")
    mother.get_by_label("Autre allergie").fill(mark)
    mother.get_by_label("Lait", exact=True).check()
    mother.get_by_role("button", name="Enregistrer la fiche").click()
    expect(mother.get_by_role("main")).to_contain_text(mark)

    mail = town.wait_for_mail(BERNARD.email, "Jules a changé")
    assert mark not in mail.as_string()
    father = visit(screen)
    sign_in(father, BERNARD.email)
    open_sheet(father, "Jules")
    expect(father.get_by_role("main")).to_contain_text(mark)
    look(father)

    agent = visit("desktop")
    sign_in_as_agent(agent, town)
    agent.goto("/admin/families/healthrecord/?q=Jules")
    agent.get_by_role("link", name="Jules BERNARD").first.click()
    expect(agent.locator("body")).not_to_contain_text(mark)
    agent.get_by_role("button", name="Ouvrir la fiche").click()
    expect(agent.locator("body")).to_contain_text(mark)

    for page in (mother, father):
        page.goto("/famille/consultations/")
        expect(page.get_by_role("main")).to_contain_text("Espace Famille – agent, H. F.")
    look(father)


def test_two_parents_who_write_at_once_lose_nothing(town: Stack, visit: Visit):
    mother, father = visit("desktop"), visit("phone")
    sign_in(mother, PETIT.email)
    sign_in(father, BERNARD.email)
    for page in (mother, father):
        open_sheet(page, "Inès")
        page.get_by_role("link", name="Modifier la fiche").click()
    mother.get_by_label("Arachides").check()
    mother.get_by_role("button", name="Enregistrer la fiche").click()
    expect(mother.locator("h1")).to_have_text("Fiche sanitaire d’Inès")
    father.get_by_label("Médecin traitant").fill("Docteur Roux")
    father.get_by_role("button", name="Enregistrer la fiche").click()
    expect(father.get_by_role("main")).to_contain_text("La fiche a changé entre-temps")
    expect(father.get_by_label("Arachides")).to_be_checked()
    expect(father.get_by_label("Médecin traitant")).to_have_value("Docteur Roux")
    look(father)
    father.get_by_role("button", name="Enregistrer la fiche").click()
    expect(father.get_by_role("main")).to_contain_text("Docteur Roux")
    expect(father.get_by_role("main")).to_contain_text("Arachides")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_each_page_of_the_sheet_stands_the_sight(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    sign_in(page, MARTIN.email)
    open_sheet(page, "Léa")
    for link in ("Modifier la fiche", "Proposer un nouveau PAI", "Donner mes réponses"):
        page.get_by_role("main").get_by_role("link", name=link).click()
        look(page)
        page.go_back()
    for path in ("/famille/sante/", "/famille/certification/", "/documents/reglements/"):
        page.goto(path)
        look(page)


def test_a_file_is_certified_and_a_new_reglement_accepted_without_javascript(town: Stack, visit: Visit):
    page = visit("phone", java_script_enabled=False)
    sign_in(page, PETIT.email)
    page.goto("/documents/reglements/")
    page.get_by_role("link", name=re.compile("Lire et accepter")).first.click()
    page.get_by_role("button", name="Accepter le règlement").click()
    expect(page.get_by_role("main")).to_contain_text("Cochez cette case")
    page.get_by_label(re.compile("je l’accepte")).check()
    page.get_by_role("button", name="Accepter le règlement").click()
    expect(page.get_by_role("main")).to_contain_text("votre acceptation est enregistrée")

    page.goto("/famille/certification/")
    page.get_by_label(re.compile("Je certifie que")).check()
    page.get_by_role("button", name="Certifier le dossier").click()
    expect(page.locator("h1")).to_have_text("Certification du dossier")
    number = re.search(r"D20\d\d-\d{6}", page.get_by_role("main").inner_text()).group()
    town.wait_for_mail(PETIT.email, number)
    page.goto("/famille/certification/")
    expect(page.get_by_role("main")).to_contain_text("Dossier certifié")
