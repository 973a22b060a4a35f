"""Agents configure activities, end and move enrolments, carry a year over to the next."""

from datetime import date, datetime, time
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.roles import AGENTS, REGISSEURS
from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from documents.tests.factories import DocumentKindFactory
from families.tests.factories import FamilyFactory, GuardianFactory
from reservations.models import Activity, ActivitySite, Booking, Enrolment, HolidayPeriod, YearRollover
from reservations.queries.activity_words import rule_in_words
from reservations.tests.factories import (
    ActivityFactory,
    ActivityFormulaFactory,
    ActivitySiteFactory,
    BookingFactory,
    SchoolYearFactory,
    SiteFactory,
    TariffBandFactory,
    TariffFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
TODAY = NOON.date()


@pytest.fixture
def agent(client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    user = UserFactory(agent=True, role=AGENTS)
    client.force_login(user)
    return user


def page(model, row):
    return reverse(f"admin:reservations_{model}_change", args=[row.pk])


# --- The rule in words ------------------------------------------------------------------------------------------------


def words(activity, today=TODAY):
    return " ".join(rule_in_words(activity, today=today)).replace("\u00a0", " ")


def test_the_whole_rule_is_said_of_the_next_monday():
    SchoolYearFactory()
    canteen = ActivityFactory(age_from=3, levels=["CP", "CE1", "CE2"], enrolling="agent")
    ActivitySiteFactory(activity=canteen, places=40)
    canteen.required_documents.add(DocumentKindFactory(name="Assurance scolaire"))
    tariff = TariffFactory(activity=canteen)
    TariffBandFactory(tariff=tariff, quotient_below=500)
    TariffBandFactory(tariff=tariff, label="B", quotient_from=500, care_part=Decimal(2))
    said = words(canteen)
    assert "Le lundi 23 novembre 2026 se réserve et s’annule jusqu’au lundi 16 novembre 2026." in said
    assert "Peuvent s’inscrire : les enfants à partir de 3 ans, du CP au CE2, dans leur école (1 école)." in said
    assert "attend la réponse d’un agent ; pièces demandées : Assurance scolaire." in said
    assert "Prix ce jour-là : un repas, de 3,00 € à 4,00 € (démonstration)." in said
    assert "liste d’attente ; une place proposée se garde 24 heures" in said


def test_a_monday_without_school_gives_way_to_the_first_day_that_runs():
    SchoolYearFactory()
    # From Thursday 17 December there is only Friday before the holidays: Monday is too far.
    assert "Le vendredi 18 décembre 2026" in words(ActivityFactory(), today=date(2026, 12, 17))


def test_wednesdays_and_holidays_are_said_of_a_day_on_which_they_run():
    SchoolYearFactory()
    _, enrolment = a_child_on_wednesdays(FamilyFactory())
    assert "Le mercredi 25 novembre 2026" in words(enrolment.activity)
    assert "dans 1 lieu d’accueil" in words(enrolment.activity)
    assert "Aucun tarif n’est voté ce jour-là pour : journée avec repas, matin sans repas." in words(enrolment.activity)
    centre = ActivityFactory(slug="vacances", season="vacances", is_meal=False)
    assert "Aucune période de vacances n’est saisie" in words(centre)
    HolidayPeriod.objects.create(
        activity=centre,
        label="Noël",
        starts_on=date(2026, 12, 19),
        ends_on=date(2026, 12, 31),
        opens_at=NOON,
        closes_at=datetime(2026, 12, 12, tzinfo=PARIS),
    )
    assert "Le lundi 21 décembre 2026" in words(centre)


def test_what_nobody_could_use_is_said():
    SchoolYearFactory()
    nowhere = ActivityFactory(
        is_open=False, **dict.fromkeys(("on_monday", "on_tuesday", "on_thursday", "on_friday"), False)
    )
    said = words(nowhere)
    assert "n’est pas proposée aux familles" in said
    assert "Aucun jour de la semaine n’est coché" in said
    assert "Aucun lieu n’est saisi" in said


# --- Configuration ----------------------------------------------------------------------------------------------------


def filled(activity, **changes):
    """What the form of an activity sends, as it is saved, with changes; ``None`` leaves a field out."""
    posted = {
        "name": activity.name,
        "slug": activity.slug,
        "unit": activity.unit,
        "position": 1,
        "icon": "calendar-days",
        "is_open": "on",
        "regulation": activity.regulation_id,
        "season": "ecole",
        "on_monday": "on",
        "add_kind": "jours",
        "add_days": 7,
        "cancel_kind": "jours",
        "cancel_days": 7,
        "enrolling": "automatique",
        "has_waiting_list": "on",
        "offer_hours": 24,
        **{f"{name}-{part}": 0 for name in ("formulas", "sites") for part in ("TOTAL_FORMS", "INITIAL_FORMS")},
    }
    return {name: value for name, value in (posted | changes).items() if value is not None}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"add_kind": "precedent"}, "Choisissez le jour de la semaine où l’ajout s’arrête."),
        ({"cancel_kind": "semaine"}, "Choisissez le jour de la semaine où l’annulation s’arrête."),
        ({"add_days": "", "add_hour": "12:00"}, "Une heure limite va avec un nombre de jours"),
        ({"cancel_days": ""}, "Indiquez combien de jours avant l’annulation s’arrête"),
        ({"add_kind": "precedent", "add_weekday": 1, "add_working": "on"}, "Les jours ouvrés ne comptent que"),
        ({"age_from": 6, "age_to": 3}, "L’âge le plus grand (3 ans) est en dessous du plus petit (6 ans)."),
        ({"on_monday": None}, "Cochez au moins un jour"),
        ({"offer_hours": 0}, "Laissez au moins une heure"),
        (
            {"sites-TOTAL_FORMS": 1, "sites-0-opens_at": "18:00", "sites-0-closes_at": "08:00", "sites-0-places": 0},
            "La fin précède le début.",
        ),
        (
            {"sites-TOTAL_FORMS": 1, "sites-0-opens_at": "08:00", "sites-0-closes_at": "18:00"},
            "Choisissez une école ou un lieu d’accueil, pas les deux.",
        ),
        (
            {
                "is_meal": "on",
                "formulas-TOTAL_FORMS": 1,
                "formulas-0-formula": "matin",
                "formulas-0-opens_at": "08:00",
                "formulas-0-closes_at": "12:00",
                "formulas-0-position": 1,
            },
            "n’a pas de repas",
        ),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused_where_it_is(client, agent, changes, words):
    activity = ActivityFactory()
    answer = client.post(page("activity", activity), filled(activity, **changes))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert client.post(page("activity", activity), filled(activity)).status_code == 302


def test_a_rule_is_saved_whole_and_read_again(client, agent):
    SchoolYearFactory()
    activity, kind = ActivityFactory(), DocumentKindFactory()
    centre = SiteFactory()
    posted = filled(
        activity,
        add_kind="precedent",
        add_weekday=1,
        add_days="",
        add_hour="12:00",
        levels=["CP", "CE1"],
        age_from=3,
        age_to=11,
        enrolling="agent",
        required_documents=[kind.pk],
        **{
            "sites-TOTAL_FORMS": 1,
            "sites-0-venue": centre.pk,
            "sites-0-opens_at": "07:30",
            "sites-0-closes_at": "18:30",
            "sites-0-places": 24,
        },
    )
    assert client.post(page("activity", activity), posted).status_code == 302
    saved = Activity.objects.get()
    assert (saved.add_kind, saved.add_weekday, saved.add_days, saved.levels) == ("precedent", 1, 7, ["CP", "CE1"])
    assert list(saved.required_documents.all()) == [kind]
    assert ActivitySite.objects.get().venue == centre
    assert "jusqu’au mardi 17 novembre 2026 à 12" in client.get(page("activity", activity)).content.decode()


def test_a_holidays_activity_needs_no_formula(client, agent):
    activity = ActivityFactory()
    assert client.post(page("activity", activity), filled(activity, season="vacances")).status_code == 302


def test_centres_have_a_page_and_one_that_is_used_stays(client, agent):
    _, enrolment = a_child_on_wednesdays(FamilyFactory())
    centre = enrolment.site.venue
    assert client.get(reverse("admin:reservations_site_changelist")).status_code == 200
    assert client.post(reverse("admin:reservations_site_delete", args=[centre.pk]), {"post": "yes"}).status_code == 403


# --- Ending and moving ------------------------------------------------------------------------------------------------


@pytest.fixture
def wednesday(agent):
    mother = GuardianFactory(with_space=True, family=FamilyFactory())
    _, enrolment = a_child_on_wednesdays(mother.family)
    for day in (date(2026, 11, 25), date(2026, 12, 9)):
        BookingFactory(enrolment=enrolment, day=day, formula="matin")
    return enrolment


def action(row, name):
    return reverse(f"admin:reservations_enrolment_{name}", args=[row.pk])


def test_an_agent_reads_what_ends_then_ends_it(client, wednesday):
    where = action(wednesday, "end_page")
    posted = {"last_day": "20/11/2026", "reason": "depart", "submission": str(uuid4())}
    preview = client.post(where, posted | {"do": "preview"}).content.decode()
    assert "Réservations annulées\u00a0: 2" in preview
    assert not Enrolment.objects.exclude(ended_at=None).exists()
    done = client.post(where, posted | {"do": "end"}, follow=True).content.decode()
    assert "Réservations annulées\u00a0: 2." in done
    assert "L’enfant quitte le foyer" in done
    assert client.get(where).status_code == 302


def test_an_agent_reads_which_days_follow_then_moves(client, wednesday):
    other = ActivitySite.objects.create(
        activity=wednesday.activity, venue=SiteFactory(name="Agout"), opens_at=time(8), closes_at=time(18), places=1
    )
    rival = a_child_on_wednesdays(FamilyFactory())[1]
    BookingFactory(enrolment=rival, site=other, day=date(2026, 12, 9))
    where = action(wednesday, "move_page")
    posted = {"site": other.pk, "on": "24/11/2026"}
    assert "mercredi 9 décembre 2026" in client.post(where, posted | {"do": "preview"}).content.decode()
    assert "Plus de place à « Agout »" in client.post(where, posted | {"do": "move"}).content.decode()
    done = client.post(where, posted | {"do": "move", "leave_full_days": "on"}, follow=True).content.decode()
    assert "Réservations qui suivent\u00a0: 1. Restent à Centre des Essais, faute de place\u00a0: 1." in done
    assert Booking.objects.get(child=wednesday.child, day=date(2026, 11, 25)).site == other


def test_who_may_only_read_enrolments_ends_and_moves_none(client, wednesday):
    client.force_login(UserFactory(agent=True, role=REGISSEURS))
    for name in ("end_page", "move_page"):
        assert client.get(action(wednesday, name)).status_code == 403


# --- The end of the year ----------------------------------------------------------------------------------------------


def test_the_run_is_read_then_started_from_the_year_that_receives(client, agent, settings):
    SchoolYearFactory()
    to_year = SchoolYearFactory(label="2027-2028")
    for level in ("CE1", "CM2"):
        mother = GuardianFactory(with_space=True, family=FamilyFactory())
        a_child_at_the_canteen(mother.family, level=level)
    where = reverse("admin:reservations_schoolyear_carry_page", args=[to_year.pk])
    html = client.get(where).content.decode()
    assert "En tout\u00a0: 1 inscription." in html
    assert "Quitte l’école primaire après le CM2 (1)" in html
    assert client.post(where).status_code == 302
    assert YearRollover.objects.get().to_year == to_year
    assert client.get(reverse("admin:reservations_yearrollover_changelist")).status_code == 200
    client.force_login(UserFactory(agent=True, role=REGISSEURS))
    assert client.get(where).status_code == 403


def test_the_lists_of_demands_and_of_activities_open(client, agent):
    ActivityFormulaFactory()
    for name in ("enrolmentdemand", "activity", "activitysite"):
        assert client.get(reverse(f"admin:reservations_{name}_changelist")).status_code == 200
