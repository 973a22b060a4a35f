"""Two invoice runs at once, and a run that is killed. Each lock has its control: the same scene without it."""

import os
import signal
import subprocess
import sys
import time
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection

from billing.models import BillingRun, Invoice, InvoiceLine, InvoicePdf
from billing.services import papers, runs
from billing.services.runs import chunks, issuing, starting
from billing.tests.factories import ISSUED_AT, OCTOBER, TariffFactory, households_at_the_canteen, issue
from billing.tests.test_coverage import ccas, cover
from castres_portal.base.tests.races import at_once, expect_both, meeting_after, take_locks_away

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def numbers():
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


def first_numbers(count):
    return [f"2610{rank:06d}" for rank in range(1, count + 1)]


@pytest.fixture
def town(monkeypatch):
    """Ten households, in chunks of three."""
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 3)
    TariffFactory()
    return households_at_the_canteen(10)


@pytest.fixture
def meeting(monkeypatch):
    """Both wait for each other once they have drafted; with the lock only one gets there, and goes on alone."""
    monkeypatch.setattr(chunks, "households_of", meeting_after(chunks.households_of))


def start():
    return runs.start_run(month=OCTOBER, by=None, at=ISSUED_AT, wake_workers=False)


def work():
    for chunk_id in runs.waiting_chunks(start()):
        runs.run_chunk(chunk_id, at=ISSUED_AT)


# --- Two people start the month ---------------------------------------------------------------------------------------


def test_without_asking_again_a_second_person_falls_on_the_constraint(town):
    blind = patch.object(starting, "run_under_way", return_value=None)
    with blind, patch.object(starting, "new_run", starting.write_run):
        answers = at_once(start, start)

    assert sorted(type(answer).__name__ for answer in answers) == ["BillingRun", "IntegrityError"]


def test_two_people_who_start_at_once_share_one_run(town):
    with patch.object(starting, "run_under_way", return_value=None):
        first, second = at_once(start, start)

    assert first == second
    assert BillingRun.objects.count() == 1
    assert first.chunks.count() == 4


# --- Two workers on one chunk -----------------------------------------------------------------------------------------


def test_without_the_lock_both_work_for_the_same_households(town, meeting, monkeypatch):
    chunk_id = runs.waiting_chunks(start())[0]
    take_locks_away(monkeypatch)

    answers = at_once(*[lambda: runs.run_chunk(chunk_id, at=ISSUED_AT)] * 2)

    # The counter's row saved the numbers; both believe that they did the chunk, and its sum says nothing any more.
    assert sorted(answer.invoices for answer in answers) == [0, 3]
    assert numbers() == first_numbers(3)


def test_with_the_lock_one_works_and_the_other_goes_on(town, meeting):
    chunk_id = runs.waiting_chunks(start())[0]

    answers = at_once(*[lambda: runs.run_chunk(chunk_id, at=ISSUED_AT)] * 2)

    [done] = [answer for answer in answers if answer is not None]
    assert done.invoices == 3
    assert numbers() == first_numbers(3)


# --- Two runs over the same households --------------------------------------------------------------------------------


@pytest.fixture
def two_runs(town):
    """Two runs that cover the same households: what the one-run rule forbids, should it ever be lifted."""
    first = start()
    BillingRun.objects.filter(pk=first.pk).update(finished_at=ISSUED_AT)
    return [runs.waiting_chunks(first)[0], runs.waiting_chunks(start())[0]]


def test_without_the_second_look_under_lock_a_household_would_have_two_invoices(two_runs, meeting, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(issuing, "_already_invoiced", lambda run, households: set())

    answers = at_once(*[lambda pk=pk: runs.run_chunk(pk, at=ISSUED_AT) for pk in two_runs])

    assert sorted(type(answer).__name__ for answer in answers) == ["BillingChunk", "IntegrityError"]


def test_with_it_the_second_leaves_them_out_and_the_numbers_have_no_gap(two_runs, meeting):
    answers = at_once(*[lambda pk=pk: runs.run_chunk(pk, at=ISSUED_AT) for pk in two_runs])

    assert sorted(answer.invoices for answer in answers) == [0, 3]
    assert numbers() == first_numbers(3)


def test_two_commands_at_once_make_each_invoice_once(town):
    assert at_once(work, work) == [None, None]

    assert numbers() == first_numbers(10)
    assert Invoice.objects.values("family").distinct().count() == 10
    assert BillingRun.objects.get().finished_at


def test_two_commands_at_once_ask_another_payer_once_for_all_the_children(town):
    payer = ccas()
    for family in town:
        cover(family, payer, child=family.bookings.first().child)

    assert at_once(work, work) == [None, None]

    asked = Invoice.objects.get(for_others=True)
    assert (asked.number, asked.total, asked.lines.count()) == ("2610000011", 60, 40)
    assert numbers() == first_numbers(11)


def test_two_sweeps_at_once_make_each_paper_and_each_mail_once(town, monkeypatch):
    from post_office.models import Email

    monkeypatch.setattr(papers, "BATCH", 2)
    issue()

    made = at_once(*[lambda: papers.make_waiting_papers(at=ISSUED_AT)] * 2)

    assert sum(made) == 10
    assert InvoicePdf.objects.filter(announced_at=None).count() == 0
    assert Email.objects.count() == 10


# --- Killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.serial
def test_killed_half_way_and_run_again_it_makes_each_invoice_once_without_a_gap(town):
    slow = (
        "import time, django; django.setup();"
        "from billing.services.runs import chunks, issuing, starting; real = chunks._close_if_done;"
        "starting.CHUNK_HOUSEHOLDS = 3;"
        "chunks._close_if_done = lambda *a: (real(*a), time.sleep(1.5))[0];"
        "from django.core.management import call_command; call_command('issue_invoices', '2026-10', '--issue', '--now-only')"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "castres_portal.settings",
        "DATABASE_URL": _address_of_this_database(),
        "PORTAL_CLOCK": "2026-11-08T06:00",
    }
    process = subprocess.Popen([sys.executable, "-c", slow], cwd=settings.BASE_DIR, env=environment)
    _wait_until(lambda: len(numbers()) >= 3)  # one chunk is done, the next is under way
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    before = numbers()
    assert before == first_numbers(3)
    assert BillingRun.objects.get().finished_at is None

    _wait_until(_nobody_holds_a_chunk)
    runs.resume_runs(at=ISSUED_AT)

    assert numbers() == first_numbers(10)
    assert Invoice.objects.values("family").distinct().count() == 10
    assert InvoiceLine.objects.count() == 40
    assert BillingRun.objects.get().finished_at


def _address_of_this_database():
    values = connection.settings_dict
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def _nobody_holds_a_chunk():
    """PostgreSQL notices a dead client when it next writes to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state <> 'idle'"
        )
        return cursor.fetchone()[0] == 0


def _wait_until(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "en vain"
        time.sleep(0.05)
