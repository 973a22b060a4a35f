"""The whole job, by hand: an agent opens a file, a parent activates her space, books, is invoiced and pays; an agent sees it all.

Once on a phone and once on a desktop, over the running site with its worker and its bank; the clock goes from 21 September to
10 November 2026.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in_as_agent
from castres_portal.tests.browser.sight import look

PASSWORD = "tramontane-Agout-27"
CODE = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")
OCTOBER = ("2026-10-05", "2026-10-06", "2026-10-08", "2026-10-09")


@dataclass(frozen=True)
class Household:
    """A fictional household of this test."""

    screen: str
    name: str
    email: str
    by_letter: bool
    children: tuple[str, str] = ("Inès", "Tom")
    births: tuple[str, str] = ("07/05/2018", "12/02/2020")


HOUSEHOLDS = (
    Household("phone", "Roumégous", "roumegous@example.org", by_letter=True),
    Household("desktop", "Cazeneuve", "cazeneuve@example.org", by_letter=False),
)


@pytest.mark.timeout(600)
def test_from_an_activation_code_to_a_paid_invoice(town: Stack, visit: Visit):
    town.set_clock("2026-09-21T08:00")
    agent = visit("desktop")
    sign_in_as_agent(agent, town)
    parents = {}
    for household in HOUSEHOLDS:
        code = open_a_file(agent, town, household)
        parent = parents[household] = visit(household.screen)
        activate(parent, town, household, code)
        leave_and_come_back(parent, household)
        enrol_both_children(parent, town, household)
        book_october(parent, town, household)

    town.set_clock("2026-11-08T06:00")
    said = town.manage("issue_invoices", "2026-10", "--issue")
    assert "2610000001" in said or "facture" in said

    town.set_clock("2026-11-10T18:30")
    for household, parent in parents.items():
        number = read_the_invoice(parent, town, household)
        pay(parent, town, household, number)
        agent_sees_everything(agent, household, number)


# --- The agent --------------------------------------------------------------------------------------------------------


def open_a_file(page: Page, stack: Stack, household: Household) -> str:
    """Create the household in the admin, and hand over a code; return it as the parent reads it."""
    page.goto("/admin/families/family/add/")
    page.locator("#id_name").fill(household.name)
    page.locator("#id_street").fill("3 rue Sabaterie (démonstration)")
    page.locator("#id_postcode").fill("81100")
    page.locator("[name=guardians-0-title]").select_option("Madame")
    page.locator("[name=guardians-0-first_name]").fill("Claire")
    page.locator("[name=guardians-0-last_name]").fill(household.name)
    page.locator("[name=guardians-0-email]").fill(household.email)
    page.locator("[name=guardians-0-pays]").check()
    fill_child(page, 0, household)
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    expect(page.locator("body")).to_contain_text("avec succès")
    page.locator("a", has_text=re.compile("Ajouter.* enfant du foyer", re.I)).first.click()
    fill_child(page, 1, household)
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    expect(page.locator("[name=custodies-1-first_name]")).to_have_value(household.children[1])

    page.get_by_role("link", name="Code d’activation").first.click()
    if household.by_letter:
        with page.expect_download() as letter:
            page.get_by_role("button", name="Remettre un code par courrier").click()
        return code_of_letter(Path(letter.value.path()))
    page.get_by_role("button", name="Envoyer un code par courriel").click()
    mail = stack.wait_for_mail(household.email, "code")
    return CODE.search(mail.get_body(("plain",)).get_content()).group()


def fill_child(page: Page, number: int, household: Household) -> None:
    row = f"custodies-{number}"
    page.locator(f"[name={row}-first_name]").fill(household.children[number])
    page.locator(f"[name={row}-last_name]").fill(household.name)
    page.locator(f"[name={row}-birth_date]").fill(household.births[number])
    school = page.locator(f"[name={row}-school] option", has_text=re.compile("primaire Louis David|primaire Lambert"))
    page.locator(f"[name={row}-school]").select_option(school.first.get_attribute("value"))
    page.locator(f"[name={row}-level]").select_option("CE1")


def code_of_letter(path: Path) -> str:
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert "Madame Claire" in text
    # Printed with wide spaces between its signs, which the extraction may take for blanks.
    return next(line for line in ("".join(line.split()) for line in text.splitlines()) if CODE.fullmatch(line))


# --- The parent -------------------------------------------------------------------------------------------------------


def activate(page: Page, stack: Stack, household: Household, code: str) -> None:
    page.goto("/")
    look(page)
    page.get_by_role("link", name="Activer mon espace").click()
    look(page)
    page.get_by_label("Code d’activation").fill(code.lower())
    page.get_by_label("Date de naissance").fill(household.births[1])
    page.get_by_role("button", name="Continuer").click()
    look(page)
    page.get_by_label("Votre adresse électronique").fill(household.email)
    page.get_by_label("Choisissez un mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Recevoir le lien").click()
    expect(page.locator("h1")).to_have_text("Regardez votre messagerie")
    look(page)
    mail = stack.wait_for_mail(household.email, "espace")
    link = re.search(r"http://\S+/activer/confirmer/\S+", mail.get_body(("plain",)).get_content()).group()
    page.goto(link)
    look(page)
    page.get_by_role("button", name="Ouvrir mon espace").click()
    expect(page.locator("h1")).to_have_text("Mon accueil")
    expect(page.locator(".identity")).to_contain_text(f"Bonjour Madame {household.name.upper()}.")
    look(page)


def leave_and_come_back(page: Page, household: Household) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/compte/connexion/")
    look(page)
    page.get_by_label("Adresse électronique").fill(household.email)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator(".identity")).to_contain_text("Dernière connexion le 21/09/2026 à 08:")


def enrol_both_children(page: Page, stack: Stack, household: Household) -> None:
    for child in household.children:
        page.goto("/accueil/")
        page.get_by_role("link", name="Inscription périscolaire").click()
        look(page)
        page.locator("main a[href*='/restauration/?annee=']", has_text=child).first.click()
        look(page)
        page.locator("#id_accepted_0").check()
        page.get_by_role("button", name="Inscrire").click()
        expect(page.locator("main")).to_contain_text(re.compile(r"D2026-\d{6}"))
        look(page)
    stack.wait_for_mail(household.email, "nscription")


def book_october(page: Page, stack: Stack, household: Household) -> None:
    page.goto("/accueil/")
    page.get_by_role("link", name="Gérer les réservations").click()
    look(page)
    page.locator("main a[href*='/restauration/2026-']").first.click()
    page.goto(re.sub(r"/2026-\d\d/", "/2026-09/", page.url))
    expect(page.locator("main")).to_contain_text("Délai dépassé")
    page.goto(page.url.replace("/2026-09/", "/2026-10/"))
    look(page)
    for day in OCTOBER:
        page.locator(f"input[type=checkbox][value='{day}']").check()
    page.locator("input[name=aussi]").check()
    look(page)
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"D2026-\d{6}"))
    expect(page.locator("main")).to_contain_text(
        "lundi 5, mardi 6, jeudi 8 et vendredi 9 octobre 2026", ignore_case=True
    )
    look(page)
    number = re.search(r"D2026-\d{6}", page.locator("main").inner_text()).group()
    mail = stack.wait_for_mail(household.email, number)
    assert "lundi 5, mardi 6, jeudi 8 et vendredi 9 octobre" in mail.get_body(("plain",)).get_content()
    page.goto("/demandes/")
    look(page)
    expect(page.locator("main")).to_contain_text(number)


def read_the_invoice(page: Page, stack: Stack, household: Household) -> str:
    stack.wait_for_mail(household.email, "facture", seconds=90)
    page.goto("/factures/")
    look(page)
    page.locator("main a[href*='/factures/2610']").first.click()
    look(page)
    number = re.search(r"2610\d{6}", page.url).group()
    expect(page.locator("main")).to_contain_text(re.compile("octobre 2026", re.I))
    pdf = page.request.get(f"/factures/{number}/pdf/")
    assert pdf.status == 200
    assert pdf.body().startswith(b"%PDF-")
    assert pdf.headers["content-type"] == "application/pdf"
    return number


def pay(page: Page, stack: Stack, household: Household, number: str) -> None:
    page.get_by_role("button", name="Payer ma facture").click()
    expect(page.locator("h1")).to_contain_text("Paiement de")
    page.get_by_role("button", name="Accepter le paiement").click()
    expect(page.locator("h1")).to_have_text("Paiement accepté")
    page.get_by_role("link", name="Retourner à la boutique").click()
    expect(page.locator("main")).to_contain_text("Votre paiement est enregistré")
    look(page)
    page.goto(f"/factures/{number}/")
    expect(page.locator("main")).to_contain_text("Réglée")
    expect(page.get_by_role("button", name="Payer ma facture")).to_have_count(0)
    look(page)
    assert number in stack.wait_for_mail(household.email, "aiement").get_body(("plain",)).get_content()


def agent_sees_everything(page: Page, household: Household, number: str) -> None:
    for path, words in (
        (f"/admin/reservations/booking/?q={household.name}", household.children[0]),
        (f"/admin/billing/invoice/?q={number}", number),
        (f"/admin/billing/payment/?q={number}", household.name),
        (f"/admin/post_office/email/?q={household.email}", household.email),
    ):
        page.goto(path)
        expect(page.locator("#result_list, .result-list, main").first).to_contain_text(words)
    page.goto(f"/admin/post_office/email/?q={household.email}")
    page.locator("a", has_text=re.compile("espace", re.I)).last.click()
    expect(page.locator("body")).not_to_contain_text("/activer/confirmer/")
