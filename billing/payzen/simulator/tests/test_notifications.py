"""What the shop receives, in good order and in bad."""

import re
import threading

import pytest

from .bank import wait_until
from .merchant import is_genuine

# Field set of a genuine return of 2020 in the public test file of eopayment 3.15, without the shop's own extras.
GENUINE = {
    "vads_amount", "vads_auth_mode", "vads_auth_number", "vads_auth_result", "vads_card_brand",
    "vads_card_number", "vads_payment_certificate", "vads_ctx_mode", "vads_currency", "vads_effective_amount",
    "vads_effective_currency", "vads_site_id", "vads_trans_date", "vads_trans_id", "vads_trans_uuid",
    "vads_version", "vads_warranty_result", "vads_payment_src", "vads_tid", "vads_sequence_number",
    "vads_contract_used", "vads_trans_status", "vads_expiry_month", "vads_expiry_year", "vads_bank_label",
    "vads_bank_product", "vads_pays_ip", "vads_presentation_date", "vads_effective_creation_date",
    "vads_operation_type", "vads_result", "vads_extra_result", "vads_card_country", "vads_brand_management",
    "vads_action_mode", "vads_payment_config", "vads_page_action", "vads_threeds_enrolled",
    "vads_threeds_auth_type", "vads_threeds_eci", "vads_threeds_xid", "vads_threeds_cavvAlgorithm",
    "vads_threeds_status", "vads_threeds_sign_valid", "vads_threeds_error_code", "vads_threeds_exit_status",
    "vads_threeds_cavv",
}  # fmt: skip


def choose(bank, order, outcome="accept", **choices):
    return bank.control(f"commandes/{order}/choisir/", outcome=outcome, **choices)


def test_a_notification_has_the_fields_of_a_genuine_one(bank, shop, order):
    choose(bank, order)
    [message] = shop.received
    assert set(message) >= GENUINE
    assert (message["vads_order_id"], message["vads_amount"]) == (order, "6398")
    assert (message["vads_operation_type"], message["vads_result"]) == ("DEBIT", "00")
    assert message["vads_url_check_src"] == "PAY"
    assert re.fullmatch(r"[0-9a-f]{64}", message["vads_hash"])
    assert re.fullmatch(r"[0-9a-f]{32}", message["vads_trans_uuid"])
    assert message["vads_order_info"] == "Facture d’octobre – démonstration"
    assert not [name for name in message if name.startswith("vads_url_") and name != "vads_url_check_src"]


@pytest.mark.parametrize(
    ("outcome", "status", "result"),
    [
        ("to_validate", "AUTHORISED_TO_VALIDATE", "00"),
        ("under_verification", "UNDER_VERIFICATION", "00"),
        ("refuse", "REFUSED", "05"),
    ],
)
def test_the_status_tells_the_outcome(bank, shop, outcome, status, result):
    bank.set(extra_tries=0)
    bank.post("vads-payment/", data=shop.form(bank.now()))
    choose(bank, "F2610000001-a1", outcome)
    assert [(each["vads_trans_status"], each["vads_result"]) for each in shop.received] == [(status, result)]


@pytest.mark.parametrize(("outcome", "error"), [("cancel", None), ("expire", "149")])
def test_an_abandon_is_told_only_if_its_rule_is_on(bank, shop, order, outcome, error):
    choose(bank, order, outcome)
    assert shop.received == []
    bank.set(rule_cancellation=True)
    bank.post("vads-payment/", data=shop.form(bank.now(), trans_id="000002"))
    choose(bank, order, outcome)
    [message] = shop.received
    assert is_genuine(message)
    assert (message["vads_trans_status"], message["vads_result"]) == ("ABANDONED", "17")
    assert (message["vads_auth_mode"], message["vads_auth_number"]) == ("MARK", "")
    assert message.get("vads_payment_error") == error
    assert not {"vads_trans_uuid", "vads_sequence_number", "vads_operation_type"} & set(message)


def test_a_page_left_open_expires_by_itself(bank, shop, order):
    bank.set(rule_cancellation=True)
    bank.control("avancer/", seconds=601)
    assert shop.statuses == ["ABANDONED"]


def test_the_rule_s_address_serves_when_the_form_names_none(bank, shop):
    bank.post("vads-payment/", data=shop.form(bank.now(), url_check=None))
    [sent] = choose(bank, "F2610000001-a1")["notifications"]
    assert sent["url"] == f"{shop.url}regle/"
    assert shop.statuses == ["AUTHORISED"]


@pytest.mark.parametrize(
    ("fault", "field", "value"),
    [
        ("altered_amount", "vads_amount", "6498"),
        ("other_site", "vads_site_id", "87654321"),
        ("other_mode", "vads_ctx_mode", "PRODUCTION"),
        ("unknown_status", "vads_trans_status", "NOT_YET_DOCUMENTED"),
        ("missing_uuid", "vads_trans_uuid", None),
    ],
)
def test_a_distorted_message_is_still_well_signed(bank, shop, order, fault, field, value):
    choose(bank, order, fault=fault)
    [message] = shop.received
    assert message.get(field) == value
    assert is_genuine(message)


def test_an_unknown_field_is_signed_too(bank, shop, order):
    choose(bank, order, fault="extra_field")
    assert "vads_new_field" in shop.received[0]
    assert is_genuine(shop.received[0])


def test_a_forged_message_has_a_bad_signature_and_nothing_else_wrong(bank, shop, order):
    choose(bank, order, fault="bad_signature")
    [message] = shop.received
    assert not is_genuine(message)
    assert (message["vads_amount"], len(message["signature"])) == ("6398", 44)


def test_a_lost_message_never_leaves_but_the_bank_has_the_money(bank, shop, order):
    [lost] = choose(bank, order, fault="lost")["notifications"]
    assert lost["state"] == "lost"
    bank.control("avancer/", seconds=86400)
    assert shop.received == []
    assert bank.rest("Order/Get", orderId=order)["answer"]["transactions"][0]["detailedStatus"] == "AUTHORISED"


def test_two_copies_arrive_at_the_same_time(bank, shop, order):
    shop.together = threading.Barrier(2)
    choose(bank, order, fault="duplicated")
    first, second = shop.received
    assert first == second


def test_out_of_order_the_refusal_comes_last(bank, shop, order):
    choose(bank, order, fault="out_of_order")
    assert shop.statuses == ["AUTHORISED", "REFUSED"]
    assert [each["vads_sequence_number"] for each in shop.received] == ["2", "1"]


def test_a_late_message_waits_for_its_time(bank, shop, order):
    choose(bank, order, fault="delayed", delay=300)
    assert shop.received == []
    bank.control("avancer/", seconds=301)
    assert shop.statuses == ["AUTHORISED"]


def test_a_late_message_leaves_by_itself(bank, shop, order):
    choose(bank, order, fault="delayed", delay=1)
    wait_until(lambda: shop.statuses == ["AUTHORISED"])


def test_after_the_return_the_message_comes_second(bank, shop, order):
    page = choose(bank, order, fault="after_return")["page"]
    assert shop.received == []
    bank.get(page[1:] + "retour/", allow_redirects=False)
    wait_until(lambda: shop.statuses == ["AUTHORISED"])


def test_a_global_fault_is_the_page_s_default(bank, shop):
    bank.set(ipn_fault="other_site")
    bank.post("vads-payment/", data=shop.form(bank.now()))
    choose(bank, "F2610000001-a1")
    assert shop.received[0]["vads_site_id"] == "87654321"


def test_the_answer_s_first_512_characters_are_kept(bank, shop, order):
    shop.answer = "é" * 600
    [sent] = choose(bank, order)["notifications"]
    assert (sent["http_status"], sent["state"], sent["answer"]) == (200, "delivered", "é" * 512)


def test_a_redirection_counts_as_success_with_a_warning(bank, shop, order):
    bank.set(retry=True)
    shop.status = 302
    [sent] = choose(bank, order)["notifications"]
    assert sent["state"] == "delivered"
    assert "Redirection" in sent["problem"]
    assert len(shop.received) == 1


@pytest.mark.parametrize("status", [204, 400, 404, 500, 503])
def test_other_codes_count_as_the_platform_says(bank, shop, order, status):
    shop.status, shop.answer = status, ""
    [sent] = choose(bank, order)["notifications"]
    assert sent["state"] == ("delivered" if status == 204 else "failed")


def test_a_shop_that_is_down_is_a_failure(bank, shop):
    bank.post("vads-payment/", data=shop.form(bank.now(), url_check="http://127.0.0.1:9/ipn/"))
    [sent] = choose(bank, "F2610000001-a1")["notifications"]
    assert (sent["state"], sent["http_status"]) == ("failed", None)


def test_without_the_retry_option_a_failure_stays(bank, shop, order):
    shop.status = 500
    choose(bank, order)
    bank.control("avancer/", seconds=3600)
    assert len(shop.received) == 1


def test_a_failure_is_tried_again_at_four_quarter_hours(bank, shop, order):
    bank.set(retry=True, quarter_hour_seconds=900)
    shop.status = 500
    choose(bank, order)
    for tried in range(1, 6):
        bank.control("avancer/", seconds=900)
        assert len(shop.received) == 1 + min(tried, 4)
    assert {each["vads_url_check_src"] for each in shop.received[1:]} == {"RETRY"}
    assert "vads_page_action" not in shop.received[1]
    assert len({each["vads_hash"] for each in shop.received}) == 5


def test_a_retry_carries_the_present_status_and_stops_at_success(bank, shop, order):
    bank.set(retry=True, quarter_hour_seconds=900)
    shop.status = 503
    choose(bank, order)
    bank.control("remise/")
    shop.status = 200
    for _ in range(3):
        bank.control("avancer/", seconds=900)
    assert shop.statuses == ["AUTHORISED", "CAPTURED"]


def test_the_quarter_hour_can_be_made_short(bank, shop, order):
    bank.set(retry=True, quarter_hour_seconds=1)
    shop.status = 500
    choose(bank, order)
    wait_until(lambda: len(shop.received) >= 3)
