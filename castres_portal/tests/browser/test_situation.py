"""« Ma famille » by hand, on a phone and on a desktop: what a parent signals, what an agent decides, what two parents agree."""

import re

from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import BERNARD, MARTIN, PETIT
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look

SCREENS = ("phone", "desktop")
NUMBER = re.compile(r"D2026-\d{6}")


def send(page: Page, **answers: str) -> str:
    """Fill the form that is shown, send it, and return the number of the request."""
    look(page)
    for name, value in answers.items():
        field = page.locator(f"[name={name}]").first
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_text("Votre demande est envoyée")).to_be_visible()
    look(page)
    found = NUMBER.search(page.url)
    assert found
    return found.group()


def decide(stack: Stack, agent: Page, number: str, words: str, *, accepted: bool = True, **answers: str) -> None:
    """Decide a request on the agents' page."""
    request = stack.run(f"from families.models import FamilyRequest as R; print(R.objects.get(number='{number}').pk)")
    agent.goto(f"/admin/families/familyrequest/{request.strip()}/change/")
    for name, value in answers.items():
        agent.locator(f"[name=accord-{name}]").fill(value)
    agent.locator("[name=decision-words]").fill(words)
    agent.get_by_role("button", name="Accepter" if accepted else "Refuser", exact=True).click()
    expect(agent.get_by_text(f"La demande n° {number} est {'acceptée' if accepted else 'refusée'}")).to_be_visible()


def test_a_parent_signals_changes_and_an_agent_decides(town: Stack, visit: Visit):
    town.set_clock("2026-09-22T10:00")
    agent = visit("desktop")
    sign_in_as_agent(agent, town)
    for screen, baby in zip(SCREENS, ("Ava", "Noé"), strict=True):
        page = visit(screen)
        sign_in(page, MARTIN.email)
        page.goto("/famille/")
        look(page)
        page.get_by_role("link", name="Naissance").click()
        birth = send(page, first_name=baby, last_name="Martin", birth_date="10/09/2026")
        page.goto("/famille/changement/adresse/")
        move = send(page, street=f"8 rue Émile Zola ({screen})")

        decide(town, agent, birth, "Bienvenue à l’enfant.")
        decide(town, agent, move, "Le justificatif manque.", accepted=False)

        page.goto("/famille/")
        expect(page.get_by_role("heading", name=baby)).to_be_visible()
        expect(page.get_by_text("8 rue Émile Zola")).to_have_count(0)
        page.goto(f"/demandes/{move}/")
        expect(page.get_by_text("Le justificatif manque.").first).to_be_visible()
        look(page)


def test_each_form_of_a_change_holds_on_a_phone_and_on_a_desktop(town: Stack, visit: Visit):
    town.set_clock("2026-09-22T11:00")
    for screen in SCREENS:
        page = visit(screen)
        sign_in(page, MARTIN.email)
        page.goto("/famille/")
        links = page.locator("a[href*='/famille/changement/']").evaluate_all(
            "links => [...new Set(links.map(link => link.getAttribute('href')))]"
        )
        assert len(links) > 12
        extra = [
            "/famille/coordonnees/",
            "/famille/personnes/",
            "/famille/personnes/ajouter/",
            "/famille/contacts/ajouter/",
        ]
        for path in [*links, *extra, "/famille/changement/interdiction/"]:
            page.goto(path)
            look(page)


def test_telephones_and_people_change_at_once(town: Stack, visit: Visit):
    town.set_clock("2026-09-22T12:00")
    for screen, number, name in (("phone", "06 39 98 77 01", "Mona"), ("desktop", "06 39 98 77 02", "Luce")):
        page = visit(screen)
        sign_in(page, MARTIN.email)
        page.goto("/famille/coordonnees/")
        page.get_by_role("link", name="Modifier mes téléphones").click()
        page.locator("[name=phone]").fill("06 39")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text("Il manque 6 chiffres")).to_be_visible()
        look(page)
        page.locator("[name=phone]").fill(number.replace(" ", "."))
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text(number.replace(" ", "\u00a0"))).to_be_visible()

        page.goto("/famille/personnes/ajouter/")
        page.locator("[name=first_name]").fill(name)
        page.locator("[name=last_name]").fill("Cazals")
        page.locator("[name=phone]").fill("0639987703")
        page.get_by_label("Léa").check()
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text(f"{name} CAZALS peut venir chercher")).to_be_visible()
        page.get_by_role("link", name=f"Retirer {name} CAZALS").click()
        look(page)
        page.get_by_role("button", name="Retirer de la liste").click()
        expect(page.get_by_text(f"{name} CAZALS ne peut plus venir chercher")).to_be_visible()


def test_two_parents_exchange_days_each_from_her_own_space(town: Stack, visit: Visit):
    """One proposes on a phone, the other answers on a desktop; then the other way round, declined."""
    town.set_clock("2026-09-22T13:00")
    for proposer, screen, answerer, other_screen, agrees in (
        (PETIT, "phone", BERNARD, "desktop", True),
        (BERNARD, "desktop", PETIT, "phone", False),
    ):
        page, other = visit(screen), visit(other_screen)
        sign_in(page, proposer.email)
        page.goto("/famille/")
        page.get_by_role("link", name="Les semaines d’Inès").click()
        look(page)
        page.locator("a[href*='laisser=']").nth(1).click()
        look(page)
        page.get_by_role("button", name="Vérifier").click()
        expect(page.get_by_role("heading", name="Vérifiez avant d’envoyer")).to_be_visible()
        look(page)
        page.get_by_role("button", name="Envoyer à l’autre parent").click()
        expect(page.get_by_text("Votre proposition est envoyée")).to_be_visible()
        look(page)
        mail = town.wait_for_mail(answerer.email, "échange de jours")
        assert proposer.last_name.upper() not in mail.get_body(("plain",)).get_content()

        sign_in(other, answerer.email)
        other.goto("/famille/")
        other.get_by_role("link", name="Voir les jours et répondre").last.click()
        look(other)
        other.get_by_role("button", name="Accepter l’échange" if agrees else "Décliner").click()
        expect(other.get_by_text("les jours sont échangés" if agrees else "Vous avez décliné").first).to_be_visible()
        page.reload()
        expect(page.get_by_text("Traitée" if agrees else "Refusée").first).to_be_visible()
