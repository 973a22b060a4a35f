"""The tools of the week as a parent uses them: the form, the preview of every day, one validation."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, CustodyFactory, GuardianFactory
from reservations.models import ActivitySite, Booking, BookingReceipt, Closure, ReceiptLine, SiteDay
from reservations.tests.factories import (
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    TariffBandFactory,
    TariffFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)
from reservations.tests.views.conftest import NOON

pytestmark = pytest.mark.django_db

PATTERN, COPY_MONTH = "/reservations/semaine-type/", "/reservations/copier-un-mois/"
COPY_TO, CLEAR = "/reservations/copier-vers/", "/reservations/effacer/"
CHRISTMAS = date(2026, 12, 18)
FIRST_OPEN = date(2026, 11, 26)  # seven days after NOON


class Preview:
    """A preview as a browser holds it."""

    def __init__(self, client, address):
        self.client, self.address = client, address
        self.response = client.get(address)
        self.html = unescape(self.response.content.decode())
        self.text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html))

    @property
    def fields(self):
        return {
            "envoi": re.findall(r'name="envoi" value="([^"]+)"', self.html),
            "vu": re.findall(r'name="vu" value="([^"]+)"', self.html),
        }

    @property
    def days(self):
        """What it promises: (child, activity, sign, formula, day)."""
        return {
            (int(child), slug, sign, formula, datetime.strptime(day, "%Y%m%d").date())
            for child, slug, sign, formula, packed in (row.split("|") for row in self.fields["vu"])
            for day in packed.split()
        }

    def send(self, **fields):
        return self.client.post(self.address, self.fields | fields, follow=True)


def pattern(client, *, children, days, jusqu="vacances", **more):
    fields = {"apercu": "1", "enfants": [child.pk for child in children], "jusqu": jusqu, "du": FIRST_OPEN.isoformat()}
    for (slug, formula), weekdays in days.items():
        fields[f"jours-tous-{slug}"] = weekdays
        if formula:
            fields[f"formule-tous-{slug}"] = formula
    return Preview(client, f"{PATTERN}?{urlencode(fields | more, doseq=True)}")


CANTEEN = {("restauration", ""): ["lundi", "mardi", "jeudi", "vendredi"]}
WEDNESDAYS = {("mercredis", "journee-repas"): ["mercredi"]}


def active(**fields):
    return set(Booking.objects.filter(status="active", **fields).values_list("day", flat=True))


# --- The pattern ------------------------------------------------------------------------------------------------------


def test_a_term_of_two_services_is_previewed_then_booked_in_one_receipt(signed_in, mother, zoe):
    tom, _ = a_child_at_the_canteen(mother.family, first_name="Tom")
    for child in (zoe, tom):
        a_child_on_wednesdays(mother.family, child=child)
    page = pattern(signed_in, children=[zoe, tom], days=CANTEEN | WEDNESDAYS)

    assert "Rien n’est encore enregistré" in page.text
    assert not Booking.objects.exists()
    assert "Réserver 34 jours" in page.text  # 14 days of canteen and 3 Wednesdays, for two
    assert "Novembre 2026" in page.text

    answer = page.send()

    assert BookingReceipt.objects.count() == 1
    assert answer.redirect_chain[-1][0] == f"/demandes/{BookingReceipt.objects.get().request.number}/"
    assert "C’est enregistré\u00a0: 34 jours." in unescape(answer.content.decode())
    booked = {(b.child_id, b.activity.slug, "+", b.formula, b.day) for b in Booking.objects.select_related("activity")}
    assert booked == page.days
    assert max(active()) == CHRISTMAS
    assert Email.objects.count() == 1


def test_what_is_already_booked_stays_and_what_is_refused_says_why(signed_in, mother, zoe):
    BookingFactory(enrolment=zoe.enrolments.get(), day=date(2026, 12, 7))
    ActivitySite.objects.update(places=20)
    SiteDay.objects.create(site=zoe.enrolments.get().site, day=date(2026, 12, 8), places=0)
    closure = Closure.objects.create(
        kind="greve",
        label="Grève",
        starts_on=date(2026, 12, 10),
        ends_on=date(2026, 12, 10),
        decided_at=NOON,
        decided_by=UserFactory(),
    )
    page = pattern(signed_in, children=[zoe], days=CANTEEN, du="2026-11-23")

    assert "1 déjà réservé : lun." in page.text
    assert "4 jours impossibles" in page.text
    assert "Délai dépassé : 2 jours" in page.text
    assert "Complet : 1 jour" in page.text
    assert f"/liste-d-attente/{zoe.pk}/restauration/" in page.html
    assert f"{closure.label} : 1 jour" in page.text
    page.send()
    assert date(2026, 12, 8) not in active()
    assert {line.outcome for line in ReceiptLine.objects.all()} == {"reserve"}


def test_the_preview_says_what_it_costs(signed_in, zoe):
    TariffBandFactory(tariff=TariffFactory(activity=zoe.enrolments.get().activity))
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    assert "Montant prévu 42,00 €" in page.text


def test_a_day_without_a_price_is_told_and_no_amount_is_invented(signed_in, zoe):
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    assert "inconnu" in page.text


def test_what_changed_since_the_preview_is_told(signed_in, mother, zoe):
    ActivitySite.objects.update(places=20)
    site = zoe.enrolments.get().site
    freed = SiteDay.objects.create(site=site, day=date(2026, 12, 1), places=0)
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    SiteDay.objects.create(site=site, day=date(2026, 12, 7), places=0)
    SiteDay.objects.filter(pk=freed.pk).update(places=20)

    answer = unescape(page.send().content.decode())

    assert "Un jour a changé depuis l’aperçu" in answer
    assert "Un jour est devenu possible depuis l’aperçu" in answer
    assert date(2026, 12, 7) not in active()
    assert freed.day not in active()  # what was not shown is not booked
    assert ReceiptLine.objects.get(outcome="refuse").day == date(2026, 12, 7)


def test_a_preview_sent_twice_has_one_receipt(signed_in, zoe):
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    first, second = page.send(), page.send()
    assert first.redirect_chain[-1] == second.redirect_chain[-1]
    assert BookingReceipt.objects.count() == 1
    assert Email.objects.count() == 1


def test_two_sisters_and_one_last_place_the_preview_gives_it_once(signed_in, mother, zoe):
    lou, _ = a_child_at_the_canteen(mother.family, first_name="Lou", school=zoe.school)
    ActivitySite.objects.update(places=1)
    page = pattern(signed_in, children=[zoe, lou], days={("restauration", ""): ["lundi"]})
    assert len(page.days) == len({row[-1] for row in page.days}) == 3
    assert "3 jours impossibles" in page.text
    page.send()
    assert Booking.objects.count() == 3
    assert {line.outcome for line in ReceiptLine.objects.all()} == {"reserve"}


def test_in_alternate_custody_only_one_s_own_weeks_are_asked_for(signed_in, mother):
    zoe = ChildFactory(first_name="Zoé")
    CustodyFactory(child=zoe, family=mother.family, odd_weeks=True)
    EnrolmentFactory(child=zoe, family=mother.family)
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    assert {day.isocalendar().week % 2 for *_, day in page.days} == {1}
    assert "de la semaine de l’autre foyer" in page.text
    assert "impossible" not in page.text


def test_odd_weeks_across_a_year_of_53_weeks_are_explained(signed_in, zoe):
    page = pattern(signed_in, children=[zoe], days=CANTEEN, jusqu="annee", semaines="impaires")
    assert "Année de 53 semaines" in page.text
    assert {day.isocalendar().week % 2 for *_, day in page.days} == {1}


def test_a_child_who_is_not_enrolled_in_a_service_is_told(signed_in, mother, zoe):
    tom, _ = a_child_on_wednesdays(mother.family, first_name="Tom")
    page = pattern(signed_in, children=[zoe, tom], days=CANTEEN)
    assert "Tom n’est pas inscrit(e) à « Restauration scolaire »" in page.text
    assert {row[0] for row in page.days} == {zoe.pk}


# --- The form ---------------------------------------------------------------------------------------------------------


def ticked(html):
    inputs = re.findall(r"<input[^>]*>", html)
    return {
        (re.search(r'name="([^"]+)"', tag)[1], re.search(r'value="([^"]*)"', tag)[1])
        for tag in inputs
        if "checked" in tag
    }


def test_the_form_starts_from_the_days_that_the_household_books(signed_in, mother, zoe):
    for weeks in range(1, 5):
        for offset in (0, 3):
            BookingFactory(
                enrolment=zoe.enrolments.get(), day=date(2026, 11, 16) - timedelta(weeks=weeks) + timedelta(days=offset)
            )
    html = signed_in.get(PATTERN).content.decode()
    assert {value for name, value in ticked(html) if name == "jours-tous-restauration"} == {"lundi", "jeudi"}
    assert ("enfants", str(zoe.pk)) in ticked(html)
    assert ("jusqu", "annee") in ticked(html)
    assert 'value="2026-11-26"' in html


def test_children_whose_habits_differ_are_apart_at_once(signed_in, mother, zoe):
    tom, enrolment = a_child_at_the_canteen(mother.family, first_name="Tom")
    for weeks in range(1, 5):
        BookingFactory(enrolment=zoe.enrolments.get(), day=date(2026, 11, 16) - timedelta(weeks=weeks))
        BookingFactory(enrolment=enrolment, day=date(2026, 11, 17) - timedelta(weeks=weeks))
    html = signed_in.get(PATTERN).content.decode()
    assert (f"jours-{zoe.pk}-restauration", "lundi") in ticked(html)
    assert (f"jours-{tom.pk}-restauration", "mardi") in ticked(html)
    assert (f"jours-{tom.pk}-restauration", "lundi") not in ticked(html)

    fields = {"apercu": 1, "chacun": 1, "vus": "chacun", "jusqu": "vacances"}
    fields |= {f"jours-{zoe.pk}-restauration": "lundi", f"jours-{tom.pk}-restauration": "mardi"}
    page = Preview(signed_in, f"{PATTERN}?{urlencode(fields)}")
    assert {(child, day.weekday()) for child, *_, day in page.days} == {(zoe.pk, 0), (tom.pk, 1)}


def test_laying_the_form_out_otherwise_keeps_what_was_ticked(signed_in, mother, zoe):
    tom, _ = a_child_at_the_canteen(mother.family, first_name="Tom")
    fields = {"vus": "tous", "chacun": "1", "jours-tous-restauration": ["lundi", "mardi"], "enfants": [zoe.pk]}
    html = signed_in.get(f"{PATTERN}?{urlencode(fields, doseq=True)}").content.decode()
    for child in (zoe, tom):
        assert (f"jours-{child.pk}-restauration", "mardi") in ticked(html)
    fields = {"vus": "chacun", "chacun": "0", f"jours-{zoe.pk}-restauration": "jeudi"}
    html = signed_in.get(f"{PATTERN}?{urlencode(fields)}").content.decode()
    assert ("jours-tous-restauration", "jeudi") in ticked(html)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"enfants": []}, "Cochez au moins un enfant."),
        ({"jours-tous-restauration": []}, "Cochez au moins un jour"),
        ({"du": "2026-11-01"}, "Ce jour est passé"),
        ({"du": "demain"}, "Écrivez un jour qui existe"),
        ({"jusqu": "date"}, "Choisissez le dernier jour."),
        ({"jusqu": "date", "au": "2026-11-20"}, "Ce jour est avant le premier"),
        ({"jusqu": "date", "au": "2028-11-20"}, "plus d’une année scolaire"),
        ({"jusqu": "toujours"}, "Choisissez jusqu’à quand"),
        ({"semaines": "rares"}, "Choisissez les semaines"),
        ({"jours-tous-restauration": ["dimanche"]}, "n’est pas dans la liste"),
        ({"enfants": ["999999"]}, "n’est pas dans la liste"),
    ],
)
def test_a_mistake_is_said_in_french_and_nothing_typed_is_lost(signed_in, zoe, wrong, said):
    fields = {"apercu": "1", "enfants": [zoe.pk], "jours-tous-restauration": ["jeudi"], "jusqu": "vacances"} | wrong
    response = signed_in.get(f"{PATTERN}?{urlencode(fields, doseq=True)}")
    html = unescape(response.content.decode())
    assert response.status_code == 200
    assert "À corriger" in html
    assert said in html
    if "jours-tous-restauration" not in wrong:
        assert ("jours-tous-restauration", "jeudi") in ticked(html)


def test_a_household_without_enrolment_is_led_to_enrol(client_of):
    other = GuardianFactory(with_space=True)
    for path in (PATTERN, COPY_MONTH, COPY_TO, CLEAR):
        html = client_of(other.user).get(path).content.decode()
        assert "Aucune inscription en cours" in html


def test_another_household_s_child_cannot_be_booked_by_a_forged_preview(signed_in, zoe, client_of):
    stranger = GuardianFactory(with_space=True)
    a_child_at_the_canteen(stranger.family)
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    mine = client_of(stranger.user)
    address = f"{PATTERN}?apercu=1&enfants={stranger.family.enrolments.get().child_id}&jours-tous-restauration=lundi"
    assert mine.post(address, page.fields).status_code == 404
    assert not Booking.objects.exists()


@pytest.mark.parametrize("row", ["", "1|restauration|+", "x|restauration|+||20261207", "1|restauration|*||20261207"])
def test_a_preview_that_no_page_made_is_a_bad_request(signed_in, zoe, row):
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    assert page.send(vu=[row]).status_code == 400


# --- Copies, clearing -------------------------------------------------------------------------------------------------


def test_a_month_is_copied_and_nothing_is_cancelled(signed_in, zoe):
    enrolment = zoe.enrolments.get()
    for day in (date(2026, 11, 2), date(2026, 11, 9), date(2026, 12, 1)):
        BookingFactory(enrolment=enrolment, day=day)
    page = Preview(signed_in, f"{COPY_MONTH}?apercu=1&mois=2026-12&enfants={zoe.pk}&services=restauration")
    assert {day for *_, day in page.days} == {date(2026, 12, 7), date(2026, 12, 14)}
    assert "D’après novembre 2026, jour de la semaine par jour de la semaine." in page.text
    page.send()
    assert active(day__month=12) == {date(2026, 12, 1), date(2026, 12, 7), date(2026, 12, 14)}


def test_a_child_s_days_are_copied_to_a_brother_with_their_formula(signed_in, mother, zoe):
    a_child_on_wednesdays(mother.family, child=zoe)
    tom, _ = a_child_on_wednesdays(mother.family, first_name="Tom")
    BookingFactory(enrolment=zoe.enrolments.get(activity__slug="mercredis"), day=date(2026, 12, 9), formula="matin")
    BookingFactory(enrolment=zoe.enrolments.get(activity__slug="restauration"), day=date(2026, 12, 10))
    fields = {"apercu": 1, "de": zoe.pk, "enfants": [zoe.pk, tom.pk], "services": ["mercredis", "restauration"]}
    fields |= {"du": "2026-12-01", "au": "2026-12-18"}
    page = Preview(signed_in, f"{COPY_TO}?{urlencode(fields, doseq=True)}")
    assert page.days == {(tom.pk, "mercredis", "+", "matin", date(2026, 12, 9))}
    assert "Tom n’est pas inscrit(e) à « Restauration scolaire »" in page.text
    page.send()
    assert active(child=tom) == {date(2026, 12, 9)}


def test_the_tools_start_from_this_school_year_even_when_the_next_is_joined(signed_in, mother, zoe, at):
    at(datetime(2027, 5, 10, 12, tzinfo=PARIS))
    EnrolmentFactory(child=zoe, family=mother.family, school_year=SchoolYearFactory(label="2027-2028"))
    html = signed_in.get(COPY_TO).content.decode()
    assert 'value="2027-07-02"' in html
    page = pattern(signed_in, children=[zoe], days=CANTEEN, jusqu="annee", du="2027-05-17")
    assert max(day for *_, day in page.days) == date(2027, 7, 2)


def test_a_copy_onto_oneself_is_refused(signed_in, zoe):
    fields = {
        "apercu": 1,
        "de": zoe.pk,
        "enfants": zoe.pk,
        "services": "restauration",
        "du": "2026-12-01",
        "au": "2026-12-18",
    }
    assert "Cochez un autre enfant" in unescape(signed_in.get(f"{COPY_TO}?{urlencode(fields)}").content.decode())


def test_a_range_is_cleared_but_for_what_is_too_late(signed_in, zoe):
    TariffBandFactory(tariff=TariffFactory(activity=zoe.enrolments.get().activity))
    late, soon, later, after = (date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 14))
    for day in (late, soon, later, after):
        BookingFactory(enrolment=zoe.enrolments.get(), day=day)
    page = Preview(signed_in, f"{CLEAR}?apercu=1&du=2026-11-20&au=2026-12-08&enfants={zoe.pk}&services=restauration")
    assert "Annuler 2 jours" in page.text
    assert "−6,00 €" in page.text
    assert "Délai dépassé" in page.text
    page.send()
    assert active() == {late, after}
    assert {line.outcome for line in ReceiptLine.objects.all()} == {"annule"}


# --- Cost -------------------------------------------------------------------------------------------------------------


def household(guardian, children):
    rows = []
    for number in range(children):
        child, _ = a_child_at_the_canteen(guardian.family, first_name=f"Enfant{number}")
        a_child_on_wednesdays(guardian.family, child=child)
        rows.append(child)
    return rows


def test_a_year_of_six_children_costs_the_queries_of_a_week_of_one(client_of, at):
    counts = []
    tariffed = False
    for children, until in ((1, "2026-12-04"), (6, "2027-07-02")):
        guardian = GuardianFactory(with_space=True)
        kin = household(guardian, children)
        if not tariffed:
            TariffBandFactory(tariff=TariffFactory(activity=kin[0].enrolments.first().activity))
            tariffed = True
        client = client_of(guardian.user)
        page = pattern(client, children=kin, days=CANTEEN | WEDNESDAYS, jusqu="date", au=until)
        with CaptureQueriesContext(connection) as previewed:
            client.get(page.address)
        with CaptureQueriesContext(connection) as booked:
            client.post(page.address, page.fields)
        counts.append((len(previewed), _without_batches(booked)))
    assert counts[0] == counts[1]


def _without_batches(queries):
    """Many rows are inserted by batches, more of them on SQLite."""
    return sum(not query["sql"].startswith("INSERT") for query in queries)


def test_the_amount_is_the_sum_of_the_days(signed_in, zoe):
    TariffBandFactory(tariff=TariffFactory(activity=zoe.enrolments.get().activity))
    page = pattern(signed_in, children=[zoe], days=CANTEEN, jusqu="annee")
    total = Decimal(re.search(r"Montant prévu ([\d,]+)", page.text)[1].replace(",", "."))
    assert total == 3 * len(page.days)


def test_past_midnight_the_days_of_the_address_are_decided_again(signed_in, zoe, at):
    page = pattern(signed_in, children=[zoe], days=CANTEEN)
    at(datetime(2026, 11, 20, 0, 0, tzinfo=PARIS))
    page.send()
    assert ReceiptLine.objects.get(outcome="refuse").day == FIRST_OPEN
