"""A person's own data, by hand: her copy made by the worker, her rights, her erasure, and the agent on the other side."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import DURAND, PASSWORD, PETIT
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look

OWNERS = {"phone": DURAND, "desktop": PETIT}


def give_password_again(page: Page) -> None:
    expect(page).to_have_url(re.compile("/confirmer-identite/"))
    look(page)
    page.locator("main input[name=password]").fill(PASSWORD)
    page.get_by_role("main").locator("button[type=submit]").first.click()


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_parent_gets_a_copy_of_her_data(town: Stack, visit: Visit, screen: str):
    town.set_clock("2026-09-22T09:00")
    page, owner = visit(screen), OWNERS[screen]
    sign_in(page, owner.email)
    page.goto("/donnees-personnelles/")
    look(page)
    page.get_by_role("link", name="Obtenir une copie de mes données").click()
    expect(page).to_have_url(re.compile("/mes-donnees/$"))
    look(page)
    page.get_by_role("button", name=re.compile("Demander un")).click()
    town.wait_for_mail(owner.email, "export de données est prêt")
    page.reload()
    page.get_by_role("link", name="Télécharger").click()
    with page.expect_download() as archive:
        give_password_again(page)
    with zipfile.ZipFile(Path(archive.value.path())) as opened:
        assert opened.testzip() is None
        assert any(name.endswith("/reservations.json") for name in opened.namelist())


def test_parents_exercise_a_right_and_ask_to_be_forgotten_and_an_agent_answers(town: Stack, visit: Visit):
    town.set_clock("2026-09-22T10:00")
    agent = visit("desktop")
    sign_in_as_agent(agent, town)
    for screen, owner in OWNERS.items():
        page = visit(screen)
        sign_in(page, owner.email)
        exercise_a_right(page)
        number = ask_to_be_forgotten(page)
        refuse(agent, number)
        page.reload()
        expect(page.get_by_text("nous ne pouvons pas encore vous effacer").first).to_be_visible()


def exercise_a_right(page: Page) -> None:
    page.goto("/compte/mes-donnees/droits/")
    look(page)
    page.get_by_label("Rectification").check()
    page.get_by_label("Précisions").fill("Mon prénom a deux traits d’union.")
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_text("Mon prénom a deux traits d’union.")).to_be_visible()
    look(page)


def ask_to_be_forgotten(page: Page) -> str:
    """Send the request and return its number."""
    page.goto("/compte/mes-donnees/effacement/")
    give_password_again(page)
    expect(page).to_have_url(re.compile("/effacement/$"))
    look(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Demander l’effacement").click()
    expect(page.get_by_role("heading", name="Effacement de mes données").first).to_be_visible()
    look(page)
    return page.url.rstrip("/").rpartition("/")[2]


def refuse(agent: Page, number: str) -> None:
    """Try to accept, read why it cannot be, and refuse with these words."""
    agent.goto(f"/admin/families/familyrequest/?q={number}")
    agent.get_by_role("link", name=number).first.click()
    agent.get_by_role("button", name="Accepter").click()
    expect(agent.locator("body")).to_contain_text(re.compile("encore inscrit|n’est pas réglée|à venir"))
    agent.locator("textarea").first.fill("Un enfant du foyer est inscrit : nous ne pouvons pas encore vous effacer.")
    agent.get_by_role("button", name="Refuser").click()
    expect(agent.locator("body")).to_contain_text("Refusée")
