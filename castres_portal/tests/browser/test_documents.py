"""« Pièces justificatives » in a real browser: on a phone and a desktop, with and without JavaScript, to the agent's decision."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look
from documents.tests import papers


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Files as they lie on a family's device."""
    contents = {
        "photo.jpg": papers.photo_of_castres(),
        "quittance.pdf": papers.pdf(2),
        "verrou.pdf": papers.encrypted_pdf("secret"),
        "vide.pdf": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def kept(stack: Stack) -> int:
    """Return how many papers the Martins have."""
    return int(
        stack.run(
            "from documents.models import SupportingDocument\n"
            f"print(SupportingDocument.objects.filter(family__guardians__user__email={MARTIN.email!r}).count())"
        )
    )


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_files_are_sent_one_by_one_with_javascript(town: Stack, visit: Visit, files: dict[str, Path], screen: str):
    before = kept(town)
    page = visit(screen)
    sign_in(page, MARTIN.email)
    page.goto("/pieces/")
    expect(page.locator("main")).to_contain_text("Attestation CAF")
    look(page)
    page.get_by_role("link", name="Déposer une pièce").click()
    expect(page).to_have_url(re.compile("/pieces/deposer/"))
    look(page)
    page.get_by_label("Quelle pièce").select_option("livret-famille")
    content = papers.pdf(3 if screen == "phone" else 4)
    files["quittance.pdf"].write_bytes(content)
    page.get_by_label("Vos fichiers").set_input_files([files["quittance.pdf"], files["verrou.pdf"], files["vide.pdf"]])
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".uploads .is-kept")).to_have_count(1)
    expect(page.locator(".uploads .is-refused")).to_have_count(2)
    expect(page.locator(".uploads")).to_contain_text("mot de passe")
    look(page)
    page.get_by_role("link", name="Voir mes pièces").click()
    expect(page.locator("main")).to_contain_text("Livret de famille")
    look(page)
    assert kept(town) == before + 1


def test_the_camera_s_button_is_for_phones(town: Stack, visit: Visit):
    for screen, seen in (("phone", True), ("desktop", False)):
        page = visit(screen)
        sign_in(page, MARTIN.email)
        page.goto("/pieces/deposer/")
        expect(page.get_by_label("Ou prenez une photo")).to_be_visible(visible=seen)


def test_everything_works_without_javascript_then_an_agent_decides(town: Stack, visit: Visit, files: dict[str, Path]):
    page = visit("phone", java_script_enabled=False)
    sign_in(page, MARTIN.email)
    page.goto("/pieces/deposer/")
    page.get_by_label("Quelle pièce").select_option("avis-imposition")
    page.get_by_label("Date écrite sur la pièce").fill("01/09/2026")
    page.get_by_label("Vos fichiers").set_input_files([files["photo.jpg"], files["verrou.pdf"]])
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("main")).to_contain_text(re.compile("photo.jpg.*est déposé"))
    expect(page.locator("main")).to_contain_text(re.compile("verrou.pdf.*mot de passe"))
    expect(page.get_by_label("Date écrite sur la pièce")).to_have_value("01/09/2026")

    agent = visit("desktop")
    sign_in_as_agent(agent, town)
    agent.goto("/admin/documents/supportingdocument/?q=Martin")
    agent.get_by_role("link", name="Avis d’imposition").first.click()
    expect(agent.locator("img.paper-preview")).to_be_visible()
    agent.wait_for_function("document.querySelector('img.paper-preview').naturalWidth > 0")
    agent.get_by_role("button", name="Accepter et passer").click()
    expect(agent.locator("body")).to_contain_text("acceptée, la famille est prévenue")
    mail = town.wait_for_mail(MARTIN.email, "Pièce acceptée")
    assert "31 août 2027" in mail.get_body(("plain",)).get_content()

    page.goto("/pieces/")
    expect(page.locator("main")).to_contain_text("Valable jusqu’au 31 août 2027")
