"""The way to the bank and the way back, as a family sees them."""

import html
import re
from datetime import timedelta

import pytest

from billing.models import PaymentAttempt
from billing.payzen.config import payzen_config
from billing.payzen.signature import is_signed
from billing.views import payments as views

from . import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire(client, martins):
    client.force_login(world.parent(martins))
    return client


@pytest.fixture
def stranger(client, durands):
    client.force_login(world.parent(durands))
    return client


def text(response):
    body = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ")


def words(response):
    """The same, a blank being one blank."""
    return " ".join(text(response).split())


def pay(client, invoice, **data):
    return client.post(f"/factures/{invoice.number}/payer/", data)


def return_page(client, attempt, **query):
    return client.get(f"/paiement/retour/{attempt.reference}/", query)


# --- The way there ----------------------------------------------------------------------------------------------------


def test_the_page_leaves_for_the_bank_with_a_form_that_the_bank_accepts(claire, invoice):
    response = pay(claire, invoice)

    page = response.content.decode()
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(vads_\w+|signature)" value="([^"]*)">', page)
    }
    assert is_signed(fields, payzen_config().key, payzen_config().algorithm)
    assert fields["vads_amount"] == "6398"
    form = re.search(r"<form[^>]*data-portal-autosubmit[^>]*>.*?</form>", page, re.DOTALL)[0]
    assert f'action="{payzen_config().form_url}"' in form
    assert "csrfmiddlewaretoken" not in form, "the bank has no business with our token"
    assert "Continuer vers le paiement" in form, "without JavaScript a button leads there"


def test_what_the_browser_adds_changes_nothing_of_the_amount(claire, invoice):
    pay(claire, invoice, amount="1", vads_amount="1", total="0.01")
    assert PaymentAttempt.objects.get().amount == invoice.total


def test_another_family_s_invoice_is_not_found(stranger, invoice):
    assert pay(stranger, invoice).status_code == 404
    assert not PaymentAttempt.objects.exists()


def test_nobody_pays_without_signing_in(client, invoice):
    assert pay(client, invoice).headers["Location"].startswith("/compte/connexion/")
    assert not PaymentAttempt.objects.exists()


def test_an_account_without_family_finds_no_invoice(client, invoice, django_user_model):
    client.force_login(django_user_model.objects.create_user("agent@example.org", is_staff=True))
    assert pay(client, invoice).status_code == 404


def test_a_visit_to_the_address_goes_back_to_the_invoice(claire, invoice):
    response = claire.get(f"/factures/{invoice.number}/payer/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/factures/{invoice.number}/")
    assert not PaymentAttempt.objects.exists()


def test_a_refusal_is_said_on_the_invoice_s_page(claire, invoice):
    world.show(world.CLOSES_AT + timedelta(minutes=2))
    response = pay(claire, invoice)
    assert response.headers["Location"] == f"/factures/{invoice.number}/"
    assert not PaymentAttempt.objects.exists()


def test_a_second_payment_is_warned_of_and_allowed_to_who_insists(claire, invoice):
    pay(claire, invoice)
    warning = pay(claire, invoice)
    assert "Vous risquez de payer deux fois" in text(warning)
    assert PaymentAttempt.objects.count() == 1

    assert "data-portal-autosubmit" in pay(claire, invoice, confirme="1").content.decode()
    assert PaymentAttempt.objects.count() == 2


# --- The way back -----------------------------------------------------------------------------------------------------


def test_the_return_alone_pays_nothing(claire, attempt, invoice):
    return_page(claire, attempt, vads_trans_status="AUTHORISED", vads_result="00")
    assert world.owed(invoice) == invoice.total


@pytest.mark.parametrize(
    "said, sentence",
    [
        ("AUTHORISED", "Votre paiement est enregistré"),
        ("REFUSED", "Le paiement n’a pas été accepté"),
        ("ABANDONED", "Le paiement n’a pas été terminé"),
        ("UNDER_VERIFICATION", "En attente de la réponse de la banque"),
    ],
)
def test_the_page_says_what_the_database_knows(claire, attempt, said, sentence):
    world.deliver(world.abandon(attempt) if said == "ABANDONED" else world.word(attempt, said))
    page = text(return_page(claire, attempt))
    assert sentence in page
    assert "2610000001" in page
    assert "63,98 €" in page
    assert ("Réessayer le paiement" in page) is (said in ("REFUSED", "ABANDONED"))


@pytest.mark.parametrize("who", ["nobody", "another family"])
def test_who_is_not_of_the_household_sees_nothing_of_it(client, attempt, durands, who):
    world.deliver(world.word(attempt))
    if who == "another family":
        client.force_login(world.parent(durands))
    page = text(return_page(client, attempt))

    assert "Votre paiement est enregistré" in page
    for secret in ("2610000001", "63,98", "P2026", "artin", "ARTIN"):
        assert secret not in page


def test_the_other_parent_sees_it(client, attempt, martins):
    world.deliver(world.word(attempt))
    client.force_login(world.parent(martins, 1))
    assert "P2026-000001" in text(return_page(client, attempt))


def test_an_unknown_reference_is_not_found(client, db):
    assert client.get("/paiement/retour/" + "0" * 32 + "/").status_code == 404


def test_while_the_bank_is_silent_the_page_comes_back_by_itself_then_stops(client, attempt):
    page = return_page(client, attempt).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="4; url=?essai=1"></noscript>' in page
    assert 'data-url="?essai=1"' in page

    last = return_page(client, attempt, essai=views.MOST_REFRESHES).content.decode()
    assert "refresh" not in last
    assert "ne recommencez pas" in last
    assert return_page(client, attempt, essai="²").status_code == 200


def test_once_the_bank_has_spoken_the_page_stays_still(client, attempt):
    world.deliver(world.word(attempt))
    assert "http-equiv" not in return_page(client, attempt).content.decode()


def test_a_payment_of_an_invoice_already_paid_says_so(claire, attempt, invoice):
    second = world.attempt(invoice, confirmed=True)
    world.deliver(world.word(attempt))
    world.deliver(world.word(second, trans_uuid="b" * 32))
    assert "Vous avez payé plus que ce qui restait dû" in text(return_page(claire, second))


@pytest.fixture
def wakes(monkeypatch):
    sent = []
    monkeypatch.setattr("castres_portal.base.enqueue.wake", lambda task, *args: sent.append(task.name))
    return sent


def test_a_payer_who_waits_has_the_bank_asked_at_most_every_twenty_seconds(
    client, attempt, wakes, django_capture_on_commit_callbacks
):
    def look(seconds):
        at = world.CLICKED_AT + timedelta(seconds=seconds)
        world.show(at)
        with django_capture_on_commit_callbacks(execute=True):
            return_page(client, attempt)
        attempt.refresh_from_db()
        return attempt.next_ask_at <= at + timedelta(seconds=5)

    assert look(5) is False
    assert wakes == []
    assert look(25) is True
    assert look(29) is True
    assert wakes == ["billing.tasks.reconcile_payments"]


def test_who_comes_back_the_next_day_has_nobody_asked(client, attempt, wakes, django_capture_on_commit_callbacks):
    world.show(world.CLICKED_AT + timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        return_page(client, attempt)
    assert wakes == []


def test_the_return_page_costs_few_queries(claire, attempt, django_assert_max_num_queries):
    world.deliver(world.word(attempt))
    claire.get("/")  # the word at the foot of every page is read once in ten minutes
    with django_assert_max_num_queries(10):
        return_page(claire, attempt)
