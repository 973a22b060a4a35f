"""What the staff can do afterwards, by the control interface and by the console's pages."""

import re

import pytest
import requests

from .merchant import is_genuine


@pytest.fixture
def paid(bank, shop, order):
    """The uuid of an accepted payment of 63,98 €; the shop has read the message."""
    bank.set(rule_back_office=True)
    uuid = bank.control(f"commandes/{order}/choisir/", outcome="accept")["transactions"][0]["uuid"]
    shop.received.clear()
    return uuid


@pytest.fixture
def captured(bank, shop, paid):
    assert bank.control("remise/") == {"captured": 1}
    assert shop.received == []
    return paid


def operate(bank, uuid, operation, **body):
    return bank.post(f"controle/transactions/{uuid}/{operation}/", json=body)


def test_a_manual_resend_goes_to_the_rule_with_the_present_status(bank, shop, captured):
    operate(bank, captured, "renvoyer").raise_for_status()
    [message] = shop.received
    assert is_genuine(message)
    assert (message["vads_url_check_src"], message["vads_trans_status"]) == ("BO", "CAPTURED")
    assert message["vads_trans_uuid"] == captured
    assert not {"vads_page_action", "vads_payment_config", "vads_action_mode"} & set(message)


def test_a_successful_resend_stops_the_retries(bank, shop, order):
    bank.set(retry=True, quarter_hour_seconds=900)
    shop.status = 500
    uuid = bank.control(f"commandes/{order}/choisir/", outcome="accept")["transactions"][0]["uuid"]
    shop.status = 200
    operate(bank, uuid, "renvoyer").raise_for_status()
    bank.control("avancer/", seconds=900)
    assert [each["vads_url_check_src"] for each in shop.received] == ["PAY", "BO"]


def test_a_refund_is_a_credit_of_its_own_under_the_same_order(bank, shop, order, captured):
    operate(bank, captured, "rembourser", amount=1000).raise_for_status()
    [message] = shop.received
    assert is_genuine(message)
    assert message["vads_url_check_src"] == "MERCH_BO"
    assert (message["vads_operation_type"], message["vads_amount"]) == ("CREDIT", "1000")
    assert message["vads_order_id"] == order
    assert message["vads_trans_uuid"] != captured
    assert re.fullmatch(r"9\d{5}", message["vads_trans_id"])


def test_refunds_never_exceed_the_payment(bank, captured):
    operate(bank, captured, "rembourser", amount=1000).raise_for_status()
    assert operate(bank, captured, "rembourser", amount=5399).status_code == 409
    operate(bank, captured, "rembourser").raise_for_status()
    assert operate(bank, captured, "rembourser", amount=1).status_code == 409


def test_what_is_not_captured_is_cancelled_not_refunded(bank, shop, paid):
    assert operate(bank, paid, "rembourser").status_code == 409
    operate(bank, paid, "annuler").raise_for_status()
    assert [(each["vads_trans_status"], each["vads_result"]) for each in shop.received] == [("CANCELLED", "00")]
    assert operate(bank, paid, "annuler").status_code == 409


def test_an_operation_is_silent_when_its_rule_is_off(bank, shop, paid):
    bank.set(rule_back_office=False)
    operate(bank, paid, "annuler").raise_for_status()
    assert shop.received == []


@pytest.mark.parametrize("outcome", ["to_validate", "under_verification"])
def test_a_waiting_payment_is_validated(bank, shop, order, outcome):
    bank.set(rule_back_office=True)
    uuid = bank.control(f"commandes/{order}/choisir/", outcome=outcome)["transactions"][0]["uuid"]
    operate(bank, uuid, "valider").raise_for_status()
    assert shop.statuses[-1] == "AUTHORISED"
    assert operate(bank, uuid, "valider").status_code == 409


def test_a_failed_capture_is_told_by_the_batch_rule(bank, shop, captured):
    bank.set(rule_batch_change=True)
    operate(bank, captured, "echec-remise").raise_for_status()
    assert [(each["vads_trans_status"], each["vads_url_check_src"]) for each in shop.received] == [
        ("CAPTURE_FAILED", "BATCH")
    ]


def test_the_console_lists_the_payment_and_its_messages(bank, shop, order, paid):
    shop.answer = "KO-<b>balise</b>"
    operate(bank, paid, "renvoyer")
    home = bank.get("?commande=F261").text
    assert order in home
    assert "63,98\u00a0€" in home
    assert "Aucun paiement" in bank.get("?commande=inconnue").text
    token = bank.order(order)["payments"][0]["token"]
    detail = bank.get(f"paiements/{token}/").text
    assert paid in detail
    assert "KO-&lt;b&gt;balise" in detail


def console_form(bank, page, action):
    """A browser on a console page: gives a function that posts the form of that action."""
    session = requests.Session()
    html = session.get(bank.url + page, timeout=20).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]

    def submit(**fields):
        return session.post(bank.url + action, data={"csrfmiddlewaretoken": token, **fields}, timeout=20)

    return submit


def test_the_console_refunds_an_amount_written_in_euros(bank, shop, order, captured):
    page = f"paiements/{bank.order(order)['payments'][0]['token']}/"
    submit = console_form(bank, page, f"transactions/{captured}/rembourser/")
    assert "Le montant doit s’écrire" in submit(euros="dix").text
    assert "Le montant doit être compris" in submit(euros="64").text
    assert "Remboursement de 10,50\u00a0€" in submit(euros="10,5").text
    assert "Remboursement de 53,48\u00a0€" in submit(euros="").text
    assert [each["vads_amount"] for each in shop.received] == ["1050", "5348"]


def test_the_console_s_buttons_cancel_and_capture(bank, order, paid):
    page = f"paiements/{bank.order(order)['payments'][0]['token']}/"
    assert "Remis en banque" in console_form(bank, page, "remise/")().text
    assert bank.order(order)["payments"][0]["transactions"][0]["status"] == "CAPTURED"


def test_the_console_s_settings_are_kept(bank):
    fields = {name: value for name, value in bank.get("controle/etat/").json()["switches"].items() if value}
    submit = console_form(bank, "reglages/", "reglages/")
    assert submit(**fields, retry="on", production_look="").status_code == 200
    switches = bank.get("controle/etat/").json()["switches"]
    assert switches["retry"] is True
    assert switches["rule_end_of_payment"] is True
    assert switches["rule_cancellation"] is False


def test_another_site_cannot_press_the_console_s_buttons(bank, paid):
    assert bank.post(f"transactions/{paid}/annuler/").status_code == 403
    assert bank.post("controle/effacer/", data="{}").status_code == 415


def test_the_control_interface_refuses_what_it_does_not_know(bank, order):
    assert bank.post("controle/reglages/", json={"ipn_fault": "autre"}).status_code == 400
    assert bank.post("controle/reglages/", json={"colour": 1}).status_code == 400
    assert bank.post(f"controle/commandes/{order}/choisir/", json={"outcome": "autre"}).status_code == 400
    assert bank.post("controle/commandes/inconnue/choisir/", json={}).status_code == 404
    assert bank.get("controle/effacer/").status_code == 405


def test_a_browser_may_send_the_forms_of_the_console(bank, paid):
    """With « no-referrer » a browser says « Origin: null », and each button is refused."""
    assert bank.get("").headers["Referrer-Policy"] == "same-origin"
