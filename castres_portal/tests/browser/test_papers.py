"""A paper, by hand: a parent asks for it, a stranger checks it, an agent takes it back, and the stranger reads so."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look


def text_of(page: Page, path: str, folder: Path) -> str:
    file = folder / "papier.pdf"
    file.write_bytes(page.request.get(path).body())
    return subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("screen, script", [("phone", False), ("desktop", True)])
def test_a_paper_is_delivered_checked_and_withdrawn(
    town: Stack, visit: Visit, tmp_path: Path, screen: str, script: bool
):
    town.set_clock("2026-09-22T09:00")
    parent = visit(screen, java_script_enabled=script)
    sign_in(parent, MARTIN.email)
    parent.goto("/documents/")
    if script:
        look(parent)
    parent.get_by_role("link", name="Attestation d’inscription").first.click()
    if script:
        look(parent)
    parent.get_by_role("button", name="Obtenir le document").click()
    expect(parent.locator("main")).to_contain_text("Votre document est prêt")
    if script:
        look(parent)
    number = re.search(r"A2026-\d{6}", parent.url).group()
    said = text_of(parent, f"/documents/papiers/{number}/pdf/", tmp_path)
    code = re.search(r"code de contrôle\s+([A-Z2-9]{4}-[A-Z2-9]{4})", said).group(1)

    stranger = visit(screen)
    stranger.goto("/verifier/")
    look(stranger)
    stranger.get_by_label("Numéro du document").fill(number.lower())
    stranger.get_by_label("Code de contrôle").fill(code.lower().replace("-", " "))
    stranger.get_by_role("button", name="Vérifier").click()
    expect(stranger.locator("main")).to_contain_text("Document authentique")
    expect(stranger.locator("main")).not_to_contain_text("MARTIN")
    look(stranger)

    if screen == "desktop":
        agent = visit("desktop")
        sign_in_as_agent(agent, town)
        agent.goto(f"/admin/documents/issuedpaper/?q={number}")
        agent.get_by_role("link", name=number).first.click()
        agent.get_by_label("Motif").fill("Délivrée par erreur.")
        agent.get_by_role("button", name="Retirer").click()
        expect(agent.locator("body")).to_contain_text("est retiré")
        stranger.get_by_label("Numéro du document").fill(number)
        stranger.get_by_label("Code de contrôle").fill(code)
        stranger.get_by_role("button", name="Vérifier").click()
        expect(stranger.locator("main")).to_contain_text("Document retiré")
