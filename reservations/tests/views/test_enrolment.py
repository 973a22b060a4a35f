"""Enrolling a child: one short form, the règlement accepted, a numbered acknowledgement."""

from datetime import date, datetime, time
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from post_office.models import Email

from castres_portal.base.clock import PARIS
from documents.models import RegulationAcceptance
from documents.tests.factories import DocumentKindFactory, RegulationVersionFactory
from families.models import FamilyRequest
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import Activity, ActivitySite, Enrolment
from reservations.tests.factories import (
    ActivityFactory,
    ActivitySiteFactory,
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


@pytest.fixture
def canteen():
    SchoolYearFactory()
    return ActivityFactory()


@pytest.fixture
def version(canteen):
    return RegulationVersionFactory(regulation=canteen.regulation)


@pytest.fixture
def tom(mother, canteen, version):
    """A child not enrolled yet, in a school that has a canteen."""
    child = ChildFactory(at_home=mother.family, first_name="Tom")
    ActivitySiteFactory(activity=canteen, school=child.school)
    return child


def address(child):
    return f"/inscriptions/{child.pk}/restauration/"


def fill(version, child, year="2026-2027"):
    return {"choix": f"{child.pk}/restauration/{year}", "accepted": version.pk}


def test_the_list_says_where_each_child_stands(signed_in, mother, tom, zoe):
    ChildFactory(at_home=mother.family, first_name="Max", school__without_canteen=True, school__name="Puech Auriol")
    ChildFactory(at_home=mother.family, first_name="Nina", school=None)
    html = signed_in.get("/inscriptions/").content.decode()
    assert address(tom) in html
    assert "Inscription faite" in html
    assert "L’école Puech Auriol n’a pas de restauration sur place" in html
    assert "Son école n’est pas encore connue" in html


def test_a_child_is_enrolled_and_the_acknowledgement_is_shown_and_mailed(signed_in, mother, tom, version):
    form = signed_in.get(address(tom)).content.decode()
    assert f'value="{version.pk}"' in form
    response = signed_in.post(address(tom), fill(version, tom), follow=True)
    html = response.content.decode()
    number = FamilyRequest.objects.get().number
    assert response.redirect_chain[0][0] == f"/demandes/{number}/"
    assert number in html
    assert "version 1" in html

    enrolment = Enrolment.objects.get()
    assert (enrolment.starts_on, enrolment.ends_on) == (date(2026, 11, 19), date(2027, 7, 2))
    acceptance = enrolment.acceptance
    assert (acceptance.version, acceptance.guardian, acceptance.accepted_at) == (version, mother, NOON)
    mail = Email.objects.get()
    assert mail.to == [mother.user.email]
    assert number in mail.subject
    assert signed_in.get(f"/reservations/{tom.pk}/restauration/2026-12/").status_code == 200


def test_without_the_agreement_nothing_is_done_and_the_form_says_so(signed_in, tom, version):
    sent = fill(version, tom)
    del sent["accepted"]
    html = signed_in.post(address(tom), sent).content.decode()
    assert "l’inscription vaut acceptation du règlement" in html
    assert not Enrolment.objects.exists()


def test_a_reglement_that_changed_meanwhile_is_read_again(signed_in, tom, version, canteen):
    newer = RegulationVersionFactory(regulation=canteen.regulation, number=2, in_force_on=date(2026, 11, 19))
    html = signed_in.post(address(tom), fill(version, tom)).content.decode()
    assert "Le règlement intérieur a changé" in html
    assert f'name="accepted" id="id_accepted_0" value="{newer.pk}"' in html
    assert not Enrolment.objects.exists()
    assert signed_in.post(address(tom), fill(newer, tom)).status_code == 302


def test_the_same_form_sent_twice_enrols_once(signed_in, tom, version, mother):
    first = signed_in.post(address(tom), fill(version, tom))
    arguments = {"family": mother.family, "guardian": mother, "user": mother.user, "accepted": {version.pk}, "at": NOON}
    (again,) = services.enrol_children(**arguments, asked=[services.Wished(f"{tom.pk}/restauration/2026-2027")])
    assert not again.is_new
    assert first.url == f"/demandes/{again.request.number}/"
    assert Enrolment.objects.count() == FamilyRequest.objects.count() == Email.objects.count() == 1
    assert "Inscription déjà faite" in signed_in.get(address(tom)).content.decode()


def test_a_second_child_keeps_the_first_acceptance(signed_in, tom, version, mother, canteen):
    lea = ChildFactory(at_home=mother.family, school=tom.school)
    for child in (tom, lea):
        signed_in.post(address(child), fill(version, child))
    assert Enrolment.objects.count() == 2
    assert RegulationAcceptance.objects.count() == 1


def test_each_household_of_a_shared_child_enrols_for_itself(signed_in, client_of, mother, tom, version):
    tom.custodies.update(rhythm="paire")
    father = GuardianFactory(with_space=True, family=FamilyFactory(name="Bernard"))
    CustodyFactory(child=tom, family=father.family, odd_weeks=True)
    signed_in.post(address(tom), fill(version, tom))
    client_of(father.user).post(address(tom), fill(version, tom))
    assert {row.family for row in Enrolment.objects.all()} == {mother.family, father.family}


@pytest.mark.parametrize(
    "instant, years",
    [
        (datetime(2027, 4, 30, 12, tzinfo=PARIS), ["2026-2027"]),
        (datetime(2027, 5, 1, tzinfo=PARIS), ["2026-2027", "2027-2028"]),
        (datetime(2027, 8, 16, 12, tzinfo=PARIS), ["2027-2028"]),
    ],
)
def test_next_year_opens_in_may(signed_in, tom, at, instant, years):
    SchoolYearFactory(label="2027-2028")
    at(instant)
    assert Years(signed_in.get(address(tom)).content.decode()).found == years


class Years(HTMLParser):
    """The years that the form offers."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs.get("name") == "choix":
            self.found.append(attrs["value"].rpartition("/")[2])


def test_an_enrolment_made_in_summer_starts_with_the_year(signed_in, tom, version, at):
    SchoolYearFactory(label="2027-2028")
    at(datetime(2027, 8, 16, 12, tzinfo=PARIS))
    signed_in.post(address(tom), fill(version, tom, year="2027-2028"))
    assert Enrolment.objects.get().starts_on == date(2027, 9, 1)


@pytest.mark.parametrize("year", ["2027-2028", "2025-2026", "autre"])
def test_a_year_that_is_not_open_is_refused(signed_in, tom, version, year):
    SchoolYearFactory(label="2027-2028")
    assert signed_in.post(address(tom), fill(version, tom, year=year)).status_code == 200
    assert not Enrolment.objects.exists()
    assert signed_in.post(address(tom), fill(version, tom)).status_code == 302


def test_a_school_without_canteen_says_so_kindly(signed_in, mother, tom, version):
    max_ = ChildFactory(at_home=mother.family, school__without_canteen=True)
    assert "pas de restauration sur place" in signed_in.get(address(max_)).content.decode()
    assert signed_in.post(address(max_), fill(version, max_)).status_code == 200
    assert not Enrolment.objects.exists()


def test_another_family_s_child_does_not_exist(signed_in, tom, version):
    durand = ChildFactory(at_home=FamilyFactory(name="Durand"), school=tom.school)
    assert signed_in.get(address(durand)).status_code == 404
    assert signed_in.post(address(durand), fill(version, durand)).status_code == 404
    assert signed_in.get(address(tom)).status_code == 200


def test_the_first_page_leads_to_the_month_that_can_be_changed(signed_in, zoe, tom, at):
    html = signed_in.get("/reservations/").content.decode()
    assert "/reservations/2026-11/" in html
    assert f"/reservations/{zoe.pk}/restauration/2026-11/" in html
    assert "Jusqu’au jeudi 19 novembre 2026" in html  # the deadline of Thursday 26
    at(datetime(2026, 12, 12, 9, tzinfo=PARIS))
    assert f"/reservations/{zoe.pk}/restauration/2027-01/" in signed_in.get("/reservations/").content.decode()


@pytest.mark.parametrize("path, most", [("/reservations/", 9), ("/inscriptions/", 11)])
def test_lists_cost_the_same_with_one_child_and_with_six(
    signed_in, mother, zoe, path, most, django_assert_max_num_queries
):
    signed_in.get(path)
    for number in range(2):
        with django_assert_max_num_queries(most):
            assert signed_in.get(path).status_code == 200
        for _ in range(5 if number == 0 else 0):
            EnrolmentFactory(child=ChildFactory(at_home=mother.family), family=mother.family)


@pytest.mark.parametrize("path", ["/reservations/", "/inscriptions/"])
def test_an_account_without_family_finds_nothing_here(client_of, at, path):
    from accounts.tests.factories import UserFactory

    assert client_of(UserFactory()).get(path).status_code == 404


# --- Several at once, the place, the papers ---------------------------------------------------------------------------


@pytest.fixture
def wednesdays(canteen, version):
    """Wednesdays in two centres, for children from 3 to 11, which ask for an insurance."""
    activity = ActivityFactory(
        slug="mercredis", name="Mercredis", is_meal=False, age_from=3, age_to=11, regulation=canteen.regulation
    )
    for name in ("Lambert", "Agout"):
        ActivitySite.objects.create(
            activity=activity,
            venue=SiteFactory(name=name, street=f"2 rue {name}"),
            opens_at=time(8),
            closes_at=time(18),
        )
    activity.required_documents.add(DocumentKindFactory(slug="natation", name="Brevet de natation", subject="enfant"))
    return activity


SEVERAL = "/inscriptions/choix/"


def keys(*children, slug="restauration"):
    return [f"{child.pk}/{slug}/2026-2027" for child in children]


def test_two_children_and_two_services_in_one_form(signed_in, mother, tom, version, wednesdays):
    lea = ChildFactory(at_home=mother.family, first_name="Léa", school=tom.school)
    wanted = [*keys(tom, lea), *keys(lea, slug="mercredis")]
    page = signed_in.get(SEVERAL, {"choix": wanted}).content.decode()
    assert page.count('name="choix"') == 3
    assert "2 rue Agout" in page
    assert f"?piece=natation/e{lea.pk}" in page
    agout = ActivitySite.objects.get(venue__name="Agout")
    posted = {"choix": wanted, "accepted": version.pk, f"lieu-{lea.pk}-mercredis-2026-2027": agout.pk}
    html = signed_in.post(f"{SEVERAL}?choix={'&choix='.join(wanted)}", posted, follow=True).content.decode()
    assert "3 inscriptions enregistrées" in html
    assert Enrolment.objects.get(child=lea, activity=wednesdays).site == agout
    assert Enrolment.objects.count() == 3
    assert len(Email.objects.all()) == 1


def test_a_centre_that_was_not_chosen_is_asked_for_and_nothing_typed_is_lost(signed_in, tom, version, wednesdays):
    wanted = [*keys(tom), *keys(tom, slug="mercredis")]
    path = f"{SEVERAL}?choix={'&choix='.join(wanted)}"
    html = signed_in.post(path, {"choix": wanted, "accepted": version.pk}).content.decode()
    assert "Choisissez le lieu pour Tom." in html
    assert html.count(" checked") == 3  # both services and the règlement
    assert not Enrolment.objects.exists()


def test_nothing_ticked_leads_back_to_the_list(signed_in, tom, version):
    response = signed_in.get(SEVERAL, follow=True)
    assert response.redirect_chain[0][0] == "/inscriptions/"
    assert "Cochez d’abord" in response.content.decode()


@pytest.mark.parametrize("key", ["x", "999999/restauration/2026-2027", "1//", "²/restauration/2026-2027"])
def test_a_choice_that_does_not_exist_is_refused_kindly(signed_in, tom, version, key):
    html = signed_in.post(SEVERAL, {"choix": key, "accepted": version.pk}, follow=True).content.decode()
    assert "Cochez d’abord" in html
    assert not Enrolment.objects.exists()


def test_an_age_is_told_on_the_list_and_by_a_forged_form(signed_in, mother, wednesdays, version):
    baby = ChildFactory(at_home=mother.family, first_name="Lou", birth_date=date(2025, 3, 1))
    assert "Lou aura 1 an" in signed_in.get("/inscriptions/").content.decode()
    signed_in.post(SEVERAL, {"choix": keys(baby, slug="mercredis"), "accepted": version.pk})
    assert not Enrolment.objects.exists()


def test_an_activity_that_agents_accept_waits_and_is_followed(signed_in, tom, version, canteen):
    Activity.objects.update(enrolling="agent")
    response = signed_in.post(address(tom), fill(version, tom), follow=True)
    html = response.content.decode()
    assert "un agent va vous répondre" in html
    assert "L’inscription demandée" in html
    listed = signed_in.get("/inscriptions/").content.decode()
    assert "En attente" in listed
    assert response.redirect_chain[0][0] in listed
    assert not Enrolment.objects.exists()


# --- Ending -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(zoe):
    row = Enrolment.objects.get(child=zoe)
    for day in (date(2026, 11, 24), date(2026, 12, 7)):
        BookingFactory(enrolment=row, day=day)
    return row


def ending(row, step, **changes):
    posted = {"last_day": "2026-11-19", "reason": "fini", "submission": str(uuid4()), "etape": step}
    return f"/inscriptions/terminer/{row.pk}/", posted | changes


def test_what_an_end_does_is_read_before_it_is_done(signed_in, running):
    page = signed_in.post(*ending(running, "relire")).content.decode()
    assert "1 réservation annulée" in page
    assert "1 jour reste réservé et dû" in page
    assert "Mardi 24 novembre 2026" in page
    running.refresh_from_db()
    assert running.ended_at is None

    html = signed_in.post(*ending(running, "terminer"), follow=True).content.decode()
    assert "Ce qui se termine" in html
    assert "Retrait refusé" in html or "retrait refusé" in html
    assert "Inscription terminée" in signed_in.get("/inscriptions/").content.decode()
    assert signed_in.get(f"/inscriptions/terminer/{running.pk}/").status_code == 302


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"last_day": "2026-11-18"}, "entre aujourd’hui et la fin"),
        ({"last_day": "2027-08-01"}, "entre aujourd’hui et la fin"),
        ({"last_day": "hier"}, "Écrivez un jour"),
        ({"reason": ""}, "Dites pourquoi"),
        ({"reason": "deplacee"}, "Choisissez une raison"),
    ],
)
def test_an_end_that_cannot_be_is_said_beside_the_field(signed_in, running, changes, words):
    assert words in signed_in.post(*ending(running, "relire", **changes)).content.decode()
    signed_in.post(*ending(running, "terminer", **changes))
    running.refresh_from_db()
    assert running.ended_at is None


def test_another_household_s_enrolment_does_not_exist(signed_in, running):
    theirs = EnrolmentFactory(child=running.child, family=FamilyFactory(name="Bernard"))
    assert signed_in.get(f"/inscriptions/terminer/{theirs.pk}/").status_code == 404
    assert signed_in.post(*ending(theirs, "terminer")).status_code == 404


def test_the_list_costs_the_same_with_one_child_and_with_six_whatever_they_ask_for(
    signed_in, mother, tom, wednesdays, django_assert_max_num_queries
):
    signed_in.get("/inscriptions/")
    for number in range(2):
        with django_assert_max_num_queries(14):
            assert signed_in.get("/inscriptions/").status_code == 200
        for _ in range(5 if number == 0 else 0):
            EnrolmentFactory(child=ChildFactory(at_home=mother.family), family=mother.family, activity=wednesdays)


def test_in_july_the_summer_of_the_year_that_ended_is_still_open(signed_in, tom, version, canteen, at):
    SchoolYearFactory(label="2027-2028")
    Activity.objects.update(season="vacances")
    at(datetime(2027, 7, 12, 9, tzinfo=PARIS))
    assert Years(signed_in.get(address(tom)).content.decode()).found == ["2026-2027", "2027-2028"]
    signed_in.post(address(tom), fill(version, tom))
    row = Enrolment.objects.get()
    assert (row.starts_on, row.ends_on) == (date(2027, 7, 12), date(2027, 8, 31))
