"""Who signs in on the running site: the named parents of the demonstration, and its agent with her second factor."""

import re

from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import AGENT, PASSWORD
from castres_portal.tests.browser.conftest import Stack


def give_password(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill the sign-in page that is shown."""
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=False).first.fill(password)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()


def sign_in(page: Page, email: str) -> None:
    """Sign a parent in; she lands on her first page."""
    page.goto("/compte/connexion/")
    give_password(page, email)
    expect(page).to_have_url(re.compile("/accueil/$"))


def forget_limits(stack: Stack) -> None:
    """Forget how often this machine tried anything: all the tests come from one address."""
    stack.run("from django.core.cache import cache\ncache.clear()")


def sign_in_as_agent(page: Page, stack: Stack, email: str = AGENT.email) -> None:
    """Sign an agent in, with the code that her application shows; she lands in the back office."""
    page.goto("/admin/")
    give_password(page, email)
    forget_limits(stack)  # a code serves once: it spares the tests the thirty seconds until the next one
    code = stack.run(
        "from castres_portal.demo.one_time_codes import current_codes\n"
        f"print(next(c.code for c in current_codes() if c.email == {email!r}))"
    )
    page.locator("input[name=code]").fill(code.strip())
    page.get_by_role("main").locator("button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("/admin/$"))
