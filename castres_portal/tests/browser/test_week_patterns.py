"""A term of canteen and Wednesdays for three children in two schools: on a phone, in ten gestures and less than a minute."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from castres_portal.demo.accounts import MARTIN
from castres_portal.tests.browser.conftest import Stack, Visit
from castres_portal.tests.browser.people import sign_in
from castres_portal.tests.browser.sight import look

GESTURES, SECONDS = 10, 60
EMAIL = "roux@demo.example.org"

# A household that has never booked: three children in two schools, enrolled as a family of the town is.
HOUSEHOLD = f"""
from datetime import date
from allauth.account.models import EmailAddress
from accounts.models import User
from families.models import Child, Custody, Family, Guardian
from reservations.models import ActivitySite, Enrolment
model = Guardian.objects.select_related("family", "user").get(user__email={MARTIN.email!r})
user, is_new = User.objects.get_or_create(
    email={EMAIL!r}, defaults=dict(title="Madame", first_name="Inès", last_name="Roux", password=model.user.password)
)
if is_new:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    family = Family.objects.create(number="F990003", name="Roux", street="1 rue des Essais", postcode="81100")
    Guardian.objects.create(
        family=family, user=user, title="Madame", first_name="Inès", last_name="Roux", email=user.email, pays=True,
        attached_at=model.attached_at,
    )
    rows = Enrolment.objects.filter(family=model.family, ends_on=date(2027, 7, 2)).select_related("child", "activity", "request")
    meal, wednesday = (rows.filter(activity__slug=slug).first() for slug in ("restauration", "mercredis"))
    sites = ActivitySite.objects.filter(activity=meal.activity).order_by("pk")
    for rank, name in enumerate(("Léa", "Tom", "Lou")):
        site = sites[rank % 2]
        child = Child.objects.create(
            first_name=name, last_name="Roux", birth_date=date(2017 + rank, 6, 1), school=site.school, level="CP"
        )
        Custody.objects.create(child=child, family=family, starts_on=date(2020, 6, 1))
        for row, where in ((meal, site), (wednesday, wednesday.site)):
            request = row.request
            request.pk, request.number = None, f"D2026-9{{rank}}{{row.activity_id:04d}}"
            request.family, request.guardian = family, None
            request.save(force_insert=True)
            Enrolment.objects.create(
                child=child, family=family, activity=row.activity, site=where, school_year=row.school_year,
                starts_on=row.starts_on, ends_on=row.ends_on, request=request, acceptance=row.acceptance,
            )
"""


class Thumb:
    """Taps, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, locator) -> None:
        self.taps += 1
        locator.first.tap()


def test_a_term_for_three_children_on_a_phone_in_ten_gestures(town: Stack, visit: Visit):
    town.set_clock("2026-11-19T12:06")
    town.run(HOUSEHOLD)
    page = visit("phone")
    sign_in(page, EMAIL)
    thumb = Thumb(page)
    began = time.monotonic()

    thumb.tap(page.get_by_role("main").get_by_role("link", name="Gérer les réservations"))
    thumb.tap(page.get_by_role("main").get_by_role("link", name="Semaine type"))
    expect(page.locator("input[name=enfants]:checked")).to_have_count(3)
    look(page)
    for weekday in ("lundi", "mardi", "jeudi", "vendredi"):
        thumb.tap(page.locator(f"label.week-pick:has(input[name=jours-tous-restauration][value={weekday}])"))
    thumb.tap(page.locator("label.week-pick:has(input[name=jours-tous-mercredis])"))
    thumb.tap(page.locator("label.check-card").filter(has_text=re.compile("jusqu’au vendredi 18 décembre 2026")))
    thumb.tap(page.get_by_role("button", name="Voir l’aperçu"))
    expect(page.locator("h1")).to_have_text("Aperçu")
    for name in ("Léa", "Tom", "Lou"):
        expect(page.locator("main")).to_contain_text(name)
    look(page)
    thumb.tap(page.get_by_role("button", name=re.compile(r"Réserver \d+ jours")))
    expect(page).to_have_url(re.compile(r"/demandes/D20\d\d-\d{6}/"))
    expect(page.locator("main")).to_contain_text("C’est enregistré")

    # The next time, the days are ticked already.
    page.goto("/reservations/semaine-type/")
    expect(page.locator("input[name=jours-tous-restauration]:checked")).to_have_count(4)
    assert thumb.taps <= GESTURES, f"{thumb.taps} gestes"
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("screen, scripts", [("phone", False), ("desktop", True)])
def test_a_range_is_previewed_modified_and_cleared(town: Stack, visit: Visit, screen: str, scripts: bool):
    town.set_clock("2026-11-19T12:06")
    page = visit(screen, java_script_enabled=scripts)
    sign_in(page, MARTIN.email)
    page.goto("/reservations/effacer/")
    page.locator("input[name=du]").fill("2026-12-01")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator("main")).to_contain_text("Choisissez le dernier jour.")
    expect(page.locator("input[name=du]")).to_have_value("2026-12-01")
    page.locator("input[name=au]").fill("2026-12-18")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator("h1")).to_have_text("Aperçu")
    page.get_by_role("link", name="Modifier").click()
    expect(page.locator("input[name=au]")).to_have_value("2026-12-18")
    if scripts:
        look(page)


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_tools_stand_on_both_screens(town: Stack, visit: Visit, screen: str):
    page = visit(screen)
    sign_in(page, MARTIN.email)
    for path in ("semaine-type", "copier-un-mois", "copier-vers", "effacer", "jours-habituels", "rappels"):
        page.goto(f"/reservations/{path}/")
        look(page)
