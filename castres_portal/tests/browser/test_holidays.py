"""A week of holidays, first come: on a phone with JavaScript, on a desktop without."""

import re

import pytest
from playwright.sync_api import expect

from castres_portal.demo.accounts import MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in
from castres_portal.tests.browser.sight import look


def period_of(town: Stack, mode: str) -> str:
    """The id of a period that is open now, in a mode of the holidays."""
    return town.run(
        "from castres_portal.base import clock\n"
        "from reservations.models import HolidayPeriod\n"
        "rows = HolidayPeriod.objects.filter(opens_at__lte=clock.now(), closes_at__gt=clock.now())\n"
        f"print(next(row.pk for row in rows if row.mode == HolidayPeriod.Mode.{mode}))"
    ).strip()


@pytest.mark.parametrize("screen, scripts", [("phone", True), ("desktop", False)])
def test_a_day_of_holidays_is_booked_and_given_back(town: Stack, visit: Visit, screen: str, scripts: bool):
    town.set_clock("2026-09-21T08:00")
    page = visit(screen, java_script_enabled=scripts)
    sign_in(page, MARTIN.email)
    page.goto("/vacances/")
    expect(page.locator("main")).to_contain_text("Ouvert")
    if scripts:
        look(page)
    address = f"/vacances/{period_of(town, 'FIRST_COME')}/"
    page.goto(address)
    expect(page.locator("main")).to_contain_text("€")
    if scripts:
        look(page)

    free = page.locator(
        "form[data-portal-holidays] input[name=semaine]:not(:checked), form input[name=jour]:not(:checked)"
    )
    value = free.first.get_attribute("value")
    box = page.locator(f"input[value='{value}']")
    for wanted, words in ((True, "enregistr"), (False, "annul")):
        box.set_checked(wanted)
        page.get_by_role("button", name="Valider pour tous les enfants").click()
        expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/"))
        expect(page.locator("main")).to_contain_text(re.compile(words, re.IGNORECASE))
        page.goto(address)
        expect(box).to_be_checked(checked=wanted)


def test_wishes_are_ranked_on_a_phone(town: Stack, visit: Visit):
    town.set_clock("2026-09-21T08:00")
    page = visit("phone")
    sign_in(page, MARTIN.email)
    page.goto(f"/vacances/{period_of(town, 'WISHES')}/")
    expect(page.locator("main")).to_contain_text("vœu")
    look(page)
