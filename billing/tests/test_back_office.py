"""The régie's pages: start a month, watch it, read an invoice, reopen its payment, settle what was noticed."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Anomaly, BillingRun, Invoice, PaymentWindow
from billing.services import runs
from billing.services.runs import starting
from billing.services.windows import CannotReopen, reopen_window
from billing.tests.factories import (
    ISSUED_AT,
    OCTOBER,
    TariffFactory,
    book,
    household,
    households_at_the_canteen,
    invoice_of,
    issue,
    pay,
)
from billing.tests.payments import world
from castres_portal.base.clock import PARIS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 2, 10, 0, tzinfo=PARIS)
RUNS, INVOICES, ANOMALIES = "/admin/billing/billingrun/", "/admin/billing/invoice/", "/admin/billing/anomaly/"


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = settings.PORTAL_CLOCK  # so that the fixture puts it back
    world.show(NOW)
    TariffFactory()


@pytest.fixture
def regisseur(client):
    user = UserFactory(agent=True, role=roles.REGISSEURS)
    client.force_login(user)
    return user


def as_agent(client):
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))


# --- A month ----------------------------------------------------------------------------------------------------------


def test_the_regisseur_prepares_a_month_and_is_led_to_its_preview(
    client, regisseur, django_capture_on_commit_callbacks
):
    households_at_the_canteen(3)

    with patch("billing.tasks.preview_chunk.apply_async") as woken, django_capture_on_commit_callbacks(execute=True):
        response = client.post(RUNS + "facturer/", {"month": "2026-10"}, follow=True)

    run = BillingRun.objects.get()
    assert (run.month, run.started_by, run.started_at.replace(microsecond=0)) == (OCTOBER, regisseur, NOW)
    assert woken.call_count == 1
    text = response.content.decode()
    assert "Aperçu de la facturation d’octobre 2026" in text
    assert "Aperçu en cours : 0 lots comptés sur 1" in text
    assert '<progress class="run-bar" max="100" value="0"' in text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text

    # What waits for it finds it under the same name once it is there, and the list says that it waits for the régie.
    for chunk in runs.waiting_previews(run):
        runs.preview_chunk(chunk, at=NOW)
    text = client.get(f"{RUNS}{run.pk}/change/").content.decode()
    assert "data-portal-wait" in text
    assert 'data-seconds="2"' not in text
    assert "Aperçu à valider" in client.get(RUNS).content.decode()


def test_the_months_offered_are_those_that_are_over(client, regisseur):
    text = client.get(RUNS + "facturer/").content.decode()

    assert "Novembre 2026" in text
    assert "Décembre 2026" not in text
    assert "Sélectionnez un choix valide" in client.post(RUNS + "facturer/", {"month": "2026-12"}).content.decode()


def test_the_progress_counts_what_is_done_and_names_what_is_held_back(client, regisseur, monkeypatch):
    monkeypatch.setattr(starting, "CHUNK_HOUSEHOLDS", 2)
    held = household("Durand", pays=False)
    book(held)
    households_at_the_canteen(3)
    run = runs.start_run(month=OCTOBER, by=regisseur, at=NOW, wake_workers=False)
    runs.run_chunk(runs.waiting_chunks(run)[0], at=NOW)
    page = f"{RUNS}{run.pk}/change/"

    half_way = client.get(page).content.decode()
    runs.resume_runs(at=NOW)
    done = client.get(page).content.decode()

    assert "En cours : 2 foyers examinés sur 4" in half_way
    assert 'value="50"' in half_way
    assert "Terminée le 02/12/2026 à 10:00" in done
    assert "36,00" in done
    assert f"{held}" in done
    assert "Foyer sans responsable payeur" in done


def test_the_other_agents_watch_and_start_nothing(client):
    run = issue()
    as_agent(client)

    assert client.get(RUNS).status_code == client.get(f"{RUNS}{run.pk}/change/").status_code == 200
    assert "Préparer un mois" not in client.get(RUNS).content.decode()
    assert client.post(RUNS + "facturer/", {"month": "2026-10"}).status_code == 403


def test_a_parent_sees_nothing_of_it(client):
    run = issue()
    client.force_login(household().guardians.get().user)

    for page in (RUNS, f"{RUNS}{run.pk}/change/", INVOICES, ANOMALIES):
        assert client.get(page, follow=True).status_code == 403


# --- An invoice -------------------------------------------------------------------------------------------------------


@pytest.fixture
def invoice():
    family = household()
    book(family)
    return invoice_of(family)


def test_an_agent_reads_an_invoice_with_its_lines_and_changes_nothing(client, invoice):
    pay(invoice, "5.00")
    as_agent(client)
    page = f"{INVOICES}{invoice.pk}/change/"

    text = client.get(page).content.decode()

    for words in ("2610000001", "Léa MARTIN", "5, 6, 8 et 9", "Réglée en partie", "7,00", "30/11/2026 à 23:59"):
        assert words in text, words
    assert client.post(page, {"total": "1"}).status_code == 403
    assert client.get(f"{INVOICES}{invoice.pk}/delete/").status_code == 403
    assert client.get(f"{INVOICES}add/").status_code == 403


def test_an_agent_reads_its_paper(client, invoice):
    as_agent(client)
    assert client.get(f"{INVOICES}{invoice.pk}/pdf/").content.startswith(b"%PDF-")

    client.force_login(UserFactory(agent=True, role=roles.CUISINE))
    assert client.get(f"{INVOICES}{invoice.pk}/pdf/").status_code == 403


def test_the_list_costs_the_same_number_of_queries_with_one_and_with_twenty(client, regisseur, invoice):
    def queries(address):
        with CaptureQueriesContext(connection) as context:
            assert client.get(address).status_code == 200
        return len(context)

    queries(INVOICES)  # the first page of a session also writes its hour
    before = [queries(INVOICES), queries(RUNS), queries(ANOMALIES)]
    households_at_the_canteen(19)
    for _ in range(3):
        book(household(pays=False))
    issue()

    assert [queries(INVOICES), queries(RUNS), queries(ANOMALIES)] == before
    assert Invoice.objects.count() == 20


def test_unpaid_invoices_can_be_found(client, regisseur, invoice):
    other = household("Durand")
    book(other)
    pay(invoice_of(other))

    found = {
        state: {row.number for row in client.get(f"{INVOICES}?reglement={state}").context["cl"].result_list}
        for state in ("a-regler", "reglees")
    }

    assert found == {"a-regler": {"2610000001"}, "reglees": {"2610000002"}}


# --- Its window -------------------------------------------------------------------------------------------------------


def test_the_regisseur_reopens_a_payment_and_says_why(client, regisseur, invoice):
    response = client.post(
        f"{INVOICES}{invoice.pk}/rouvrir/", {"until": "2026-12-15", "reason": "Facture reçue en retard"}, follow=True
    )

    window = PaymentWindow.objects.get()
    assert "Le paiement est ouvert jusqu’au 15/12/2026 à 23:59." in response.content.decode()
    assert window.closes_at == datetime(2026, 12, 15, 23, 59, 59, tzinfo=PARIS)
    assert (window.reopened_by, window.reason, window.due_on) == (
        regisseur,
        "Facture reçue en retard",
        date(2026, 12, 15),
    )
    assert "Facture reçue en retard" in response.content.decode()

    client.force_login(invoice.payer.user)
    assert "Payer ma facture" in client.get(f"/factures/{invoice.number}/").content.decode()


@pytest.mark.parametrize(
    "until, reason, words",
    [
        ("2026-12-01", "Retard", "La nouvelle date de fermeture est déjà passée."),
        ("2026-12-15", " ", "Ce champ est obligatoire."),
    ],
)
def test_a_reopening_needs_a_day_to_come_and_a_reason(client, regisseur, invoice, until, reason, words):
    response = client.post(f"{INVOICES}{invoice.pk}/rouvrir/", {"until": until, "reason": reason})

    assert words in response.content.decode()
    assert PaymentWindow.objects.get().reopened_at is None


def test_a_window_that_is_open_is_not_shortened_by_mistake(invoice):
    by = UserFactory(agent=True)
    while_open = datetime(2026, 11, 19, tzinfo=PARIS)

    with pytest.raises(CannotReopen, match="déjà ouvert"):
        reopen_window(window=invoice.window, until=date(2026, 11, 25), reason="Essai", by=by, at=while_open)
    longer = reopen_window(window=invoice.window, until=date(2026, 12, 24), reason="Essai", by=by, at=while_open)

    assert longer.opens_at == invoice.window.opens_at
    assert longer.due_on == date(2026, 12, 24)


def test_only_the_regisseur_reopens(client, invoice):
    as_agent(client)

    assert client.get(f"{INVOICES}{invoice.pk}/rouvrir/").status_code == 403
    assert "Rouvrir le paiement" not in client.get(f"{INVOICES}{invoice.pk}/change/").content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"closes_at": ISSUED_AT - timedelta(days=1)},
        {"reopened_at": NOW, "reason": ""},
    ],
    ids=["closes before it opens", "reopened without a reason"],
)
def test_the_database_refuses_a_senseless_window(invoice, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentWindow.objects.update(**change)


# --- What was noticed -------------------------------------------------------------------------------------------------


@pytest.fixture
def anomaly():
    book(household(pays=False))
    issue()
    return Anomaly.objects.get()


def test_the_list_shows_what_is_open_first(client, regisseur, anomaly):
    Anomaly.objects.create(kind=Anomaly.Kind.OVERPAID, message="Ancienne", noticed_at=NOW, settled_at=NOW)

    open_ones = client.get(ANOMALIES).content.decode()

    assert "Foyer sans responsable payeur" in open_ones
    assert "Ancienne" not in open_ones
    assert "Ancienne" in client.get(f"{ANOMALIES}?etat=reglees").content.decode()


def test_the_regisseur_settles_one_after_a_question(client, regisseur, anomaly):
    page = f"{ANOMALIES}{anomaly.pk}/regler/"
    assert "Aucun responsable du foyer" in client.get(page).content.decode()
    anomaly.refresh_from_db()
    assert anomaly.settled_at is None, "reading the question settles nothing"

    client.post(page)

    anomaly.refresh_from_db()
    assert (anomaly.settled_by, anomaly.settled_at.replace(microsecond=0)) == (regisseur, NOW)


def test_the_regisseur_settles_several_from_the_list(client, regisseur, anomaly):
    client.post(ANOMALIES, {"action": "settle", "_selected_action": [anomaly.pk]})

    anomaly.refresh_from_db()
    assert anomaly.settled_by == regisseur


def test_the_other_agents_read_anomalies_and_settle_none(client, anomaly):
    as_agent(client)

    assert client.post(f"{ANOMALIES}{anomaly.pk}/regler/").status_code == 403
    client.post(ANOMALIES, {"action": "settle", "_selected_action": [anomaly.pk]})

    anomaly.refresh_from_db()
    assert anomaly.settled_at is None
