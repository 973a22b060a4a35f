"""An appointment for a place in a crèche, by hand: an agent opens slots, a parent takes, moves and cancels one.

Without JavaScript too.
"""

import re

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import DURAND, PETIT
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in, sign_in_as_agent
from castres_portal.tests.browser.sight import look

PARENTS = {"phone": DURAND.email, "desktop": PETIT.email}


def open_slots(page: Page) -> None:
    page.goto("/admin/reservations/appointmentslot/ouvrir/")
    page.locator("select[name=place]").select_option(index=1)
    page.locator("textarea[name=receives]").fill("Mme Anne Roques (fictive)")
    page.locator("input[name=weekdays][value='4']").check()
    page.locator("input[name=first_day]").fill("20/11/2026")
    page.locator("input[name=weeks]").fill("3")
    page.get_by_role("button", name="Voir les créneaux").click()
    page.get_by_role("button", name=re.compile("Ouvrir ces 18 créneaux")).click()
    expect(page.locator("body")).to_contain_text("Créneaux ouverts : 18.")


@pytest.mark.parametrize("screen, script", [("phone", True), ("desktop", True), ("phone", False)])
def test_a_parent_takes_moves_and_cancels_an_appointment(town: Stack, visit: Visit, screen: str, script: bool):
    town.set_clock("2026-09-22T09:00")
    page, email = visit(screen, java_script_enabled=script), PARENTS[screen]
    sign_in(page, email)
    page.goto("/petite-enfance/")
    page.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.locator("main")).to_contain_text("Choisissez un créneau.")
    if script:
        look(page)

    page.locator("input[name=slot]").first.check()
    chosen = page.locator(".slot-day__name").first.inner_text()
    page.get_by_label("Un enfant à naître").check()
    page.get_by_label("Naissance prévue le").fill("01/03/2027")
    page.get_by_label("À partir du").fill("01/09/2027")
    page.get_by_label("Lundi").check()
    page.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.locator("main")).to_contain_text("Votre rendez-vous est pris")
    expect(page.locator("main")).to_contain_text(re.compile(re.escape(chosen), re.I))
    if script:
        look(page)
    number = re.search(r"D2026-\d{6}", page.url).group()
    mail = town.wait_for_mail(email, number)
    invitation = next(part for part in mail.iter_attachments())
    assert invitation.get_content_type() == "text/calendar"
    event = Calendar.from_ical(invitation.get_payload(decode=True)).walk("VEVENT")[0]

    page.get_by_role("link", name="Déplacer").click()
    if script:
        look(page)
    page.locator("details.slot-week").last.locator("summary").click()
    page.locator("input[name=slot]").last.check()
    page.get_by_role("button", name="Déplacer").click()
    expect(page.locator("main")).to_contain_text("Votre rendez-vous est déplacé")
    file = page.request.get(f"/petite-enfance/{number}/agenda.ics")
    moved = Calendar.from_ical(file.body()).walk("VEVENT")[0]
    assert moved["UID"] == event["UID"]
    assert moved["SEQUENCE"] == event["SEQUENCE"] + 1

    page.get_by_role("link", name="Annuler ce rendez-vous").click()
    if script:
        look(page)
    page.get_by_role("button", name="Annuler mon rendez-vous").click()
    expect(page.locator("main")).to_contain_text("Votre rendez-vous est annulé")
    town.wait_for_mail(email, "Rendez-vous annulé")


def test_an_agent_opens_a_week_and_takes_a_slot_for_a_family(town: Stack, visit: Visit):
    town.set_clock("2026-09-22T09:00")
    page = visit("desktop")
    sign_in_as_agent(page, town)
    open_slots(page)
    page.locator("a", has_text="prendre pour une famille").first.click()
    page.locator("#q").fill("Leroy")
    page.get_by_role("button", name="Chercher").click()
    page.locator("a[href*='famille=']").first.click()
    page.get_by_label("Un autre enfant, déjà né").check()
    page.get_by_label("Prénom de l’enfant").fill("Sami")
    page.get_by_label("Date de naissance").fill("07/05/2026")
    page.get_by_label("À partir du").fill("01/09/2027")
    page.get_by_label("lundi").check()
    page.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.locator("body")).to_contain_text(re.compile(r"demande n° D2026-\d{6}"))
    page.get_by_role("link", name="Voir la semaine").click()
    expect(page.locator("body")).to_contain_text("Leroy : Sami")
