"""The attendance sheet on a tablet that loses its network: what is touched is kept, shown again, and sent once."""

import re

from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import ANIMATEUR
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in_as_agent
from castres_portal.tests.browser.sight import look

MONDAY = "2026-09-21T11:40"
UNTOUCHED = "[data-portal-pupil][data-booked]:has(.mark--none input:checked)"


def first_untouched(page: Page) -> str:
    """The id of a booked child whom nobody has touched."""
    return page.locator(UNTOUCHED).first.get_attribute("data-portal-pupil") or ""


def pupil(page: Page, child: str):
    return page.locator(f"[data-portal-pupil='{child}']")


def touches_of(town: Stack, child: str) -> str:
    """What the server keeps of a child's day: states, and how many times it was touched."""
    return town.run(
        "from reservations.models import Attendance\n"
        f"rows = Attendance.objects.filter(child={child}, day='2026-09-21', activity__slug='restauration')\n"
        "print(sorted((row.state, row.touches.count()) for row in rows))"
    ).strip()


def test_a_sheet_is_touched_without_network_and_sent_once_it_is_back(town: Stack, visit: Visit):
    town.set_clock(MONDAY)
    page = visit("desktop")
    sign_in_as_agent(page, town, ANIMATEUR.email)
    page.goto("/pointage/")
    look(page)
    page.get_by_role("link", name=re.compile("Restauration scolaire")).first.click()
    expect(page.locator("[data-portal-sheet]")).to_be_visible()
    look(page)

    child = first_untouched(page)
    pupil(page, child).get_by_text("Présent").click()
    expect(pupil(page, child).locator("[data-portal-pupil-state]")).to_contain_text(
        "par Nadia BELKACEM", ignore_case=True
    )

    assert touches_of(town, child) == "[('present', 1)]"

    # The worker has kept the page: it opens without network, and says what waits.
    page.wait_for_function("document.documentElement.dataset.portalKept !== undefined")
    page.context.set_offline(True)
    page.reload()
    said = pupil(page, child).locator("[data-portal-pupil-state]")
    pupil(page, child).get_by_text("Absent", exact=True).click()
    expect(said).to_contain_text("à envoyer")
    page.reload()
    expect(said).to_contain_text("à envoyer")
    assert touches_of(town, child) == "[('present', 1)]"

    page.context.set_offline(False)
    expect(said).to_contain_text("par Nadia BELKACEM", ignore_case=True)
    assert touches_of(town, child) == "[('absent', 2)]"
