"""The demonstration town, as the person who starts it finds it, on whatever day. On SQLite, test_pages.py fills one."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Sum
from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from billing.models import (
    Anomaly,
    CreditNote,
    Debit,
    DepositSlip,
    Discrepancy,
    Invoice,
    InvoicePdf,
    Payment,
    PaymentAttempt,
    PaymentReminder,
    ReconciliationRun,
    SepaMandate,
    TillClosing,
    TreasuryBatch,
    TreasuryHandover,
)
from billing.queries.board import board_of
from billing.queries.invoices import with_paid
from billing.queries.payments import refusal_now
from billing.queries.till import movements, open_movements, sums_of
from billing.rules.till import net_of
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from castres_portal.base.models import MailMark
from castres_portal.demo import accounts
from castres_portal.demo.seed.money import HELD_BACK
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.town import fill_town
from families.models import Child, Custody, Family, FamilyRequest, Guardian, QuotientRecord, School
from families.rules.custody import household_on
from reservations.models import (
    AbsenceDay,
    Booking,
    Closure,
    DayReminder,
    Enrolment,
    KitchenCheck,
    SchoolYear,
    SiteDay,
    Tariff,
    WaitingEntry,
)
from reservations.queries.kitchen.day import kitchen_day
from reservations.queries.menus import lunches_between
from reservations.queries.planning import policy_of, school_calendar
from reservations.rules.menus import weeks_without_vegetarian

FAMILIES = 16
SEPA = {"ICS": "FR72ZZZ123456", "CREDITOR": "Ville", "IBAN": "FR7630001007941234567890185", "BIC": "BDFEFRPP"}
MONDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 25)
SHOWN_ANOMALIES = (Anomaly.Kind.CHARGEBACK, Anomaly.Kind.NO_PAYER)  # the examples of the régie
MANY = {MONDAY: 60, WEDNESDAY: 60}  # enough families for what is rare
A_YEAR = {WEDNESDAY: 12}  # months billed, as in the town that everybody opens; a few are enough for the other visits
# The first and the last day of windows and notices, each kind of holidays, both ends of a school year, a leap day, and
# days beyond the years that decrees give.
DAYS = [
    date(2025, 11, 3),
    date(2026, 6, 10),
    date(2026, 7, 4),
    date(2026, 8, 3),
    date(2026, 9, 1),
    date(2026, 12, 8),
    date(2026, 12, 25),
    date(2027, 3, 31),
    date(2027, 4, 9),
    date(2027, 8, 31),
    date(2028, 2, 29),
    date(2028, 7, 4),
    date(2029, 1, 7),
]


def on(*days):
    """Run a test in the town of these days. A town is filled once for all the tests that visit it, and by one process."""
    towns = [pytest.param(day, id=str(day), marks=pytest.mark.xdist_group(f"town-{day}")) for day in days]
    return pytest.mark.parametrize("filled", towns, indirect=True, scope="module")


@pytest.fixture(scope="module")
def filled(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """The town as of a day, in a transaction that ends with its last visitor; each visit is undone at its own end."""
    today, folder = request.param, tmp_path_factory.mktemp("town")
    whole = transaction.atomic()
    whole._from_testcase = True  # services may be outermost inside
    with django_db_blocker.unblock(), whole:
        with override_settings(DATA_DIR=folder, PORTAL_CLOCK=f"{today}T00:05", SEPA=SEPA):
            fill_town(
                families=MANY.get(today, FAMILIES),
                today=today,
                seed=81,
                progress=Progress(quiet=True),
                months=A_YEAR.get(today, 3),
            )
        yield today, folder
        transaction.set_rollback(True)


@pytest.fixture
def today(filled, db, settings):
    """Visit the town: the day, of which the portal's clock shows the first minutes."""
    day, settings.DATA_DIR = filled
    settings.PORTAL_CLOCK = f"{day}T00:05"
    return day


@pytest.fixture
def martin(client):
    """Sign in as the parent whom everybody tries."""

    def sign_in():
        client.force_login(User.objects.get(email=accounts.MARTIN.email))
        return client

    return sign_in


def calendar_of(client, first_name):
    """Follow the link of the reservations page to a child's calendar."""
    child = Child.objects.get(first_name=first_name, last_name="Martin")
    page = client.get(reverse("reservations:index")).content.decode()
    return client.get(re.search(rf'href="(/reservations/{child.pk}/restauration/[\d-]+/)"', page).group(1))


@on(*DAYS)
def test_whatever_the_day_the_parent_finds_something_of_everything(martin, settings, today):
    client = martin()

    page = calendar_of(client, "Léa").content.decode()
    boxes = re.findall(r'<input type="checkbox" class="day__box"[^>]*>', page)
    assert any("disabled" not in box and "checked" not in box for box in boxes), "aucun jour à réserver"
    assert 'class="day day--shut' in page, "aucun jour grisé"

    requests = client.get(reverse("families:requests")).content.decode()
    receipt = FamilyRequest.objects.filter(family__name="Martin", kind="reservation").order_by("received_at").last()
    assert receipt.received_at.astimezone(PARIS).date() < today
    assert receipt.number in requests
    assert "Léa" in client.get(reverse("families:request", args=[receipt.number])).content.decode()

    invoices = with_paid(Invoice.objects.filter(family__name="Martin"))
    assert invoices.filter(owed=0).exists(), "aucune facture réglée"
    for hour in (0, 23):
        at = datetime(today.year, today.month, today.day, hour, 50, tzinfo=PARIS)
        assert any(refusal_now(invoice, at=at) is None for invoice in invoices), f"rien à payer à {hour} h 50"


@on(date(2026, 12, 8), date(2026, 12, 25), date(2026, 8, 3))
def test_the_pages_of_invoices_show_one_paid_and_one_to_pay(martin, settings, today):
    settings.PORTAL_CLOCK = f"{today}T12:00"
    client = martin()

    page = client.get(reverse("billing:invoices")).content.decode()

    invoices = with_paid(Invoice.objects.filter(family__name="Martin"))
    at = datetime(today.year, today.month, today.day, 12, tzinfo=PARIS)
    paid = invoices.filter(owed=0).first()
    payable = next(invoice for invoice in invoices if refusal_now(invoice, at=at) is None)
    assert paid.number in page
    assert payable.number in page
    assert (
        reverse("billing:pay", args=[payable.number])
        in client.get(reverse("billing:invoice", args=[payable.number])).content.decode()
    )


@on(date(2026, 8, 3), date(2027, 8, 31))
def test_in_august_the_next_school_year_is_open_and_children_are_enrolled_in_it(martin, today):
    coming = SchoolYear.objects.get(starts_on__year=today.year)
    assert coming.enrolment_opens_on <= today < coming.starts_on
    assert (
        Enrolment.objects.filter(school_year=coming, family__name="Martin", activity__slug="restauration").count() == 2
    )
    assert f"{today.year}-09" in calendar_of(martin(), "Léa").request["PATH_INFO"]


@on(MONDAY, *DAYS)
def test_every_booking_respects_calendar_custody_notice_and_enrolment(today):
    calendar = school_calendar()
    stays = {}
    for custody in Custody.objects.all():
        stays.setdefault(custody.child_id, []).append(custody)

    bookings = Booking.objects.select_related("enrolment", "site__school", "activity", "cancelled_by")
    assert bookings.filter(day__lt=today).exists()
    for booking in bookings:
        day = booking.day
        rule = policy_of(booking.activity)
        assert day.weekday() in rule.weekdays
        if rule.in_holidays:
            periods = booking.activity.holiday_periods.filter(starts_on__lte=day, ends_on__gte=day)
            assert periods.exists(), f"{day} : hors des périodes de vacances"
        else:
            assert calendar.is_school_day(day), f"{day} : {calendar.why_closed(day)}"
        assert household_on(day, stays[booking.child_id]) == booking.family_id
        # What an end freed was booked before it.
        assert booking.enrolment.starts_on <= day
        assert day <= booking.enrolment.ends_on or booking.cancelled_at
        assert not booking.activity.is_meal or booking.site.school.has_canteen
        # An agent may go past a deadline, and then says why.
        assert booking.late_reason or booking.booked_at < rule.add.until(day)
        assert booking.booked_at.astimezone(PARIS).date() < today
        if booking.cancelled_at:
            assert booking.booked_at < booking.cancelled_at
            assert booking.cancelled_by.is_staff or booking.cancelled_at < rule.cancel.until(day)


@on(MONDAY)
def test_the_kitchen_has_orders_that_stand_and_differences_that_add_up(today):
    page = kitchen_day(date(2026, 11, 24), today=date(2026, 11, 23))

    (service,) = page.services
    assert service.order is not None
    assert {change.cause for change in service.changes} >= {"Annulation", "Régime ou niveau changé"}
    assert all(change.at for change in service.changes)
    booked = Booking.objects.filter(day=page.day, activity__is_meal=True, status="active", given_back_at=None).count()
    assert service.children.now == booked
    assert page.menus[0].is_demo
    assert service.adults
    assert not KitchenCheck.objects.filter(agrees=False).exists()
    lunches = lunches_between(date(2026, 10, 20), date(2026, 12, 31)).values()
    days = [menu.day for menu in lunches if menu.day.weekday() != 2]
    assert weeks_without_vegetarian(lunches, days) == []


@on(WEDNESDAY, date(2026, 7, 4))
def test_the_accounts_of_the_town_agree(today):
    run = ReconciliationRun.objects.get()
    assert [(row.kind, row.words, row.expected, row.found) for row in Discrepancy.objects.all()] == []
    assert run.finished_at
    assert min(run.invoices, run.payments, run.messages) > 10


@on(MONDAY)
def test_the_town_is_made_of_what_was_asked(today):
    assert Family.objects.filter(paying_body=None).count() == MANY[today]
    assert not Family.objects.filter(is_demo=False).exists()
    children = Custody.objects.values("family").annotate(number=Count("child"))
    assert {row["number"] for row in children} <= {1, 2, 3, 4}
    assert Custody.objects.exclude(rhythm=Custody.Rhythm.FULL).exists()
    known = QuotientRecord.objects.values_list("value", flat=True)
    bands = Tariff.objects.get(starts_on=date(2026, 9, 1), activity__slug="restauration").bands.all()
    for band in bands:
        top = band.quotient_below or 10_000
        assert any(band.quotient_from <= value < top for value in known), f"personne en tranche {band.label}"
    assert Family.objects.filter(quotients=None).exists()
    assert Tariff.objects.filter(is_demo=False).count() == 0


@on(MONDAY)
def test_schools_are_the_real_ones(today):
    kinds = dict(School.objects.values_list("kind").annotate(number=Count("pk")))
    assert kinds == {"maternelle": 9, "elementaire": 7, "primaire": 6}
    assert list(School.objects.filter(has_canteen=False).values_list("name", flat=True)) == ["Puech Auriol"]
    assert not Enrolment.objects.filter(site__school__name="Puech Auriol", activity__slug="restauration").exists()


@on(MONDAY)
def test_last_month_is_invoiced_some_paid_some_not_and_no_mail_waits_for_strangers(today):
    october = with_paid(Invoice.objects.filter(month=date(2026, 10, 1)))
    numbers = list(october.order_by("number").values_list("number", flat=True))
    assert numbers == [f"2610{rank:06d}" for rank in range(1, len(numbers) + 1)]
    assert len(numbers) > 30
    assert october.filter(owed=0).exists()
    assert october.filter(owed=F("total")).exists()
    assert Anomaly.objects.filter(kind=Anomaly.Kind.NO_PAYER).count() == HELD_BACK
    assert not Anomaly.objects.exclude(kind__in=SHOWN_ANOMALIES).exists()
    waiting = InvoicePdf.objects.filter(announced_at=None)
    assert {paper.invoice.payer.user.email for paper in waiting} <= {account.email for account in accounts.PARENTS}


@on(MONDAY)
def test_the_ccas_and_the_father_pay_a_part_and_are_asked_for_it(today):
    theirs = with_paid(Invoice.objects.filter(for_others=True, month=date(2026, 10, 1))).order_by("payer_name")
    ccas, father = theirs
    assert (ccas.payer_name, father.payer_name) == ("CCAS de Castres (démonstration)", "Monsieur Marc BERNARD")
    assert ccas.lines.values("child").distinct().count() > 1, "one invoice for all the children that it helps"
    assert ccas.owed == ccas.total, "the last one waits for its transfer"
    durand = Invoice.objects.get(family__guardians__user__email=accounts.DURAND.email, month=ccas.month)
    assert durand.covered > 0


@on(MONDAY)
def test_money_is_what_the_ledger_would_have_written(today):
    contested = Payment.objects.get(kind=Payment.Kind.CHARGEBACK)
    assert contested.chargeback.payment.amount == -contested.amount
    cards = Payment.objects.filter(means=Payment.Means.CARD).exclude(pk=contested.pk)
    for payment in cards.select_related("attempt__invoice__window").prefetch_related("allocations"):
        attempt = payment.attempt
        (allocation,) = payment.allocations.all()
        (share,) = attempt.shares.all()
        assert attempt.status == PaymentAttempt.Status.PAID
        assert payment.amount == attempt.amount == allocation.amount == share.amount == attempt.invoice.total
        assert allocation.invoice_id == share.invoice_id == attempt.invoice_id
        window = attempt.invoice.window
        assert window.opens_at <= payment.received_at <= window.closes_at
    assert with_paid(Invoice.objects.all()).filter(owed__lt=0).count() == 0
    the_regie_s_books_are_whole(at=datetime(2026, 11, 23, 8, tzinfo=PARIS))


@on(WEDNESDAY)
def test_a_household_signed_a_mandate_and_was_told_of_its_debit(today):
    mandate = SepaMandate.objects.get(family__guardians__user__email=accounts.BERNARD.email)
    debit = Debit.objects.select_related("batch").get(mandate=mandate)
    assert debit.batch.collect_on - today >= timedelta(days=13)
    assert debit.amount > 0


@on(WEDNESDAY)
def test_a_whole_year_of_money_was_paid_by_every_means_and_what_was_not_went_to_the_tresor(today):
    board = board_of("", today=today)
    billed = [month for month in board.billed if month.month.month != 8 and month.month < date(2026, 11, 1)]
    assert len(billed) == 10
    for month in billed:
        assert month.invoices > 20
        assert month.percent >= (60 if month.month > date(2026, 8, 1) else 85)
    assert {month.month for month in board.collected if month.total > 0} >= {month.month for month in billed}

    paid = Payment.objects.filter(kind="paiement")
    means = {"carte", "cheque", "especes", "cesu", "e-cesu", "virement", "prelevement", "tresor"}
    assert set(paid.values_list("means", flat=True)) == means
    assert Debit.objects.filter(state="rejete").exists()
    assert TreasuryBatch.objects.count() > 1
    notes = CreditNote.objects.filter(status="confirme")
    assert len({note.decided_at.date().replace(day=1) for note in notes}) > 6
    assert not with_paid(Invoice.objects.filter(month=date(2025, 10, 1))).filter(owed__lt=0).exists()
    # What is old is paid, or was handed over: the Trésor takes 15 € and more.
    old = with_paid(Invoice.objects.filter(month__lt=date(2026, 3, 1))).filter(owed__gte=15)
    assert not old.exclude(pk__in=TreasuryHandover.objects.values("invoice")).exists()


def the_regie_s_books_are_whole(at):
    """Cheques, cash, CESU, transfers: counted each evening, deposited each Friday, and what is unpaid asked for."""
    means = set(Payment.objects.values_list("means", flat=True))
    assert {"carte", "cheque", "especes", "virement", "tresor"} <= means
    assert Payment.objects.filter(kind="annulation", till_entry__cause="impaye").count() == 1
    moved = movements().aggregate(sum=Sum("amount"))["sum"]
    closed = Payment.objects.filter(closed__isnull=False).aggregate(sum=Sum("amount"))["sum"]
    assert closed + net_of(sums_of(open_movements(until=at))) == moved
    assert TillClosing.objects.exclude(explanation="").count() == 1
    assert set(DepositSlip.objects.values_list("kind", flat=True)) >= {"cheque", "especes"}
    assert PaymentReminder.objects.exists()
    assert not PaymentReminder.objects.filter(settled_at=None).exists()
    assert TreasuryBatch.objects.exists()
    assert not TreasuryBatch.objects.filter(sent_at=None).exists()
    numbers = sorted(Payment.objects.filter(received_at__year=2026).values_list("number", flat=True))
    assert numbers == [f"P2026-{place:06d}" for place in range(1, len(numbers) + 1)]


@on(MONDAY)
def test_one_restaurant_is_full_on_some_days_that_can_still_be_booked(today, martin):
    client = martin()

    rows = SiteDay.objects.filter(site__activity__slug="restauration", day__gt=date(2026, 11, 30), places__isnull=False)
    full = rows.order_by("day").first()
    lea = Child.objects.get(first_name="Léa", last_name="Martin")
    page = client.get(reverse("reservations:calendar", args=[lea.pk, "restauration", full.day]))

    assert full.day - timedelta(days=7) > date(2026, 11, 23)
    assert "En attente, " in page.content.decode()  # her turn on the list


@on(MONDAY)
def test_separated_parents_each_book_their_own_weeks(today):
    for name, parity in (("Petit", 1), ("Bernard", 0)):
        days = Booking.objects.filter(family__name=name).values_list("day", flat=True)
        assert days
        assert {day.isocalendar().week % 2 for day in days} == {parity}
    # No quotient on his side: the highest band, and the invoice says so.
    assert Invoice.objects.filter(family__name="Bernard").exclude(note="").exists()


@on(MONDAY)
def test_the_named_accounts_sign_in_with_the_printed_password(today, client, capsys):
    call_command("demo_accounts")
    said = capsys.readouterr().out

    assert accounts.PASSWORD in said
    for account in accounts.PARENTS:
        assert account.email in said
        answer = client.post(
            reverse("account_login"), {"login": account.email, "password": accounts.PASSWORD}, REMOTE_ADDR="127.0.0.1"
        )
        assert answer["Location"] == reverse("dashboard")
        client.logout()
    roles = {account.email: {account.role, *account.more_roles} for account in accounts.STAFF}
    for email, names in roles.items():
        agent = User.objects.get(email=email)
        assert agent.is_staff
        assert not agent.is_superuser
        assert set(agent.groups.values_list("name", flat=True)) == names


@on(MONDAY)
def test_a_code_not_yet_used_is_told_to_whoever_runs_the_demonstration(today, client, settings):
    page = client.get(reverse("demo:index")).content.decode()
    leroy, roux = accounts.kept_codes()

    assert (settings.DATA_DIR / accounts.CODES_FILE).stat().st_mode & 0o777 == 0o600
    assert leroy.code in page
    assert roux.code in page
    birth_date = datetime.strptime(leroy.birth_date, "%d/%m/%Y").date()
    assert Child.objects.filter(last_name="Leroy", birth_date=birth_date).exists()
    answer = client.post(reverse("families:activate"), {"code": leroy.code, "birth_date": birth_date.isoformat()})
    assert answer.status_code == 302
    assert Guardian.objects.get(last_name="Leroy").user is None


@on(MONDAY)
def test_the_code_shown_opens_the_second_factor_of_an_agent(today, client):
    client.post(reverse("account_login"), {"login": accounts.AGENT.email, "password": accounts.PASSWORD})

    page = client.get(reverse("demo:codes")).content.decode()
    shown = re.search(r"Hélène FABRE.*?class=\"demo-code\">(\d{3}) (\d{3})<", page, re.S)
    answer = client.post(reverse("mfa_authenticate"), {"code": "".join(shown.groups())})

    assert answer["Location"] == reverse("admin:index")


@on(MONDAY)
def test_a_filled_town_is_left_alone(today):
    with pytest.raises(CommandError, match="make demo-reset"):
        call_command("seed_demo", families=5, verbosity=0)
    assert Family.objects.filter(paying_body=None).count() == MANY[today]


@on(WEDNESDAY)
def test_absences_are_shown_in_every_state(today):
    rows = AbsenceDay.objects.filter(absence__request__kind="absence")
    assert {"annulee", "attente", "acceptee", "refusee"} <= set(rows.values_list("outcome", flat=True))
    assert not Anomaly.objects.filter(kind=Anomaly.Kind.EXCUSED_LATE).exists()


@on(WEDNESDAY)
def test_a_reminder_of_usual_days_waits_in_the_mailbox_of_the_durands(today):
    reminder = DayReminder.objects.get()
    assert reminder.family.guardians.filter(user__email=accounts.DURAND.email).exists()
    assert reminder.days.filter(until__gt=clock.now()).exists()  # its link still books something
    assert MailMark.objects.filter(kind="reservations/mail/usual_days", secret=True).count() == 1


@on(WEDNESDAY)
def test_closures_and_waits_are_shown_in_every_state(today, client):
    strike, outing, undone = (Closure.objects.get(kind=kind) for kind in ("greve", "sortie", "fermeture"))

    assert today < strike.starts_on
    assert strike.decided_at.astimezone(PARIS).date() < today
    assert outing.ends_on < today
    assert undone.undone_at
    for closure in (strike, outing):
        assert Booking.objects.filter(closure=closure, status="annulee").exists()
    child = Child.objects.get(first_name="Hugo", last_name="Durand")
    assert (
        Booking.objects.filter(child=child, day=undone.starts_on, activity__is_meal=True, status="active").count() == 1
    )
    assert (
        not Anomaly.objects.filter(settled_at=None).exclude(kind__in=SHOWN_ANOMALIES).exists()
    )  # no invoice had charged what they freed
    for account in (accounts.PETIT, accounts.BERNARD):
        client.force_login(User.objects.get(email=account.email))
        assert "Grève nationale" in client.get(reverse("dashboard")).content.decode()
    lea = WaitingEntry.objects.filter(child__first_name="Léa", child__last_name="Martin")
    assert set(lea.values_list("status", flat=True)) == set(WaitingEntry.Status.values)
