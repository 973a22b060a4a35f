"""The preview of a month: what an agent reads before anything is issued, validates, or has counted again."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Anomaly, BillingRun, Invoice, PreviewFinding
from billing.queries.previews import preview_of
from billing.queries.runs import moved_since_preview
from billing.services import runs
from billing.services.runs import starting
from billing.tests.factories import (
    ISSUED_AT,
    OCTOBER,
    WEEK,
    TariffFactory,
    book,
    evening_care,
    household,
    households_at_the_canteen,
    invoice_of,
    issue,
)
from castres_portal.base.clock import PARIS
from castres_portal.base.numbering import take_numbers
from castres_portal.base.tests.races import at_once, meeting_after, without_locks
from families.models import Child, QuotientRecord
from reservations.models import Booking

pytestmark = pytest.mark.django_db
Kind = PreviewFinding.Kind
SEPTEMBER, NOVEMBER = date(2026, 9, 1), date(2026, 11, 1)


def preview(month=OCTOBER, at=ISSUED_AT):
    run = runs.start_preview(month=month, by=None, at=at, wake_workers=False)
    for chunk in runs.waiting_previews(run):
        runs.preview_chunk(chunk, at=at)
    run.refresh_from_db()
    return run


def agent():
    return UserFactory(agent=True, role=roles.REGISSEURS)


def validate(run, by=None):
    return runs.validate_run(run=run, seen=run.previewed_at, by=by or agent(), at=ISSUED_AT + timedelta(hours=1))


def work(run):
    for chunk in runs.waiting_chunks(run):
        runs.run_chunk(chunk, at=ISSUED_AT + timedelta(hours=1))


def found(run):
    return {(finding.family.name, finding.kind) for finding in run.findings.select_related("family")}


def test_it_counts_what_would_be_issued_and_numbers_nothing():
    TariffFactory()
    martin = household()
    book(martin, "Léa", WEEK)
    book(martin, Child.objects.get(), WEEK[:2], evening_care())
    book(household("Durand", pays=False), "Zoé")

    run = preview()
    shown = preview_of(run)

    assert (shown.invoices, shown.total, shown.held_back) == (1, Decimal("14.20"), 1)
    assert [(row.name, row.days, row.amount) for row in shown.activities] == [
        ("Restauration scolaire", 4, Decimal("12.00")),
        ("Garderie du soir", 2, Decimal("2.20")),
    ]
    assert found(run) == {("Durand", Kind.NO_PAYER), ("Martin", Kind.NEW)}
    assert not Invoice.objects.exists()
    assert not Anomaly.objects.exists()
    assert take_numbers("factures-2610", 0) == 1
    assert (run.is_preview, run.finished_at) == (True, None)


def test_it_points_at_what_differs_from_the_month_before(settings):
    settings.BILLING = {**settings.BILLING, "abnormal": Decimal(40), "gap": Decimal(5), "gap_percent": 50}
    TariffFactory()
    more, gone, same, much, unknown = (
        household(name) for name in ("Plus", "Parti", "Pareil", "Beaucoup", "Sansquotient")
    )
    QuotientRecord.objects.filter(family=unknown).delete()
    for family in (more, gone, same, much, unknown):
        book(family, "Léa", [date(2026, 9, 28)])
    issue(SEPTEMBER)
    for family, days in ((more, WEEK), (same, WEEK[:1]), (much, WEEK), (unknown, WEEK[:1])):
        book(family, family.custodies.get().child, days)
    book(much, "Tom", [date(2026, 10, day) for day in range(5, 17)])

    run = preview()

    assert found(run) == {
        ("Plus", Kind.CHANGED),
        ("Parti", Kind.GONE),
        ("Beaucoup", Kind.CHANGED),
        ("Beaucoup", Kind.ABNORMAL),
        ("Sansquotient", Kind.NO_QUOTIENT),
    }
    assert run.findings.get(family=more).message == "3,00\u00a0€ le mois précédent, 12,00\u00a0€ : +9,00\u00a0€."


def test_nothing_is_issued_before_an_agent_validates_and_then_everything_is():
    TariffFactory()
    households_at_the_canteen(3)
    run = preview()
    work(run)
    runs.resume_runs(at=ISSUED_AT)
    assert not Invoice.objects.exists(), "a worker that is woken too early does nothing"

    by = agent()
    validated = validate(run, by)
    work(validated)

    assert (validated.validated_by, validated.validated_at) == (by, ISSUED_AT + timedelta(hours=1))
    assert Invoice.objects.count() == 3
    assert BillingRun.objects.get().finished_at
    assert moved_since_preview(validated) == []


def test_when_bookings_changed_since_it_is_counted_again_instead_of_validated():
    TariffFactory()
    book(household(), "Léa")
    run = preview()
    book(household("Durand"), "Zoé")

    assert validate(run).validated_at is None
    run.refresh_from_db()
    assert (run.previewed_at, run.households) == (None, 2)

    for chunk in runs.waiting_previews(run):
        runs.preview_chunk(chunk, at=ISSUED_AT)
    run.refresh_from_db()
    assert preview_of(run).invoices == 2
    assert validate(run).validated_at


@pytest.mark.parametrize(
    "change",
    [
        lambda: Booking.objects.filter(day=WEEK[0]).update(status="annulee", cancelled_at=ISSUED_AT),
        lambda: QuotientRecord.objects.update(value=400),
        lambda: TariffFactory._meta.model.objects.get().bands.filter(label="B").update(care_part=1),
    ],
    ids=["a day less", "a quotient", "a price"],
)
def test_what_is_counted_and_has_changed_is_noticed(change):
    TariffFactory()
    book(household(), "Léa")
    run = preview()
    change()
    assert validate(run).validated_at is None


def test_a_quotient_between_validation_and_issue_gives_the_right_invoice_and_is_said():
    TariffFactory()
    family = household()
    book(family, "Léa")
    run = validate(preview())
    QuotientRecord.objects.update(value=400)
    work(run)

    assert Invoice.objects.get().total == Decimal("4.00")
    [moved] = moved_since_preview(run)
    assert (moved.invoice.family, moved.foreseen) == (family, Decimal("12.00"))


def test_an_agent_who_reads_an_older_preview_is_refused_and_one_may_be_abandoned():
    TariffFactory()
    book(household(), "Léa")
    run = preview()
    with pytest.raises(runs.CannotInvoice, match="recalculé depuis"):
        runs.validate_run(run=run, seen=ISSUED_AT - timedelta(minutes=1), by=agent(), at=ISSUED_AT)

    runs.abandon_preview(run=run)
    assert not BillingRun.objects.exists()
    work(validate(preview()))
    with pytest.raises(runs.CannotInvoice, match="déjà validée"):
        runs.abandon_preview(run=BillingRun.objects.get())


def test_from_its_day_on_the_portal_previews_the_last_month_once(settings, django_capture_on_commit_callbacks):
    TariffFactory()
    book(household(), "Léa")
    with patch("billing.tasks.preview_chunk.apply_async") as woken, django_capture_on_commit_callbacks(execute=True):
        assert runs.preview_if_due(at=datetime(2026, 11, 2, 5, 20, tzinfo=PARIS)) is None
        run = runs.preview_if_due(at=datetime(2026, 11, 4, 5, 20, tzinfo=PARIS))
        assert runs.preview_if_due(at=datetime(2026, 11, 5, 5, 20, tzinfo=PARIS)) is None
    assert (run.month, run.is_preview, run.started_by) == (OCTOBER, True, None)
    assert woken.call_count == 1
    runs.resume_runs(at=ISSUED_AT)
    run.refresh_from_db()
    assert run.previewed_at == ISSUED_AT

    settings.BILLING = {**settings.BILLING, "preview_day": 0}
    assert runs.preview_if_due(at=datetime(2026, 12, 28, 5, 20, tzinfo=PARIS)) is None


def test_a_preview_costs_the_same_number_of_queries_whatever_its_households():
    TariffFactory()
    counts = []
    for month, families in ((SEPTEMBER, 1), (OCTOBER, 12)):
        for family in [household() for _ in range(families)]:
            book(family, "Léa", [month + timedelta(days=day) for day in (6, 7, 8)])
        run = runs.start_preview(month=month, by=None, at=ISSUED_AT, wake_workers=False)
        with CaptureQueriesContext(connection) as queries:
            runs.preview_chunk(runs.waiting_previews(run)[0], at=ISSUED_AT)
            preview_of(run)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_invoice_of_the_month_is_left_out_of_a_second_preview():
    TariffFactory()
    first = household()
    book(first, "Léa")
    invoice_of(first)
    book(household("Durand"), "Zoé")
    run = preview(at=ISSUED_AT + timedelta(days=1))
    assert found(run) == {("Durand", Kind.NEW)}
    assert preview_of(run).invoices == 1


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_it_gives_files_and_validates(client, settings):
    TariffFactory()
    martin = household()
    book(martin, "Léa")
    run = preview()
    client.force_login(agent())
    page = f"/admin/billing/billingrun/{run.pk}/change/"

    text = client.get(page).content.decode()
    for words in ("Aperçu de la facturation d’octobre 2026", "12,00", "Nouveau foyer : 1", "Restauration scolaire"):
        assert words in text, words
    table = client.get(page + "?fichier=csv").content.decode("utf-8-sig")
    assert table.splitlines()[1] == f"{martin.number};Martin;4;12,00;;;Nouveau foyer"
    assert client.get(page + "?fichier=xlsx").content.startswith(b"PK")

    seen = run.previewed_at.isoformat()
    answer = client.post(page, {"valider": "", "seen": seen}, follow=True).content.decode()
    assert "est validée" in answer
    assert BillingRun.objects.get().validated_by


def test_other_agents_read_it_and_validate_nothing(client):
    TariffFactory()
    book(household(), "Léa")
    run = preview()
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))
    page = f"/admin/billing/billingrun/{run.pk}/change/"
    text = client.get(page).content.decode()
    assert "Aperçu de la facturation" in text
    assert "Valider et émettre" not in text
    assert client.post(page, {"valider": "", "seen": run.previewed_at.isoformat()}).status_code == 403


# --- At once ----------------------------------------------------------------------------------------------------------


def two_validate(run, people):
    deeds = [lambda by=by: runs.validate_run(run=run, seen=run.previewed_at, by=by, at=ISSUED_AT) for by in people]
    with patch("billing.tasks.run_chunk.apply_async") as woken:
        answers = at_once(*deeds)
    return answers, woken.call_count


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_agents_who_validate_at_once_are_one(monkeypatch):
    TariffFactory()
    households_at_the_canteen(2)
    run, people = preview(), [agent(), agent()]
    monkeypatch.setattr(runs.previewing, "state_of_month", meeting_after(runs.previewing.state_of_month))
    answers, woken = two_validate(run, people)
    assert len({answer.validated_by_id for answer in answers}) == 1
    assert woken == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_believe_that_they_did(monkeypatch):
    TariffFactory()
    households_at_the_canteen(2)
    run, people = preview(), [agent(), agent()]
    monkeypatch.setattr(runs.previewing, "state_of_month", meeting_after(runs.previewing.state_of_month))
    with without_locks(monkeypatch):
        answers, woken = two_validate(run, people)
    assert len({answer.validated_by_id for answer in answers}) == 2
    assert woken == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_never_count_a_household_twice(monkeypatch):
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 2)
    TariffFactory()
    households_at_the_canteen(4)
    run = runs.start_preview(month=OCTOBER, by=None, at=ISSUED_AT, wake_workers=False)
    chunks = runs.waiting_previews(run)
    at_once(*[lambda pk=pk: runs.preview_chunk(pk, at=ISSUED_AT) for pk in (*chunks, *chunks)])
    run.refresh_from_db()
    assert run.previewed_at
    assert preview_of(run).total == Decimal("48.00")
