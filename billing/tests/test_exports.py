"""The lists as files: what the agent sees on the screen, at once or after a wait, for her alone."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.tests.factories import pay
from billing.tests.payments import world
from castres_portal.base.clock import PARIS
from castres_portal.base.exports import making
from castres_portal.base.exports.lists import page_named
from castres_portal.base.models import ListExport
from castres_portal.base.retention import limit

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 10, 0, tzinfo=PARIS)
EXPORT = "/admin/billing/invoice/exporter/"
OWING = EXPORT + "?reglement=a-regler&q=100001"
Status = ListExport.Status


@pytest.fixture(autouse=True)
def _world(settings):
    settings.PORTAL_CLOCK = settings.PORTAL_CLOCK  # so that the fixture puts it back
    world.show(AT)
    martin, durand = world.household("100001", "=Martin"), world.household("100002", "Durand")
    pay(world.invoice(martin, total="60.50"), "10.25")
    pay(world.invoice(martin, "2609000001", "30.00", date(2026, 9, 1)))
    world.invoice(durand, "2610000002", total="40.00")


@pytest.fixture
def regisseur(client):
    user = UserFactory(agent=True, role=roles.REGISSEURS)
    client.force_login(user)
    return user


def content(response):
    return b"".join(response.streaming_content)  # read to its end, the test client closes it


def rows_of_csv(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def ask(client, settings, url=OWING, format="csv"):
    settings.EXPORT_ROWS_AT_ONCE = 0
    return client.post(url, {"format": format})


def make(at=AT):
    return making.make_waiting(lambda: at)


# --- At once ----------------------------------------------------------------------------------------------------------


def test_the_file_has_the_rows_of_the_list_as_it_is_filtered(client, regisseur):
    rows = rows_of_csv(content(client.post(OWING, {"format": "csv"})))

    listed = client.get("/admin/billing/invoice/?reglement=a-regler&q=100001").context["cl"].result_list
    assert [row["Facture"] for row in rows] == [invoice.number for invoice in listed] == ["2610000001"]
    assert (rows[0]["Montant"], rows[0]["Réglé"], rows[0]["Reste dû"], rows[0]["État"]) == (
        "60,50",
        "10,25",
        "50,25",
        "Réglée en partie",
    )
    assert rows[0]["Foyer"] == "'=Martin"  # a spreadsheet reads it, and does not run it


def test_a_workbook_has_numbers_and_days(client, regisseur):
    response = client.post(OWING, {"format": "xlsx"})

    assert response["Content-Disposition"] == 'attachment; filename="factures-2026-11-25.xlsx"'
    assert "no-store" in response["Cache-Control"]
    heads, row = load_workbook(io.BytesIO(content(response))).active.iter_rows(values_only=True)
    found = dict(zip(heads, row, strict=True))
    assert (found["Montant"], found["Facture du"], found["Foyer"]) == (60.5, datetime(2026, 11, 8), "=Martin")


def test_the_way_to_the_export_keeps_the_filters(client, regisseur):
    page = client.get("/admin/billing/invoice/?reglement=a-regler&q=100001&p=1").content.decode()

    assert 'href="/admin/billing/invoice/exporter/?q=100001&amp;reglement=a-regler"' in page
    assert "1 ligne, avec les filtres" in client.get(OWING).content.decode()


LISTS = (
    "billing/invoice",
    "billing/payment",
    "billing/paymentattempt",
    "billing/dailyline",
    "billing/instalment",
    "billing/payzenmessage",
    "billing/anomaly",
    "billing/deliverychoice",
    "billing/tillentry",
    "billing/tillclosing",
    "billing/depositslip",
    "billing/creditnote",
    "billing/supplement",
    "billing/sepamandate",
    "billing/debitbatch",
    "billing/treasurybatch",
    "billing/paymentreminder",
    "reservations/booking",
    "reservations/enrolment",
    "reservations/waitingentry",
    "reservations/absence",
)


# What the pages annotate.
ANNOTATED = {"paid", "owed", "net", "debit_count", "debit_sum", "invoices", "amount", "day_count", "wait_count"}


def test_each_column_names_what_its_rows_have():
    for name in LISTS:
        page = page_named(name.replace("/", "."))
        for column in page.export_columns:
            model = page.model
            for step in column.source.split(".") if isinstance(column.source, str) else ():
                assert hasattr(model, step) or step in ANNOTATED, f"{name} : {column.head}"
                field = getattr(getattr(model, step, None), "field", None)
                related = getattr(getattr(model, step, None), "related", None)
                model = related.related_model if related else getattr(field, "related_model", None) or model


def test_each_list_has_its_file(client):
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))

    for page in LISTS:
        found = content(client.post(f"/admin/{page}/exporter/", {"format": "csv"}))
        assert found.startswith(b"\xef\xbb\xbf"), page


def test_a_filter_that_means_nothing_leads_back_to_the_list(client, regisseur):
    response = client.get(EXPORT + "?month=jamais", follow=True)

    assert response.redirect_chain
    assert "rien n’a été exporté" in response.content.decode()


def test_a_file_costs_the_same_number_of_queries_for_one_row_and_for_many(client, regisseur):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            content(client.post("/admin/billing/payment/exporter/", {"format": "csv"}))
        return len(queries)

    cost()  # what is read once a process
    few = cost()
    for number in range(3, 20):
        pay(world.invoice(world.household(f"1000{number:02d}", f"Foyer{number}"), f"26100000{number:02d}"))
    assert cost() == few


# --- Later ------------------------------------------------------------------------------------------------------------


def test_a_long_list_is_written_by_a_worker_then_downloaded(client, regisseur, settings):
    response = ask(client, settings)
    assert ListExport.objects.count() == 1
    assert "En préparation" in client.get(response.url).content.decode()
    assert client.get(response.url + "fichier").status_code == 404  # not yet

    assert make() == 1

    assert "1 ligne, prêtes" in client.get(response.url).content.decode()
    rows = rows_of_csv(content(client.get(response.url + "fichier")))
    assert [row["Facture"] for row in rows] == ["2610000001"]


def test_a_second_click_makes_no_second_export(client, regisseur, settings):
    first, second = ask(client, settings), ask(client, settings)

    assert first.url == second.url
    assert ListExport.objects.count() == 1
    assert ask(client, settings, format="xlsx").url != first.url


def test_progress_is_told_as_rows_are_written(client, regisseur, settings, monkeypatch):
    monkeypatch.setattr(making, "CHUNK", 1)
    ask(client, settings, EXPORT)
    seen = []
    held = making._hold

    def hold(export, **changes):
        held(export, **changes)
        seen.append(ListExport.objects.get().percent)

    monkeypatch.setattr(making, "_hold", hold)
    make()

    assert seen[:3] == [33, 66, 100]


def test_the_export_of_a_killed_worker_is_taken_up_again(client, regisseur, settings, monkeypatch):
    response = ask(client, settings)

    def killed(*args):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(making, "write_list", killed)
        with pytest.raises(SystemExit):
            make()

    assert make(AT + timedelta(minutes=1)) == 0  # it may still live
    assert make(AT + making.TAKEN_FOR + timedelta(seconds=1)) == 1
    assert content(client.get(response.url + "fichier"))


def test_a_worker_that_lost_its_export_leaves_no_file(client, regisseur, settings, monkeypatch):
    ask(client, settings)
    saved = []
    write = making.write_list

    def slow(*args):
        write(*args)
        ListExport.objects.update(taken_until=AT + timedelta(hours=1))  # another has it in hand

    monkeypatch.setattr(making, "write_list", slow)
    monkeypatch.setattr(default_storage, "delete", saved.append)

    assert make() == 0
    assert len(saved) == 1
    assert ListExport.objects.get().status == Status.WAITING


def test_an_export_that_always_fails_says_so(client, regisseur, settings, monkeypatch, caplog):
    response = ask(client, settings)
    monkeypatch.setattr(making, "write_list", lambda *args: 1 / 0)
    for turn in range(making.MOST_TRIES):
        make(AT + turn * (making.TAKEN_FOR + timedelta(seconds=1)))

    assert ListExport.objects.get().status == Status.FAILED
    assert "n’a pas pu se faire" in client.get(response.url).content.decode()


def test_who_lost_her_role_meanwhile_gets_nothing(client, regisseur, settings, caplog):
    ask(client, settings)
    regisseur.groups.clear()

    assert make() == 0
    assert ListExport.objects.get().file.name == ""


# --- Rights and days --------------------------------------------------------------------------------------------------


def test_another_agent_does_not_find_the_file(client, regisseur, settings):
    response = ask(client, settings)
    make()
    client.force_login(UserFactory(agent=True, role=roles.REGISSEURS))

    assert client.get(response.url).status_code == 404
    assert client.get(response.url + "fichier").status_code == 404
    assert "Vos exports récents" not in client.get(EXPORT).content.decode()


def test_the_cook_takes_no_invoice_away(client, regisseur, settings):
    response = ask(client, settings)
    make()
    client.force_login(UserFactory(agent=True, role=roles.CUISINE))

    assert client.post(EXPORT, {"format": "csv"}).status_code == 403
    assert client.get(response.url + "fichier").status_code == 403


def test_after_seven_days_row_and_file_are_gone(client, regisseur, settings):
    response = ask(client, settings)
    make()
    name = ListExport.objects.get().file.name
    later = AT + timedelta(days=7, minutes=1)

    assert limit("listes", later) > AT
    assert making.purge_lists(later, dry_run=True) == 1
    world.show(later)
    client.force_login(regisseur)
    assert client.get(response.url).status_code == 404  # before any purge

    assert making.purge_lists(AT + timedelta(days=6)) == 0
    assert default_storage.exists(name)
    assert making.purge_lists(later) == 1
    assert not default_storage.exists(name)
    assert not ListExport.objects.exists()


def test_amounts_of_the_file_add_up_to_the_list(client, regisseur):
    rows = rows_of_csv(content(client.post(EXPORT, {"format": "csv"})))

    assert sum(Decimal(row["Reste dû"].replace(",", ".")) for row in rows) == Decimal("90.25")
