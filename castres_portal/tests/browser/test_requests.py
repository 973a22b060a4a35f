"""A démarche from the question to the answer, between a parent and an agent, on a phone and on a desktop."""

import re

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import DURAND, MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import forget_limits, sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look


@pytest.mark.parametrize("screen, account", [("phone", MARTIN), ("desktop", DURAND)])
def test_a_parent_asks_an_agent_asks_back_then_decides(town: Stack, visit: Visit, screen: str, account):
    town.set_clock("2026-09-22T09:00")
    forget_limits(town)
    parent, agent = visit(screen), visit("desktop")
    sign_in(parent, account.email)
    parent.goto("/contact/")
    look(parent)
    parent.get_by_label("Sujet").select_option(label="Inscription ou réservation")
    parent.get_by_label("Votre message").fill("Peut-on inscrire une cousine accueillie pour un mois ?")
    town.set_clock("2026-09-22T09:02")  # nobody types so fast that she looks like a program
    parent.get_by_role("main").get_by_role("button", name=re.compile("Envoyer")).click()
    expect(parent.locator("main")).to_contain_text(re.compile(r"D2026-\d{6}"))
    number = re.search(r"D2026-\d{6}", parent.locator("main").inner_text()).group()

    sign_in_as_agent(agent, town)
    agent.goto(f"/admin/families/familyrequest/?q={number}")
    agent.get_by_role("link", name=number).first.click()
    agent.get_by_role("button", name="Prendre en charge").click()
    agent.get_by_role("textbox", name=re.compile("Votre message")).fill("Jusqu’à quelle date ?")
    agent.get_by_role("button", name="Envoyer et attendre sa réponse").click()
    expect(agent.locator("main, #main").first).to_contain_text("un courriel prévient la famille")
    mail = town.wait_for_mail(account.email, f"{number} : un message")
    assert "Jusqu’à quelle date" not in mail.get_body(("plain",)).get_content()

    parent.goto("/accueil/")
    parent.get_by_role("link", name="Lire et répondre").click()
    look(parent)
    parent.get_by_role("link", name=re.compile("cousine|Inscription ou réservation")).first.click()
    expect(parent.locator("main")).to_contain_text("Jusqu’à quelle date ?")
    expect(parent.locator("main")).to_contain_text("s’occupe de votre demande")
    look(parent)
    parent.get_by_label("Votre message").fill("Jusqu’au 22 octobre.")
    parent.get_by_role("button", name="Envoyer", exact=True).click()
    expect(parent.locator("main")).to_contain_text("Votre message est envoyé")

    agent.reload()
    expect(agent.locator("body")).to_contain_text("Jusqu’au 22 octobre.")
    agent.get_by_role("button", name="Refuser").click()
    expect(agent.locator("body")).to_contain_text("pourquoi sa demande est refusée")
    agent.get_by_role("textbox", name=re.compile("Réponse à la famille")).fill(
        "Oui : passez à l’accueil avec une pièce."
    )
    agent.get_by_role("button", name="Accepter").click()
    expect(agent.locator("body")).to_contain_text("est acceptée")

    parent.reload()
    expect(parent.locator("main")).to_contain_text("Oui : passez à l’accueil avec une pièce.")
    look(parent)
    assert parent.request.get(f"/demandes/{number}/accuse-de-reception/").body().startswith(b"%PDF")
