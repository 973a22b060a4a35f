"""The buyer's side: the form that opens a page, the buttons, the receipt, the way back."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from .merchant import is_genuine


def open_page(bank, shop, **changes):
    answer = bank.post("vads-payment/", data=shop.form(bank.now(), **changes))
    assert answer.status_code == 200, answer.text
    return answer


def press(answer, outcome, **choices):
    import requests

    return requests.post(answer.url, data={"outcome": outcome, **choices}, timeout=20, allow_redirects=False)


def test_the_page_shows_the_amount_says_that_the_bank_is_fictive_and_asks_for_no_card(bank, shop):
    page = open_page(bank, shop, order_info="Facture <de> démonstration".replace("<de>", "de"))
    assert "63,98\u00a0€" in page.text
    assert "BANQUE FICTIVE" in page.text
    assert "Facture de démonstration" in page.text
    assert not re.search(r"<script|style=|autocomplete=.cc-|<input(?![^>]*type=.(number|hidden))", page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_accepting_tells_the_shop_first_then_shows_the_receipt(bank, shop):
    page = open_page(bank, shop)
    assert shop.received == []
    answer = press(page, "accept")
    [message] = shop.received
    assert is_genuine(message)
    assert message["vads_trans_status"] == "AUTHORISED"
    receipt = bank.get(answer.headers["Location"].lstrip("/"))
    assert "Paiement accepté" in receipt.text
    assert "Retourner à la boutique" in receipt.text


@pytest.mark.parametrize("outcome", ["refuse", "fail_3ds"])
def test_a_refusal_leaves_more_tries_then_ends(bank, shop, outcome):
    bank.set(extra_tries=1)
    page = open_page(bank, shop)
    press(page, outcome)
    assert shop.received == []
    assert "Vous pouvez essayer encore une fois" in bank.get(urlsplit(page.url).path[1:]).text
    press(page, outcome)
    assert shop.statuses == ["REFUSED"]
    receipt = bank.get(urlsplit(page.url).path[1:]).text
    assert "Paiement refusé" in receipt
    assert "51" not in re.sub(r"\d{2}/\d{2}/\d{4} à \d{2}:\d{2}|/vads-payment/[^\"]+", "", receipt)


def test_a_second_card_is_another_transaction_of_the_same_order(bank, shop):
    page = open_page(bank, shop)
    press(page, "refuse")
    press(page, "accept")
    [payment] = bank.order("F2610000001-a1")["payments"]
    assert [each["status"] for each in payment["transactions"]] == ["REFUSED", "AUTHORISED"]
    assert len({each["uuid"] for each in payment["transactions"]}) == 2
    assert shop.received[0]["vads_sequence_number"] == "2"


def test_cancelling_goes_straight_back_to_the_shop(bank, shop):
    page = open_page(bank, shop, url_cancel=f"{shop.url}annule/")
    assert press(page, "cancel").headers["Location"] == f"{shop.url}annule/"
    assert shop.received == []


def test_a_cancelled_form_cannot_be_presented_again(bank, shop):
    page = open_page(bank, shop)
    press(page, "cancel")
    again = bank.post("vads-payment/", data=shop.form(bank.now()))
    assert again.status_code == 400
    assert "erreur 03" in again.text
    assert "La transaction a été annulée" in again.text


def test_a_choice_counts_once(bank, shop):
    page = open_page(bank, shop)
    press(page, "accept")
    press(page, "refuse")
    assert shop.statuses == ["AUTHORISED"]


def test_after_ten_minutes_the_page_is_closed(bank, shop):
    page = open_page(bank, shop)
    bank.clock.write_text("2026-11-19T12:17")
    press(page, "accept")
    assert shop.received == []
    assert "Session expirée" in bank.get(urlsplit(page.url).path[1:]).text


@pytest.mark.parametrize(
    ("outcome", "name"),
    [("accept", "success"), ("refuse", "refused"), ("cancel", "cancel"), ("expire", "error")],
)
def test_each_end_has_its_own_way_back(bank, shop, outcome, name):
    bank.set(extra_tries=0)
    page = open_page(bank, shop, **{f"url_{name}": f"{shop.url}{name}/?r=1"})
    press(page, outcome)
    back = bank.get(urlsplit(page.url).path[1:] + "retour/", allow_redirects=False)
    assert back.headers["Location"] == f"{shop.url}{name}/?r=1"


def test_a_return_by_get_carries_signed_fields_without_the_notification_s_own(bank, shop):
    page = open_page(bank, shop, return_mode="GET", url_return=f"{shop.url}retour/?r=1")
    press(page, "accept")
    back = bank.get(urlsplit(page.url).path[1:] + "retour/", allow_redirects=False)
    fields = dict(parse_qsl(urlsplit(back.headers["Location"]).query, keep_blank_values=True))
    assert fields.pop("r") == "1"
    assert is_genuine(fields)
    assert fields["vads_trans_status"] == "AUTHORISED"
    assert not {"vads_hash", "vads_url_check_src"} & set(fields)


def test_a_return_by_post_is_a_form_towards_the_shop(bank, shop):
    page = open_page(bank, shop, return_mode="POST")
    press(page, "accept")
    back = bank.get(urlsplit(page.url).path[1:] + "retour/")
    assert f'action="{shop.url}retour/"' in back.text
    assert 'name="vads_trans_uuid"' in back.text


def test_the_receipt_returns_by_itself_when_the_form_asks(bank, shop):
    page = open_page(bank, shop, redirect_success_timeout="3")
    press(page, "accept")
    assert 'content="3;url=/vads-payment/' in bank.get(urlsplit(page.url).path[1:]).text


def test_a_refused_form_is_explained_and_logged(bank, shop):
    answer = bank.post("vads-payment/", data={**shop.form(bank.now()), "vads_amount": "1"})
    assert answer.status_code == 400
    assert "erreur 00" in answer.text
    [logged] = bank.get("controle/formulaires-refuses/").json()["forms"]
    assert (logged["code"], logged["fields"]["vads_amount"]) == ("00", "1")
    assert "Erreur 00" in bank.get("formulaires-refuses/").text


def test_with_the_production_look_a_refused_form_says_nothing(bank, shop):
    bank.set(production_look=True)
    answer = bank.post("vads-payment/", data={**shop.form(bank.now()), "vads_amount": "1"})
    assert "Erreur technique" in answer.text
    assert "signature" not in answer.text


def test_a_repeated_field_is_refused(bank, shop):
    form = [*shop.form(bank.now()).items(), ("vads_amount", "1")]
    assert "erreur 99" in bank.post("vads-payment/", data=form).text


def test_a_number_serves_again_the_next_day_in_utc(bank, shop):
    bank.clock.write_text("2026-11-19T23:30")
    open_page(bank, shop)
    bank.clock.write_text("2026-11-20T00:30")
    assert "erreur 03" in bank.post("vads-payment/", data=shop.form(bank.now())).text
    bank.clock.write_text("2026-11-20T01:30")
    open_page(bank, shop)
