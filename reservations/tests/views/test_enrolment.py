"""Enrolling a child: one short form, the règlement accepted, a numbered acknowledgement."""

from datetime import date, datetime
from html.parser import HTMLParser

import pytest
from post_office.models import Email

from castres_portal.base.clock import PARIS
from documents.models import RegulationAcceptance
from documents.tests.factories import RegulationVersionFactory
from families.models import FamilyRequest
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory
from reservations import services
from reservations.models import Enrolment
from reservations.tests.factories import ActivityFactory, ActivitySiteFactory, EnrolmentFactory, SchoolYearFactory

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
    assert f"/reservations/{zoe.pk}/restauration/2026-11/" in html
    assert "jeudi 26 novembre 2026" in html
    at(datetime(2026, 12, 12, 9, tzinfo=PARIS))
    assert f"/reservations/{zoe.pk}/restauration/2027-01/" in signed_in.get("/reservations/").content.decode()


@pytest.mark.parametrize("path, most", [("/reservations/", 7), ("/inscriptions/", 11)])
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
