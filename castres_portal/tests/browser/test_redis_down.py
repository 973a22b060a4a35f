"""With Redis down a family signs in, books and reads its receipt; the mail leaves later."""

import re
import sys

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import MARTIN, PASSWORD
from castres_portal.demo.processes import Child, answers, end_all, free_port, wait_until
from castres_portal.demo.supervisor import web_command
from castres_portal.tests.browser.conftest import PROJECT, Stack, Visit

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def web_without_redis(stack: Stack):
    """A second web server over the same database, whose Redis does not answer."""
    port = free_port()
    web = Child(
        "web-sans-redis",
        [sys.executable, *web_command(port)],
        log=stack.folder / "web-sans-redis.log",
        env={**stack.environment, "REDIS_URL": NOBODY},
        cwd=PROJECT,
    )
    web.start()
    try:
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}/sante/"), 60), web.log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        end_all([web])


def test_a_family_signs_in_books_and_reads_its_receipt(town: Stack, web_without_redis: str, visit: Visit):
    page = visit("phone", java_script_enabled=False)
    page.goto(f"{web_without_redis}/compte/connexion/")
    page.get_by_label("Adresse électronique").fill(MARTIN.email)
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("h1")).to_have_text("Mon accueil")

    page.get_by_role("link", name="Gérer les réservations").click()
    page.locator("main a[href*='/restauration/']").first.click()
    while page.locator(".day--open input").count() == 0:
        page.locator("a[rel=next]").click()
    box = page.locator(".day--open input").last
    box.set_checked(not box.is_checked())
    page.get_by_role("button", name="Valider").click()

    expect(page.locator("main")).to_contain_text(re.compile(r"D20\d\d-\d{6}"))
    number = re.search(r"D20\d\d-\d{6}", page.locator("main").inner_text()).group()
    # Nobody was woken; the sweep of the next minute sends what stands in the database.
    mail = town.wait_for_mail(MARTIN.email, number, seconds=90)
    assert number in mail.get_body(("plain",)).get_content()
