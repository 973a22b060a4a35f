"""An absence announced and a price simulated, on a phone and on a desktop, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import DURAND, MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in
from castres_portal.tests.browser.sight import look


@pytest.mark.parametrize("screen, account, scripts", [("phone", MARTIN, True), ("desktop", DURAND, False)])
def test_an_absence_says_what_the_invoice_will_do_before_it_is_sent(
    town: Stack, visit: Visit, screen: str, account, scripts: bool
):
    town.set_clock("2026-09-21T08:00")
    page = visit(screen, java_script_enabled=scripts)
    sign_in(page, account.email)
    page.goto("/absences/")
    if scripts:
        look(page)
    page.get_by_role("main").locator("a.stretched-link").first.click()
    page.get_by_role("button", name="Voir ce que cela change").click()
    expect(page.locator("main")).to_contain_text("À corriger")
    page.locator("input[name=days]").first.check()
    page.locator("input[name=reason][value=maladie]").check()
    page.get_by_label("Une précision").fill("Fièvre depuis cette nuit.")
    if scripts:
        look(page)
    page.get_by_role("button", name="Voir ce que cela change").click()
    expect(page.locator("main")).to_contain_text("Rien n’est encore envoyé")
    expect(page.locator("main")).to_contain_text("Fièvre depuis cette nuit.")
    if scripts:
        look(page)
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/"))
    if scripts:
        look(page)


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_anybody_simulates_a_price_and_a_mistake_keeps_what_was_typed(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    page.goto("/simulation/")
    look(page)
    page.locator("input[name=quotient]").fill("sept cents")
    page.get_by_role("button", name="Calculer").click()
    expect(page.locator("main")).to_contain_text("À corriger")
    expect(page.locator("input[name=quotient]")).to_have_value("sept cents")
    page.locator("input[name=quotient]").fill("700")
    page.locator(".day-picks label").first.click()
    page.get_by_role("button", name="Calculer").click()
    expect(page.locator("#resultat")).to_contain_text("€")
    look(page)
