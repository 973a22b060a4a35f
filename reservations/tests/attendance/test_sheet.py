"""The pages of the sheets: what an animatrice sees and does, with nothing but a browser and a form."""

import re
import subprocess
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accounts.roles import ANIMATEURS
from accounts.tests.factories import UserFactory
from families.models import AuthorisedAdult, Child, Guardian, HealthPlan, Reading
from families.tests.factories import (
    NOON,
    ChildFactory,
    CustodyFactory,
    FamilyFactory,
    FamilyRequestFactory,
    GuardianFactory,
    HealthRecordFactory,
)
from reservations.models import Absence, AbsenceDay, Activity, Attendance, AttendancePost, Booking, SheetReading
from reservations.tests.attendance.conftest import DAY, at
from reservations.tests.attendance.scenes import a_sheet_of
from reservations.tests.factories import ActivityFactory, ActivitySiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(client_of, nadia):
    """Her tablet's browser."""
    return client_of(nadia)


def url_of(site, day=DAY):
    return reverse("reservations:attendance_sheet", args=[site.pk, day])


def text_of(response):
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def posted(page, **changes):
    """What a browser sends of the form shown: hidden fields, ticked radios, typed hours; then what was changed."""
    text = page.content.decode()
    data = dict(re.findall(r'<input type="hidden" name="((?:vu-|submission)[^"]*)" value="([^"]*)"', text))
    data |= dict(re.findall(r'<input type="radio" name="(etat-\d+)" value="([^"]*)" checked', text))
    data |= dict(re.findall(r'type="time"[^>]* name="([^"]+)" value="([^"]*)"', text))
    return data | changes


# --- Who enters -------------------------------------------------------------------------------------------------------


def test_she_finds_her_own_places_and_no_other(hers, site, nadia):
    other = a_sheet_of(1)[0].site
    page = text_of(hers.get(reverse("reservations:attendance_days")))
    assert site.place_name in page
    assert other.place_name not in page
    assert "0 sur 3 pointé" in page
    for path in (url_of(other), reverse("reservations:attendance_sheet_pdf", args=[other.pk, DAY])):
        assert hers.get(path).status_code == 404


def test_an_agent_finds_every_place(client_of, agent, site):
    other = a_sheet_of(1)[0].site
    page = text_of(client_of(agent).get(reverse("reservations:attendance_days")))
    assert site.place_name in page
    assert other.place_name in page


def test_her_place_has_its_sheet_even_when_nobody_is_booked(hers, site):
    Booking.objects.all().delete()
    page = text_of(hers.get(reverse("reservations:attendance_days")))
    assert "Aucune réservation" in page
    assert "Personne n’est réservé" in text_of(hers.get(url_of(site)))


def test_without_a_second_factor_she_is_led_to_it(client_of, site):
    bare = UserFactory(agent=True, role=ANIMATEURS, second_factor=False)
    AttendancePost.objects.create(user=bare, school=site.school)
    assert client_of(bare).get(url_of(site))["Location"] == reverse("mfa_index")


def test_signed_in_she_lands_on_her_sheets_and_an_agent_in_the_back_office(client_of, nadia, agent):
    assert client_of(nadia).get("/accueil/")["Location"] == "/pointage/"
    assert client_of(agent).get("/accueil/")["Location"] == "/admin/"


def test_a_centre_s_activity_of_the_holidays_is_no_school(hers, nadia, site):
    """An account that was given a school does not see the centres, nor the other way round."""
    from reservations.models import Site

    venue = Site.objects.create(name="Centre Lambert")
    centre = ActivitySiteFactory(activity=ActivityFactory(slug="mercredis"), school=None, venue=venue)
    assert hers.get(url_of(centre)).status_code == 404
    AttendancePost.objects.create(user=nadia, venue=venue)
    assert hers.get(url_of(centre)).status_code == 200


# --- The form ---------------------------------------------------------------------------------------------------------


def test_the_form_saves_what_was_changed(hers, site, bookings, nadia):
    page = hers.get(url_of(site))
    ids = [booking.child_id for booking in bookings]
    answer = hers.post(
        url_of(site), posted(page, **{f"etat-{ids[0]}": "present", f"etat-{ids[1]}": "absent"}), follow=True
    )
    assert "Feuille enregistrée : 2 pointages." in text_of(answer).replace("\u00a0", " ")
    assert dict(Attendance.objects.values_list("child_id", "state")) == {ids[0]: "present", ids[1]: "absent"}
    assert "2 sur 3 pointés" in text_of(answer)
    assert "par Nadia Belkacem" in text_of(answer)


def test_the_form_does_not_undo_what_a_colleague_touched_meanwhile(hers, site, bookings, tablet, agent):
    page = hers.get(url_of(site))
    tablet(agent, bookings[0].child, "absent", "16:29")
    hers.post(url_of(site), posted(page, **{f"etat-{bookings[1].child_id}": "present"}))
    states = dict(Attendance.objects.values_list("child_id", "state"))
    assert states == {bookings[0].child_id: "absent", bookings[1].child_id: "present"}


def test_a_form_sent_twice_counts_once(hers, site, bookings):
    data = posted(hers.get(url_of(site)), **{f"etat-{bookings[0].child_id}": "present"})
    for _ in range(2):
        hers.post(url_of(site), data)
    assert Attendance.objects.get().touches.count() == 1


def test_everybody_present_leaves_the_announced_absences(hers, site, bookings, tablet, nadia):
    tablet(nadia, bookings[1].child, "absent", "16:20")
    announce(bookings[2])
    page = hers.get(url_of(site))
    assert "Absence annoncée le 18/11/2026" in text_of(page)
    hers.post(url_of(site), posted(page, tous="oui"))
    states = dict(Attendance.objects.values_list("child_id", "state"))
    assert states == {bookings[0].child_id: "present", bookings[1].child_id: "absent"}


def announce(booking):
    request = FamilyRequestFactory(family=booking.family, kind="absence", received_at=at("20:00", date(2026, 11, 18)))
    absence = Absence.objects.create(
        request=request, submission=uuid4(), child=booking.child, activity=booking.activity, reason="maladie"
    )
    AbsenceDay.objects.create(absence=absence, day=booking.day, booking=booking, outcome="attente", effect="non")


def test_why_a_child_is_announced_absent_is_not_told(hers, site, bookings):
    announce(bookings[0])
    assert "maladie" not in text_of(hers.get(url_of(site))).lower()


def test_an_unbooked_child_is_found_by_name_and_added(hers, site, nadia):
    anais = ChildFactory(first_name="Anaïs", last_name="Dupré", school=site.school, class_name="CE1 de Mme X")
    ChildFactory(first_name="Anatole", last_name="Dupré")  # another school
    page = hers.post(url_of(site), posted(hers.get(url_of(site)), chercher="oui", mots="anais dupre"))
    assert f'name="venu" value="{anais.pk}"' in text_of(page)
    assert "Anatole" not in text_of(page)
    assert not Attendance.objects.exists()
    answer = hers.post(url_of(site), posted(page, venu=str(anais.pk)), follow=True)
    assert Attendance.objects.get().state == "sans-reservation"
    assert "1 venu sans réservation" in text_of(hers.get(reverse("reservations:attendance_days")))
    assert "Anaïs DUPRÉ" in text_of(answer)


def test_what_was_ticked_survives_a_search_and_a_mistake(hers, site, bookings):
    Activity.objects.update(attendance_hours="depart")
    child = bookings[0].child_id
    changes = {f"etat-{child}": "present", f"depart-{child}": "25h99"}
    page = hers.post(url_of(site), posted(hers.get(url_of(site)), **changes))
    assert "Écrivez l’heure comme ceci" in text_of(page)
    assert 'value="25h99"' in text_of(page)
    assert re.search(rf'name="etat-{child}" value="present" checked', text_of(page))
    assert not Attendance.objects.exists()
    hers.post(url_of(site), posted(page, **{f"depart-{child}": "17h45"}))
    assert f"{Attendance.objects.get().left_at:%H:%M}" == "17:45"


def test_the_search_tells_name_and_class_and_nothing_else(hers, site):
    child = ChildFactory(school=site.school, first_name="Anaïs", level="CE1")
    listed = hers.get(url_of(site)).context["candidates"]
    assert [child.pk, child.full_name, "CE1"] in listed
    assert all(len(one) == 3 for one in listed)


@pytest.mark.parametrize(
    "day, said", [(DAY + timedelta(days=1), "on ne pointe pas d’avance"), (DAY - timedelta(days=8), "est close")]
)
def test_a_sheet_that_cannot_be_touched_says_why_and_takes_nothing(hers, site, bookings, day, said):
    Booking.objects.update(day=day)
    page = hers.get(url_of(site, day))
    assert said in text_of(page)
    hers.post(url_of(site, day), posted(page, **{f"etat-{bookings[0].child_id}": "present"}))
    assert not Attendance.objects.exists()


# --- Who collects -----------------------------------------------------------------------------------------------------


def adult(family, child, first_name, **fields):
    row = AuthorisedAdult.objects.create(
        family=family, first_name=first_name, last_name="Roques", phone="0563000000", starts_on=date(2026, 9, 1),
        added_at=NOON, **fields,
    )  # fmt: skip
    row.children.add(child)


def test_who_collects_is_the_day_s_household_and_who_must_not_holds_for_all(hers, site, bookings):
    zoe, mother = bookings[0].child, bookings[0].family
    father = FamilyFactory(name="Bernard")
    CustodyFactory(child=zoe, family=father, starts_on=date(2026, 11, 1), even_weeks=True)
    GuardianFactory(family=father, first_name="Hugo", last_name="Bernard")
    Guardian.objects.create(family=mother, title="Monsieur", first_name="Eric", last_name="Lopez", rights="excluded")
    adult(mother, zoe, "Odile")
    adult(mother, zoe, "Ancienne", removed_at=NOON)
    adult(mother, zoe, "Finie", ends_on=date(2026, 10, 1))
    adult(father, zoe, "Marcel")
    adult(father, zoe, "Interdite", right="interdit")
    adult(FamilyFactory(), zoe, "Etrangere", right="interdit")
    page = text_of(hers.get(url_of(site)))
    assert "Odile ROQUES" in page
    assert "Interdite ROQUES ne peut pas récupérer l’enfant" in page
    assert "Claire MARTIN, responsable" in page
    for other in ("Marcel", "Hugo", "LOPEZ", "Ancienne", "Finie", "Etrangere"):
        assert other not in page


# --- Health -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def allergic(bookings):
    child = bookings[0].child
    HealthRecordFactory(child=child, told={"food": ["arachides"], "diet": ["sans_porc"], "doctor_name": "Docteur Roux"})
    HealthPlan.objects.create(
        child=child,
        request=FamilyRequestFactory(family=bookings[0].family, kind="pai"),
        content={"needs": "Trousse rouge.", "basket_meal": True, "valid_until": "2027-07-03"},
        state=HealthPlan.State.ACCEPTED,
        proposed_at=NOON,
    )
    HealthRecordFactory(child=bookings[1].child, told={"no_allergy": True})
    return child


def test_allergies_and_pai_are_read_and_the_family_is_told_once_a_day(hers, site, allergic, nadia, now):
    for _ in range(3):
        page = text_of(hers.get(url_of(site)))
    assert "Arachides" in page
    assert "Trousse rouge." in page
    assert "porc" not in page.lower()
    assert "Docteur Roux" not in page
    reading = Reading.objects.get()
    assert (reading.child, reading.reader) == (allergic, nadia)
    assert reading.subject == f"Allergies et PAI {of(allergic)}, feuille de pointage (Restauration scolaire)"
    assert reading.reader_shown == "Espace Famille – animation, N. B."
    now(at("08:00", DAY + timedelta(days=1)))
    Booking.objects.update(day=DAY + timedelta(days=1))
    hers.get(url_of(site, DAY + timedelta(days=1)))
    assert Reading.objects.count() == 2


def of(child):
    return f"d’{child.first_name}" if child.first_name[0] in "E" else f"de {child.first_name}"


def test_each_reader_is_told(hers, site, allergic, client_of):
    other = UserFactory(agent=True, role=ANIMATEURS)
    AttendancePost.objects.create(user=other, school=site.school)
    hers.get(url_of(site))
    client_of(other).get(url_of(site))
    assert Reading.objects.count() == 2


def test_the_sheet_of_another_day_shows_no_health(hers, site, allergic):
    Booking.objects.update(day=DAY - timedelta(days=1))
    assert "Arachides" not in text_of(hers.get(url_of(site, DAY - timedelta(days=1))))
    assert not Reading.objects.exists()


def test_an_agent_reads_health_only_when_she_asks(client_of, agent, site, allergic):
    client = client_of(agent)
    assert "Arachides" not in text_of(client.get(url_of(site)))
    assert not Reading.objects.exists()
    assert "Arachides" in text_of(client.get(url_of(site) + "?sante=oui"))
    assert Reading.objects.count() == 1


def test_no_trace_no_health(hers, site, allergic, monkeypatch):
    from reservations.services.attendance import reading

    def broken(**kwargs):
        raise RuntimeError("journal en panne")

    monkeypatch.setattr(reading, "record_readings", broken)
    with pytest.raises(RuntimeError):
        hers.get(url_of(site))
    assert not SheetReading.objects.exists()


# --- What it costs ----------------------------------------------------------------------------------------------------


# Fifty: SQLite takes 999 values a statement, and writes the trace of eighty readings in two.
@pytest.mark.parametrize("number", [5, 50])
def test_a_sheet_costs_the_same_with_five_children_and_with_fifty(
    client_of, agent, django_assert_num_queries, number, tablet
):
    bookings = a_sheet_of(number)
    for booking in bookings:
        HealthRecordFactory(child=booking.child, told={"drug": "pénicilline"})
        adult(booking.family, booking.child, "Odile")
    tablet(agent, bookings[0].child, "present", "16:29", on=bookings[0].site)
    nadia = UserFactory(agent=True, role=ANIMATEURS)
    AttendancePost.objects.create(user=nadia, school=bookings[0].site.school)
    client = client_of(nadia)
    client.get("/compte/")  # the first page of a session writes when it began
    ContentType.objects.get_for_model(Child)  # Django keeps it for good
    client.get(reverse("reservations:attendance_days"))  # the first page of a minute also renews the session
    with django_assert_num_queries(27):
        assert client.get(url_of(bookings[0].site)).status_code == 200
    with django_assert_num_queries(20):
        client.get(url_of(bookings[0].site))
    with django_assert_num_queries(9):
        client.get(reverse("reservations:attendance_days"))


def words_of(paper, tmp_path):
    """What is written on a sheet on paper, which must be tagged."""
    assert paper["Content-Type"] == "application/pdf"
    file = tmp_path / "pointage.pdf"
    file.write_bytes(paper.content)
    assert (
        "Tagged:          yes" in subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    )
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(text.split())


def test_the_sheet_on_paper_names_the_children_and_says_health_only_when_asked(
    hers, site, bookings, allergic, now, tmp_path
):
    address = reverse("reservations:attendance_sheet_pdf", args=[site.pk, DAY])
    bare = words_of(hers.get(address), tmp_path)
    assert all(booking.child.first_name in bare for booking in bookings)
    assert site.place_name in bare
    assert "rachides" not in bare
    assert not Reading.objects.exists()

    told = words_of(hers.get(address, {"allergies": "oui"}), tmp_path)
    assert "rachides" in told
    assert Reading.objects.exists()


def test_all_the_sheets_of_a_day_are_one_paper_of_her_places_only(hers, site, bookings, now, tmp_path):
    other = a_sheet_of(1)[0].site
    told = words_of(hers.get(reverse("reservations:attendance_day_pdf", args=[DAY])), tmp_path)
    assert site.place_name in told
    assert other.place_name not in told
