"""Reminders of usual days: who is told, of what, once; and what the link of the mail can do."""

import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from post_office.models import Email

from accounts.tests.factories import UserFactory
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.mail import send_waiting
from castres_portal.base.models import MailMark
from families.models import Guardian
from families.tests.factories import ChildFactory, CustodyFactory, FamilyFactory, GuardianFactory
from reservations import tasks
from reservations.models import (
    Activity,
    ActivitySite,
    Booking,
    BookingReceipt,
    Closure,
    DayReminder,
    RemindedDay,
    ReminderStop,
    SiteDay,
)
from reservations.queries.reminders import opened_by, reminder_key, stop_key
from reservations.services import reminders
from reservations.tests.factories import (
    BookingFactory,
    EnrolmentFactory,
    SchoolYearFactory,
    a_child_at_the_canteen,
    a_child_on_wednesdays,
)

pytestmark = pytest.mark.django_db

# Monday 7 December is booked until 30 November; two days before is Saturday 28.
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=PARIS)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 9)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def zoe(mother):
    """Who eats every Monday, but has not booked the next."""
    child, enrolment = a_child_at_the_canteen(mother.family, first_name="Zoé")
    usually(enrolment, MONDAY)
    return child


def usually(enrolment, day, times=4, formula=""):
    for weeks in range(1, times + 1):
        BookingFactory(enrolment=enrolment, day=day - weeks * WEEK, formula=formula)


def run(at=NOW, **options):
    reminders.plan_reminders(at=at, **options)
    return reminders.send_reminders(at=at)


def told():
    return [(row.child.first_name, row.day) for row in RemindedDay.objects.order_by("day")]


# --- Who is told ------------------------------------------------------------------------------------------------------


def test_a_household_is_told_of_the_usual_day_that_is_missing(mother, zoe):
    assert run() == 1
    mail = Email.objects.get()
    assert mail.to == [mother.user.email]
    assert mail.subject == "1 jour à réserver jusqu’au lundi 30 novembre 2026 ?"
    for text in (mail.message, unescape(mail.html_message)):
        assert "Zoé, Restauration scolaire" in text
        assert "undi 7 décembre 2026" in text
        assert "/reservations/rappel/" in text
        assert "/arreter/" in text
    assert MailMark.objects.get(email=mail).secret  # agents never read the link
    assert told() == [("Zoé", MONDAY)]


def test_it_is_told_two_days_before_and_not_sooner_nor_later(mother, zoe):
    assert run(NOW.replace(day=27)) == 0
    assert run(datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)) == 0
    assert run(datetime(2026, 11, 30, 20, 0, tzinfo=PARIS)) == 1


def test_it_is_told_once_however_often_the_task_runs(mother, zoe):
    for _ in range(3):
        tasks.remind_of_usual_days()
    run(NOW + timedelta(days=1))
    assert Email.objects.count() == DayReminder.objects.count() == 1


def test_a_whole_week_is_told_in_one_mail(mother, zoe):
    for day in (TUESDAY, date(2026, 12, 11)):
        usually(zoe.enrolments.get(), day)
    run()
    for hours in range(24, 24 * 8, 24):
        run(NOW + timedelta(hours=hours))
    first = DayReminder.objects.order_by("planned_at").first()
    assert [row.day for row in first.days.order_by("day")] == [MONDAY, TUESDAY, date(2026, 12, 11)]
    assert not DayReminder.objects.exclude(pk=first.pk).filter(days__day__lte=date(2026, 12, 11)).exists()


def test_each_activity_has_its_own_deadline(mother, zoe):
    _, enrolment = a_child_on_wednesdays(mother.family, child=zoe)
    Activity.objects.filter(slug="mercredis").update(add_kind="precedent", add_weekday=1, add_hour="12:00")
    usually(enrolment, WEDNESDAY, formula="matin")
    run()
    assert told() == [("Zoé", MONDAY)]
    run(datetime(2026, 12, 5, 9, tzinfo=PARIS))  # Monday 14
    run(datetime(2026, 12, 6, 9, tzinfo=PARIS))  # two days before Tuesday 8, noon
    row = RemindedDay.objects.get(day=WEDNESDAY)
    assert row.formula == "matin"
    assert "jusqu’au mardi 8 décembre 2026 à 12 h" in Email.objects.last().subject
    assert "matin sans repas" in Email.objects.last().message


@pytest.mark.parametrize(
    "story",
    [
        "booked",
        "cancelled",
        "not usual",
        "closed",
        "full",
        "left",
        "stopped",
        "read only",
        "no space",
        "closed activity",
    ],
)
def test_nobody_is_told_in_vain(mother, zoe, story, settings):
    enrolment = zoe.enrolments.get()
    if story == "booked":
        BookingFactory(enrolment=enrolment, day=MONDAY)
    elif story == "cancelled":  # on purpose: it is no oversight
        BookingFactory(enrolment=enrolment, day=MONDAY, cancelled=True)
    elif story == "not usual":
        Booking.objects.filter(day__in=[MONDAY - WEEK, MONDAY - 2 * WEEK]).delete()
    elif story == "closed":
        Closure.objects.create(
            kind="greve", label="Grève", starts_on=MONDAY, ends_on=MONDAY, decided_at=NOW, decided_by=UserFactory()
        )
    elif story == "full":
        ActivitySite.objects.update(places=10)
        SiteDay.objects.create(site=enrolment.site, day=MONDAY, places=0)
    elif story == "left":
        type(enrolment).objects.update(ends_on=MONDAY - WEEK)
    elif story == "stopped":
        reminders.stop_reminders(guardian=mother, at=NOW)
    elif story == "read only":
        Guardian.objects.update(rights=Guardian.Rights.READ_ONLY)
    elif story == "no space":
        Guardian.objects.update(user=None)
    else:
        Activity.objects.update(is_open=False)
    assert run() == 0
    assert not RemindedDay.objects.exists()


def test_a_public_holiday_is_neither_told_nor_counted_as_forgotten(mother):
    """Wednesday 11 November is one: the Wednesdays before and after are usual all the same."""
    child, enrolment = a_child_on_wednesdays(mother.family, first_name="Zoé")
    for day in (date(2026, 9, 23), date(2026, 9, 30), date(2026, 10, 7), date(2026, 10, 14)):
        BookingFactory(enrolment=enrolment, day=day, formula="matin")
    run(datetime(2026, 11, 2, 9, tzinfo=PARIS))
    assert told() == []
    BookingFactory(enrolment=enrolment, day=date(2026, 11, 4), formula="matin")
    run(datetime(2026, 11, 9, 9, tzinfo=PARIS))
    assert told() == [("Zoé", date(2026, 11, 18))]


def test_in_alternate_custody_each_household_is_told_of_its_own_weeks(mother):
    father = GuardianFactory(with_space=True, family=FamilyFactory(), last_name="Bernard")
    child = ChildFactory(first_name="Zoé")
    for guardian, weeks in ((mother, {"even_weeks": True}), (father, {"odd_weeks": True})):
        CustodyFactory(child=child, family=guardian.family, **weeks)
        enrolment = EnrolmentFactory(child=child, family=guardian.family)
        for back in range(1, 10):
            day = MONDAY - back * WEEK
            own = (day.isocalendar().week % 2 == 0) == ("even_weeks" in weeks)
            if own:
                BookingFactory(enrolment=enrolment, day=day)
    run()  # week 50 is even
    assert [row.family for row in DayReminder.objects.all()] == [mother.family]
    run(NOW + WEEK)
    assert DayReminder.objects.get(days__day=MONDAY + WEEK).family == father.family
    assert not DayReminder.objects.filter(family=mother.family, days__day=MONDAY + WEEK).exists()


def test_both_guardians_are_written_to_each_by_her_own_link(mother, zoe):
    father = GuardianFactory(family=mother.family, pays=False, first_name="Paul", with_space=True)
    assert run() == 2
    keys = {re.search(r"/rappel/([^/\s]+)/", mail.message)[1] for mail in Email.objects.all()}
    assert {opened_by(key).guardian for key in keys} == {mother, father}


def test_the_days_are_looked_at_again_as_the_mail_is_written(mother, zoe):
    usually(zoe.enrolments.get(), TUESDAY)
    reminders.plan_reminders(at=NOW)
    assert len(told()) == 2
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY)
    reminders.send_reminders(at=NOW + timedelta(minutes=5))
    assert told() == [("Zoé", TUESDAY)]
    assert "lundi 7 décembre" not in Email.objects.get().message

    later = DayReminder.objects.get()
    assert (later.mails, later.settled_at) == (1, NOW + timedelta(minutes=5))


def test_nothing_leaves_when_everything_was_booked_meanwhile(mother, zoe):
    reminders.plan_reminders(at=NOW)
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY)
    assert reminders.send_reminders(at=NOW) == 0
    assert DayReminder.objects.get().settled_at == NOW
    assert not Email.objects.exists()


def test_a_killed_run_is_resumed_by_the_next(mother, zoe, monkeypatch):
    def killed(letters):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "queue_mails", killed)
        with pytest.raises(RuntimeError):
            run()
    assert DayReminder.objects.get().settled_at is None
    assert run() == 1
    assert Email.objects.count() == 1


def test_the_setting_switches_the_reminders_off(mother, zoe, settings):
    settings.BOOKING_REMINDERS = {"days_before": 0, "kept_days": 90}
    assert run() == 0


def test_the_constraints_hold_when_broken_on_purpose(mother, zoe):
    run()
    row = DayReminder.objects.get()
    day = row.days.get()
    again = DayReminder(family=row.family, deadline=row.deadline, ends_at=row.ends_at, planned_at=NOW)
    for broken in (
        again,
        DayReminder(family=row.family, deadline=NOW, ends_at=NOW - WEEK, planned_at=NOW),
        RemindedDay(
            reminder=row, family=row.family, child=day.child, activity=day.activity, day=day.day, until=day.until
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken.save()


def test_old_reminders_are_forgotten(mother, zoe):
    run()
    assert reminders.forget_reminders(at=NOW + timedelta(days=90)) == 0
    assert reminders.forget_reminders(at=NOW + timedelta(days=94), dry_run=True) == 1
    assert reminders.forget_reminders(at=NOW + timedelta(days=94)) == 1
    assert not RemindedDay.objects.exists()


def test_two_hundred_households_cost_the_queries_of_one(mother, zoe):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            run()
        return sum(not query["sql"].startswith("INSERT") for query in queries), Email.objects.count()

    first = cost()
    RemindedDay.objects.all().delete()
    DayReminder.objects.all().delete()
    for _ in range(30):
        _, enrolment = a_child_at_the_canteen(GuardianFactory(with_space=True, family=FamilyFactory()).family)
        usually(enrolment, MONDAY)
    second = cost()
    assert (first[1], second[1]) == (1, 32)
    assert first[0] == second[0]


# --- The link ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def link(mother, zoe):
    run()
    return re.search(r"(/reservations/rappel/[^/\s]+/)", Email.objects.get().message)[1]


def test_followed_the_link_shows_and_books_nothing(link, client):
    response = client.get(link)
    text = unescape(response.content.decode())
    assert "Réserver 1 jour" in text
    assert "Zoé" in text
    assert "€" not in text  # prices come from the quotient: they are the household's
    assert response["X-Robots-Tag"] == "noindex"
    assert not Booking.objects.filter(day=MONDAY).exists()


def test_one_click_books_exactly_these_days_once(link, client, mother, zoe):
    text = unescape(client.post(link, follow=True).content.decode())
    assert "C’est fait" in text
    booking = Booking.objects.get(day=MONDAY)
    assert (booking.booked_by, booking.family) == (mother.user, mother.family)
    assert DayReminder.objects.get().receipt == BookingReceipt.objects.get()

    Booking.objects.filter(pk=booking.pk).update(status="annulee", cancelled_at=NOW)
    client.post(link)
    assert BookingReceipt.objects.count() == 1
    assert not Booking.objects.filter(day=MONDAY, status="active").exists()


def test_when_the_last_place_has_gone_the_link_does_not_say_that_it_is_done(link, client, zoe):
    ActivitySite.objects.update(places=10)
    SiteDay.objects.create(site=zoe.enrolments.get().site, day=MONDAY, places=0)
    text = unescape(client.post(link, follow=True).content.decode())
    assert "Rien n’a pu être réservé" in text
    assert "il ne reste plus de place" in text


def test_what_a_form_adds_to_the_link_is_not_read(link, client, zoe):
    client.post(link, {"vu": f"{zoe.pk}|restauration|+||20261214"})
    assert not Booking.objects.filter(day=MONDAY + WEEK).exists()


def test_the_other_guardian_s_link_tells_what_the_first_did(link, client, mother):
    father = GuardianFactory(family=mother.family, pays=False, first_name="Paul", with_space=True)
    client.post(link)
    reminder = DayReminder.objects.get()
    text = unescape(client.get(f"/reservations/rappel/{reminder_key(reminder, father)}/").content.decode())
    assert BookingReceipt.objects.get().request.number in text


def test_past_the_deadline_the_link_does_nothing(link, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 0, 0, tzinfo=PARIS))
    assert "Le délai de ces jours est passé" in unescape(client.get(link).content.decode())
    client.post(link)
    assert not Booking.objects.filter(day=MONDAY).exists()


@pytest.mark.parametrize("deed", ["excluded", "read only", "forged", "other salt", "forgotten", "moved"])
def test_a_dead_link_is_a_page_that_does_not_exist(link, client, mother, deed):
    if deed == "excluded":
        GuardianFactory(family=mother.family, pays=False)
        Guardian.objects.filter(pk=mother.pk).update(pays=False, rights=Guardian.Rights.EXCLUDED)
    elif deed == "read only":
        Guardian.objects.filter(pk=mother.pk).update(rights=Guardian.Rights.READ_ONLY)
    elif deed == "forged":
        link = f"{link[:-3]}xx/"
    elif deed == "other salt":
        link = f"/reservations/rappel/{stop_key(mother)}/"
    elif deed == "forgotten":
        DayReminder.objects.all().delete()
    else:
        Guardian.objects.filter(pk=mother.pk).update(family=FamilyFactory())
    assert client.get(link).status_code == client.post(link).status_code == 404
    assert not Booking.objects.filter(day=MONDAY).exists()


def test_who_has_signed_in_sees_the_price_by_the_same_link(link, mother):
    from reservations.tests.factories import TariffBandFactory, TariffFactory

    TariffBandFactory(tariff=TariffFactory(activity=Activity.objects.get()))
    client = Client()
    client.force_login(mother.user)
    assert "3,00" in client.get(link).content.decode()
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    other = Client()
    other.force_login(stranger.user)
    assert "3,00" not in other.get(link).content.decode()


def test_the_body_is_erased_once_the_mail_has_left(link):
    send_waiting(at=NOW)
    assert "rappel" not in Email.objects.get().message


# --- Her choice -------------------------------------------------------------------------------------------------------


def test_the_mail_s_own_link_stops_the_reminders_after_one_click(mother, zoe, client):
    run()
    stop = re.search(r"(/reservations/rappel/[^/\s]+/arreter/)", Email.objects.get().message)[1]
    assert client.get(stop).status_code == 200
    assert not ReminderStop.objects.exists()
    text = unescape(client.post(stop, follow=True).content.decode())
    assert "Vous ne recevrez plus ces rappels" in text
    assert ReminderStop.objects.get().guardian == mother
    client.post(stop)
    assert client.get("/reservations/rappel/rien/arreter/").status_code == 404


def test_she_chooses_in_her_space_for_herself_alone(mother, zoe):
    father = GuardianFactory(family=mother.family, pays=False, first_name="Paul", with_space=True)
    client = Client()
    client.force_login(mother.user)
    assert "Vous recevez ces rappels" in client.get("/reservations/rappels/").content.decode()
    client.post("/reservations/rappels/", {"rappels": "non"})
    run()
    assert [mail.to for mail in Email.objects.all()] == [[father.user.email]]
    client.post("/reservations/rappels/", {"rappels": "oui"})
    assert not ReminderStop.objects.exists()


def test_who_may_only_read_still_chooses_about_her_own_mail(mother, zoe):
    Guardian.objects.update(rights=Guardian.Rights.READ_ONLY)
    client = Client()
    client.force_login(mother.user)
    client.post("/reservations/rappels/", {"rappels": "non"})
    assert ReminderStop.objects.filter(guardian=mother).exists()


# --- « Mon accueil » --------------------------------------------------------------------------------------------------


def test_the_first_page_says_it_until_it_is_done(mother, zoe):
    client = Client()
    client.force_login(mother.user)
    said = "Des jours habituels ne sont pas réservés"

    def shown():
        return said in unescape(client.get("/accueil/").content.decode())

    assert not shown()
    run()
    assert shown()
    page = client.get("/reservations/jours-habituels/").content.decode()
    fields = {name: re.findall(rf'name="{name}" value="([^"]+)"', unescape(page)) for name in ("envoi", "vu")}
    client.post("/reservations/jours-habituels/", fields)
    assert Booking.objects.get(day=MONDAY).booked_by == mother.user
    assert not shown()


def test_a_day_given_back_is_not_to_be_done_again(mother, zoe):
    client = Client()
    client.force_login(mother.user)
    run()
    BookingFactory(enrolment=zoe.enrolments.get(), day=MONDAY, cancelled=True)
    assert "Rien ne manque" in unescape(client.get("/reservations/jours-habituels/").content.decode())


def test_another_household_sees_nothing_of_it(mother, zoe):
    run()
    stranger = GuardianFactory(with_space=True, family=FamilyFactory())
    SchoolYearFactory()
    client = Client()
    client.force_login(stranger.user)
    page = unescape(client.get("/reservations/jours-habituels/").content.decode())
    assert "Rien ne manque" in page
    assert "Zoé" not in page
