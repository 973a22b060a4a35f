"""« Mes factures », one invoice, and its paper, as a family reads them."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import UserFactory
from billing.models import InvoicePdf
from billing.tests.factories import (
    ISSUED_AT,
    OCTOBER,
    WEEK,
    TariffFactory,
    book,
    evening_care,
    household,
    invoice_of,
    issue,
    pay,
)
from billing.tests.payments import world
from castres_portal.base.clock import PARIS
from families.models import Child

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 11, 8, 9, 29, tzinfo=PARIS)
OPEN = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
AFTER = datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _clock(settings):
    settings.PORTAL_CLOCK = settings.PORTAL_CLOCK  # so that the fixture puts it back
    world.show(OPEN)
    TariffFactory(starts_on=date(2020, 1, 1))


@pytest.fixture
def martin(client):
    family = household()
    client.force_login(family.guardians.get().user)
    return family


@pytest.fixture
def invoice(martin):
    book(martin, "Léa", WEEK)
    return invoice_of(martin)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").split())


def page(client, invoice, name="billing:invoice"):
    return client.get(reverse(name, args=[invoice.number]))


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_number_period_amount_due_day_and_whether_it_is_paid(client, martin, invoice):
    book(martin, Child.objects.get(), [date(2026, 9, 28)])
    pay(invoice_of(martin, month=date(2026, 9, 1)))

    text = text_of(client.get("/factures/"))

    assert "Une facture est à régler : 12,00 € ." in text
    assert "2610000001 Octobre 2026 30 novembre 2026 12,00 € Non réglée" in text
    assert "2609000001 Septembre 2026 30 novembre 2026 3,00 € Réglée" in text
    assert text.index("2610000001") < text.index("2609000001")


def test_only_what_is_owed_can_be_shown(client, martin, invoice):
    book(martin, Child.objects.get(), [date(2026, 9, 28)])
    pay(invoice_of(martin, month=date(2026, 9, 1)))

    text = text_of(client.get("/factures/?etat=a-regler"))

    assert "2610000001" in text
    assert "2609000001" not in text


def test_a_part_paid_says_what_is_left(client, martin, invoice):
    pay(invoice, "5.00")

    text = text_of(client.get("/factures/"))

    assert "Réglée en partie reste 7,00 €" in text
    assert "Une facture est à régler : 7,00 €" in text


def test_without_invoice_or_with_all_paid_the_page_says_so(client, martin):
    assert "Aucune facture" in text_of(client.get("/factures/"))

    book(martin)
    pay(invoice_of(martin))

    assert "Tout est réglé." in text_of(client.get("/factures/"))
    assert "Rien à régler" in text_of(client.get("/factures/?etat=a-regler"))


def test_a_list_of_thirty_costs_as_many_queries_as_a_list_of_one(client, martin, invoice):
    child = Child.objects.get()

    def queries():
        with CaptureQueriesContext(connection) as context:
            client.get("/factures/")
        return len(context)

    queries()  # the first page of a session also writes its hour
    with_one = queries()
    month = OCTOBER
    for _ in range(29):
        month = (month - timedelta(days=1)).replace(day=1)
        book(martin, child, [month + timedelta(days=7)])
        issue(month)

    assert queries() == with_one <= 8
    assert text_of(client.get("/factures/")).count("Non réglée") == 12
    assert text_of(client.get("/factures/?page=3")).count("Non réglée") == 6


def test_an_agent_without_household_is_led_home(client):
    client.force_login(UserFactory(agent=True))

    assert client.get("/factures/").headers["Location"] == reverse("dashboard")


# --- One invoice ------------------------------------------------------------------------------------------------------


def test_the_page_says_who_pays_what_until_when_and_for_which_days(client, martin, invoice):
    book(martin, Child.objects.get(), [date(2026, 9, 29), date(2026, 9, 28)], evening_care())
    september = invoice_of(martin, month=date(2026, 9, 1))

    text = text_of(page(client, september))

    assert "Payeur Madame Claire MARTIN" in text
    assert "Facture du 8 novembre 2026" in text
    assert "À régler avant le 30 novembre 2026" in text
    assert "Léa MARTIN" in text
    assert "Garderie du soir quotient 850, tranche A : garde 1,10 €" in text
    assert "28 et 29 septembre lundi 28 septembre 2026 : 1,10 € mardi 29 septembre 2026 : 1,10 €" in text
    assert "Total 2,20 € Dont garde 2,20 € Dont part alimentaire 0,00 €" in text
    assert "TVA non applicable" in text


@pytest.mark.parametrize(
    "now, words, can_pay",
    [
        (BEFORE, "Le paiement en ligne ouvrira le dimanche 8 novembre 2026 à 9 h 30", False),
        (OPEN, "Le paiement en ligne est ouvert jusqu’au lundi 30 novembre 2026 à 23 h 59.", True),
        (AFTER, "Il l’est depuis le lundi 30 novembre 2026 à 23 h 59. Adressez-vous à l’Espace Famille", False),
    ],
    ids=["before", "open", "after"],
)
def test_it_can_be_paid_in_its_window_and_says_why_not_outside(client, invoice, now, words, can_pay):
    world.show(now)

    response = page(client, invoice)

    assert words in text_of(response)
    assert (f'action="{reverse("billing:pay", args=[invoice.number])}"' in response.content.decode()) is can_pay
    assert ("Payer ma facture : 12,00 €" in text_of(response)) is can_pay


def test_once_paid_it_says_so_and_shows_the_receipt(client, invoice):
    payment = pay(invoice)

    text = text_of(page(client, invoice))

    assert "Cette facture est réglée. Merci." in text
    assert "Payer ma facture" not in text
    assert f"Quittance {payment.number} (PDF)" in text
    assert "enregistré le 19/11/2026 à 12:06 12,00 €" in text


def test_a_part_paid_asks_for_the_rest(client, invoice):
    pay(invoice, "5.00")

    text = text_of(page(client, invoice))

    assert "Déjà réglé 5,00 € Reste à régler 7,00 €" in text
    assert "Payer ma facture : 7,00 €" in text


def test_a_payment_under_way_is_said(client, invoice):
    attempt = world.attempt(invoice)

    response = page(client, invoice)

    assert "Un paiement est en cours" in text_of(response)
    assert reverse("billing:return", args=[attempt.reference]) in response.content.decode()


def test_the_highest_band_is_said(client):
    family = household(quotient=None)
    book(family)
    client.force_login(family.guardians.get().user)

    assert "Faute de quotient familial connu" in text_of(page(client, invoice_of(family)))


def test_the_page_costs_few_queries_whatever_its_lines(client, martin, invoice, django_assert_max_num_queries):
    book(martin, "Tom", [date(2026, 9, day) for day in range(1, 25)])
    september = invoice_of(martin, month=date(2026, 9, 1))
    page(client, invoice)  # the first page of a session also writes its hour

    with django_assert_max_num_queries(8):
        page(client, september)


# --- The paper --------------------------------------------------------------------------------------------------------


def test_the_paper_is_handed_out_and_no_copy_is_kept_on_the_way(client, invoice):
    response = page(client, invoice, "billing:invoice_pdf")

    assert response.content.startswith(b"%PDF-")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="facture-2610000001.pdf"'
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert InvoicePdf.objects.get().made_at


@pytest.mark.parametrize("name", ["billing:invoice", "billing:invoice_pdf"])
def test_another_family_s_invoice_does_not_exist(client, invoice, name):
    assert page(client, invoice, name).status_code == 200

    client.force_login(household("Durand").guardians.get().user)

    assert page(client, invoice, name).status_code == 404
    assert "2610000001" not in text_of(client.get("/factures/"))


@pytest.mark.parametrize("name", ["billing:invoice", "billing:invoice_pdf"])
def test_an_agent_reads_invoices_in_the_back_office_not_here(client, invoice, name):
    client.force_login(UserFactory(administrator=True))

    assert page(client, invoice, name).status_code == 404


def test_amounts_are_those_of_the_issue_whatever_becomes_of_the_tariff(client, invoice):
    TariffFactory(starts_on=date(2026, 10, 6), bands=[("A", 0, None, "9.00", "9.00")])

    assert "12,00 €" in text_of(page(client, invoice))
    assert invoice.issued_at == ISSUED_AT
