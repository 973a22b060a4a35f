"""The calendar of the whole family, on a phone and on a desktop, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import BERNARD, MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in
from castres_portal.tests.browser.sight import look

MONTH = "/reservations/2027-03/"


def free_box(page: Page, row: str, number: int = 0):
    """A free day of a service."""
    rows = page.locator(".week-grid tr", has=page.get_by_role("rowheader", name=re.compile(row)))
    return rows.locator("input[type=checkbox]:not(:checked)").nth(number)


@pytest.mark.parametrize("screen, scripts", [("phone", True), ("desktop", True), ("phone", False), ("desktop", False)])
def test_two_children_and_three_services_are_booked_in_one_submit(
    town: Stack, visit: Visit, screen: str, scripts: bool
):
    town.set_clock("2026-09-21T08:00")
    page = visit(screen, java_script_enabled=scripts)
    sign_in(page, MARTIN.email)
    page.goto("/reservations/")
    if scripts:
        look(page)
    page.goto(MONTH)
    if scripts:
        look(page)
    expect(page.locator("main")).to_contain_text("jusqu’au" if screen == "desktop" else "févr.")

    meal = free_box(page, "Restauration")
    day = meal.get_attribute("value")
    same_day = page.locator(f".week-grid td:not(.booked) input[type=checkbox][value='{day}']")
    chosen = min(same_day.count(), 3)
    for number in range(chosen):
        same_day.nth(number).check()
    wednesday = page.locator(".week-grid select[name$=-mercredis]").last
    wednesday.select_option(index=1)
    if scripts:
        summary = page.locator("[data-portal-summary]")
        expect(summary).to_contain_text(re.compile(r"\+1 repas|\+2 repas"))
        expect(summary).to_contain_text("€")
        expect(page.get_by_role("button", name="Voir ce que cela change")).to_be_hidden()
        look(page)
    else:
        page.get_by_role("button", name="Voir ce que cela change").click()
        expect(page.locator("#ce-que-cela-change")).to_contain_text(re.compile(r"\+[12] repas.*€"))
        expect(page.locator(f".week-grid td:not(.booked) input[value='{day}']:checked")).to_have_count(chosen)
    page.get_by_role("button", name="Valider").click()
    expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/"))
    expect(page.locator("main")).to_contain_text("mars 2027")
    if scripts:
        look(page)
    page.get_by_role("link", name="Retour au calendrier").first.click()
    expect(page).to_have_url(re.compile(r"/reservations/2027-03/$"))
    expect(page.locator(f".week-grid td.booked input[value='{day}']").first).to_be_checked()
    expect(page.locator(".totals")).to_contain_text("Dernier changement")
    undo(page, day)


def undo(page: Page, day: str) -> None:
    """Leave the month as it was, for the next visitor."""
    for box in page.locator(f".week-grid td.booked input[value='{day}']").all():
        box.uncheck()
    page.get_by_role("button", name="Valider").click()
    expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/"))


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_week_a_day_and_its_story_are_read(town: Stack, visit: Visit, screen: str):
    town.set_clock("2026-09-21T08:00")
    page = visit(screen)
    sign_in(page, MARTIN.email)
    page.goto("/reservations/semaine/2026-W41/")
    look(page)
    page.get_by_role("link", name=re.compile("^Histoire du")).first.click()
    expect(page.locator("h1")).to_contain_text("octobre 2026")
    look(page)
    page.get_by_role("link", name="Toute la famille ce jour-là").click()
    expect(page.locator("main")).to_contain_text("Restauration scolaire")
    look(page)
    page.get_by_role("link", name="Modifier cette semaine").click()
    expect(page).to_have_url(re.compile("/reservations/semaine/2026-W41/"))


def test_the_calendar_is_changed_with_the_keyboard_alone(town: Stack, visit: Visit):
    town.set_clock("2026-09-21T08:00")
    page = visit("desktop")
    sign_in(page, MARTIN.email)
    page.goto(MONTH)
    box = free_box(page, "Restauration", 1)
    name = box.evaluate(
        "b => b.getAttribute('aria-labelledby').split(' ').map(i => document.getElementById(i).innerText).join(' ')"
    )
    assert "Restauration scolaire" in name
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-portal-summary]")).to_contain_text("+1 repas")
    page.keyboard.press("Space")
    expect(page.locator("[data-portal-summary]")).to_have_text("Aucun changement")


def test_a_separated_father_sees_his_weeks_and_why_the_others_are_closed(town: Stack, visit: Visit):
    town.set_clock("2026-09-21T08:00")
    page = visit("phone")
    sign_in(page, BERNARD.email)
    page.goto("/reservations/2026-11/")
    expect(page.locator("main")).to_contain_text("chez vous en semaines paires")
    look(page)
