"""The back office: attempts, messages and payments are read, never rewritten; the régie may ask the bank again."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import AGENTS, REGISSEURS
from billing.models import Payment, PaymentAttempt, PayzenMessage
from billing.payzen.rest import RestTemporaryError
from billing.services import payments
from castres_portal.base import clock

from . import world

pytestmark = pytest.mark.django_db

ROWS = {"paymentattempt": PaymentAttempt, "payzenmessage": PayzenMessage, "payment": Payment}


def agent(role):
    user = User.objects.create_user(f"{role.lower()}@example.org".replace("é", "e"), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def regisseur(client, monkeypatch):
    # The second factor of the agents is tested with the sign-in.
    door = "castres_portal.back_office.BackOffice.has_permission"
    monkeypatch.setattr(door, lambda site, request: request.user.is_staff)
    client.force_login(agent(REGISSEURS))
    return client


@pytest.fixture
def paid(attempt):
    world.deliver(world.word(attempt))
    return attempt


@pytest.mark.parametrize("name", ROWS)
def test_lists_and_pages_show_and_cannot_be_changed(regisseur, paid, name):
    row = ROWS[name].objects.get()
    assert regisseur.get(f"/admin/billing/{name}/").status_code == 200
    page = regisseur.get(f"/admin/billing/{name}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert regisseur.post(f"/admin/billing/{name}/{row.pk}/change/", {"amount": "1"}).status_code == 403
    assert regisseur.get(f"/admin/billing/{name}/add/").status_code == 403
    assert regisseur.post(f"/admin/billing/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ROWS)
def test_a_list_costs_the_same_with_one_row_and_with_ten(regisseur, martins, noon, name, django_assert_max_num_queries):
    for place in range(10):
        attempt = world.attempt(world.invoice(world.household(f"F1000{place}", f"Demo{place}"), f"261000020{place}"))
        world.deliver(world.word(attempt, trans_uuid=world.uuid()))
    with django_assert_max_num_queries(14):
        regisseur.get(f"/admin/billing/{name}/")


def ask(client, attempt):
    response = client.get(f"/admin/billing/paymentattempt/{attempt.pk}/demander/", follow=True)
    return [str(message) for message in response.context["messages"]]


def test_the_regisseur_asks_the_bank_about_one_attempt(regisseur, attempt, invoice, monkeypatch):
    def ask_now(attempt_id, *, at):
        return payments.ask_about(attempt_id, world.AskedBank(world.answer(attempt)), at=at)

    monkeypatch.setattr("billing.admin.payments.payments.ask_now", ask_now)
    assert ask(regisseur, attempt)[0].startswith("La banque connaît 1 opération")
    assert world.owed(invoice) == 0


@pytest.mark.parametrize(
    "bank, sentence",
    [
        (world.AskedBank(), "ne connaît aucune opération"),
        (world.AskedBank(failure=RestTemporaryError("Order/Get", "timeout")), "n’a pas répondu (timeout)"),
    ],
)
def test_the_answer_is_a_sentence(regisseur, attempt, monkeypatch, bank, sentence):
    monkeypatch.setattr(
        "billing.admin.payments.payments.ask_now",
        lambda attempt_id, *, at: payments.ask_about(attempt_id, bank, at=at),
    )
    assert sentence in ask(regisseur, attempt)[0]


def test_without_rest_the_regisseur_is_told(regisseur, attempt, settings):
    settings.PAYZEN = {**settings.PAYZEN, "REST_PASSWORD": "", "REST_URL": ""}
    assert "n’est pas configuré" in ask(regisseur, attempt)[0]


def test_several_attempts_are_asked_about_by_the_worker(regisseur, attempt):
    regisseur.post(
        "/admin/billing/paymentattempt/", {"action": "ask_bank_soon", "_selected_action": [attempt.pk]}, follow=True
    )
    attempt.refresh_from_db()
    assert attempt.next_ask_at <= clock.now()


def test_an_agent_who_is_not_of_the_regie_reads_and_does_not_ask(regisseur, attempt):
    regisseur.force_login(agent(AGENTS))
    assert regisseur.get("/admin/billing/paymentattempt/").status_code == 200
    assert regisseur.get(f"/admin/billing/paymentattempt/{attempt.pk}/demander/").status_code == 403
    regisseur.post("/admin/billing/paymentattempt/", {"action": "ask_bank_soon", "_selected_action": [attempt.pk]})
    attempt.refresh_from_db()
    assert attempt.next_ask_at > clock.now()


# --- Credits and chargebacks ------------------------------------------------------------------------------------------


@pytest.fixture
def in_credit(attempt, invoice, martins):
    """October is paid twice, and November is not paid."""
    second = world.attempt(invoice, user=world.parent(martins, 1), confirmed=True)
    for each, key in [(attempt, "a"), (second, "b")]:
        world.deliver(world.word(each, "CAPTURED", trans_uuid=key * 32))
    return world.invoice(martins, "2611000001", "50.00", month=date(2026, 11, 1))


CREDITS = "/admin/billing/payment/trop-percus/"


def test_the_regie_sees_the_credits_puts_them_on_what_is_owed_and_notes_a_refund(regisseur, in_credit, martins):
    page = regisseur.get(CREDITS).content.decode()
    assert "63,98\u00a0€" in page
    assert "À déduire de ce qui est dû" in page

    said = regisseur.post(CREDITS, {"foyer": martins.number}, follow=True).content.decode()
    assert "50,00\u00a0€ déduits" in said
    assert world.owed(in_credit) == 0

    refund = f"{CREDITS}{martins.pk}/rembourser/"
    refused = regisseur.post(refund, {"amount": "20", "reference": "Mandat 7"}).content.decode()
    assert "13,98\u00a0€\u00a0: le remboursement ne peut pas le dépasser" in refused
    assert 'value="Mandat 7"' in refused, "nothing typed is lost"
    regisseur.post(refund, {"amount": "13.98", "reference": "Mandat 7"})
    assert "Aucun foyer" in regisseur.get(CREDITS).content.decode()


def test_the_comptable_s_list_is_a_spreadsheet(regisseur, in_credit, settings):
    said = regisseur.get(f"{CREDITS}?format=csv")
    assert said.headers["Content-Type"].startswith("text/csv")
    line = said.content.decode("utf-8-sig").splitlines()[1]
    assert line.startswith("F000001;Martin;")
    assert line.endswith(";63,98;19/11/2026 12:06;50,00;À déduire de ce qui est dû")


@pytest.mark.parametrize("days, step", [(59, "À garder"), (61, "À rembourser")])
def test_an_old_credit_is_to_be_paid_back(regisseur, in_credit, days, step):
    payments.use_credit(family=in_credit.family, by=world.parent(in_credit.family), at=clock.now())
    world.show(world.CLICKED_AT + timedelta(days=days))
    assert f"<td>{step}</td>" in regisseur.get(CREDITS).content.decode()


def test_another_agent_reads_the_credits_and_does_nothing(client, regisseur, in_credit, martins):
    client.force_login(agent(AGENTS))
    page = client.get(CREDITS)
    assert page.status_code == 200
    assert "Déduire<" not in page.content.decode()
    assert client.post(CREDITS, {"foyer": martins.number}).status_code == 403
    assert client.get(f"{CREDITS}{martins.pk}/rembourser/").status_code == 403
    payment = Payment.objects.first()
    assert client.get(f"/admin/billing/payment/{payment.pk}/impaye/").status_code in (302, 403)
    assert world.owed(in_credit) == 50


def test_the_regie_notes_a_chargeback(regisseur, paid, invoice):
    payment = Payment.objects.get()
    page = f"/admin/billing/payment/{payment.pk}/impaye/"
    assert 'value="63.98"' in regisseur.get(page).content.decode()
    assert "ne peut pas le dépasser" in regisseur.post(page, {"amount": "99", "reason": "Fraude"}).content.decode()

    regisseur.post(page, {"amount": "63.98", "reason": "Fraude"})

    assert world.owed(invoice) == invoice.total
