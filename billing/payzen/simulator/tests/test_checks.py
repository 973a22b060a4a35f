"""Each error code of the form, beside the form that passes."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.payzen.simulator.checks import check_form, warn_about
from billing.payzen.simulator.clock import stamp
from billing.payzen.simulator.config import Shop
from billing.payzen.simulator.signature import sign

from .merchant import KEY, REST_PASSWORD, SITE_ID, Merchant

SHOP = Shop(site_id=SITE_ID, key=KEY, algorithm="sha256", rest_password=REST_PASSWORD)
NOW = datetime(2026, 11, 19, 11, 6, tzinfo=UTC)
MERCHANT = Merchant(url="http://127.0.0.1:8000/")
SPENT = "000777"


def refusal(form):
    return check_form(form, shop=SHOP, now=NOW, is_spent=lambda day, number: (day, number) == ("20261119", SPENT))


def at(**offset):
    return stamp(NOW + timedelta(**offset))


ACCEPTED = [
    {},
    {"trans_date": at(minutes=149)},
    {"trans_date": at(hours=-23)},
    {"trans_id": "899999"},
    {"cust_email": "demo@example.org", "cust_first_name": "Zoé", "cust_last_name": "N’Guessan-Démo"},
    {"return_mode": "POST", "redirect_success_timeout": "0", "redirect_error_timeout": "300"},
    {"payment_cards": "CB;VISA;MASTERCARD", "capture_delay": "0", "validation_mode": "0", "language": "fr"},
    {"order_info": "", "ext_info_famille": "1234", "contrib": "Portail 1.0"},
    {"url_check": None, "url_return": None},
]


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
def test_a_sound_form_is_accepted(changes):
    assert refusal(MERCHANT.form(NOW, **changes)) is None


REFUSED = [
    ("01", {"version": "V1"}),
    ("01", {"version": None}),
    ("02", {"site_id": "87654321"}),
    ("11", {"ctx_mode": "PROD"}),
    ("11", {"ctx_mode": "PRODUCTION"}),
    ("00", {"order_info": "deux\nlignes"}),
    ("04", {"trans_date": None}),
    ("04", {"trans_date": "2026111911060"}),
    ("04", {"trans_date": "20261319110600"}),
    ("04", {"trans_date": at(hours=-25)}),
    ("04", {"trans_date": at(minutes=151)}),
    ("03", {"trans_id": None}),
    ("03", {"trans_id": "12345"}),
    ("03", {"trans_id": "900000"}),
    ("03", {"trans_id": "00000a"}),
    ("03", {"trans_id": SPENT}),
    ("09", {"amount": "0"}),
    ("09", {"amount": "06398"}),
    ("09", {"amount": "63.98"}),
    ("09", {"amount": None}),
    ("10", {"currency": "840"}),
    ("46", {"page_action": "REGISTER"}),
    ("47", {"action_mode": "SILENT"}),
    ("07", {"payment_config": "MULTI"}),
    ("05", {"validation_mode": "2"}),
    ("06", {"capture_delay": "zéro"}),
    ("08", {"payment_cards": "CB,VISA"}),
    ("12", {"language": "français"}),
    ("13", {"order_id": "F 2026/1"}),
    ("13", {"order_id": "F" * 65}),
    ("14", {"order_info": "<b>"}),
    ("15", {"cust_email": "parent.exemple.org"}),
    ("16", {"cust_id": "é"}),
    ("17", {"cust_title": "<"}),
    ("18", {"cust_name": ">"}),
    ("104", {"cust_first_name": "<Zoé>"}),
    ("105", {"cust_last_name": "x" * 64}),
    ("19", {"cust_address": "<"}),
    ("20", {"cust_zip": "<"}),
    ("21", {"cust_city": "<"}),
    ("22", {"cust_country": "France"}),
    ("23", {"cust_phone": "0" * 33}),
    ("77", {"cust_cell_phone": "<"}),
    ("92", {"cust_status": "PARENT"}),
    ("31", {"contrib": "x" * 129}),
    ("48", {"return_mode": "PUT"}),
    ("34", {"redirect_success_timeout": "301"}),
    ("35", {"redirect_success_message": "<"}),
    ("36", {"redirect_error_timeout": "-1"}),
    ("37", {"redirect_error_message": "<"}),
    ("72", {"shop_name": "<Castres>"}),
    ("24", {"url_success": "/relative/"}),
    ("25", {"url_refused": "ftp://example.org/"}),
    ("26", {"url_referral": "javascript:1"}),
    ("27", {"url_cancel": "http://["}),
    ("28", {"url_return": "http://exemple .fr/"}),
    ("29", {"url_error": "https://"}),
    ("33", {"url_check": "https://example.org/" + "x" * 1024}),
    ("73", {"shop_url": "castres"}),
    ("91", {"ext_info_note": "<"}),
]


@pytest.mark.parametrize(("code", "changes"), REFUSED, ids=str)
def test_a_faulty_form_gets_the_platform_s_code(code, changes):
    error = refusal(MERCHANT.form(NOW, **changes))
    assert error is not None
    assert error.code == code
    if code != "00":
        assert error.field == f"vads_{next(iter(changes))}"


def test_a_form_without_signature_or_without_fields_is_error_70():
    form = MERCHANT.form(NOW)
    unsigned = {name: value for name, value in form.items() if name != "signature"}
    assert refusal(unsigned).code == "70"
    assert refusal({**form, "signature": ""}).code == "70"
    assert refusal({}).code == "70"


def test_a_value_changed_after_signing_is_error_00():
    assert refusal({**MERCHANT.form(NOW), "vads_amount": "1"}).code == "00"


def test_the_other_algorithm_is_error_00():
    form = MERCHANT.form(NOW)
    assert refusal({**form, "signature": sign(form, KEY, "sha1")}).code == "00"


def test_a_form_dated_in_local_time_passes_with_a_warning():
    assert warn_about(MERCHANT.form(NOW), now=NOW) == []
    summer_time = MERCHANT.form(NOW + timedelta(hours=2))
    assert refusal(summer_time) is None
    assert "heure locale" in warn_about(summer_time, now=NOW)[0]


def test_a_misspelt_field_passes_with_a_warning():
    assert warn_about(MERCHANT.form(NOW, oder_id="F1"), now=NOW) == ["Champ inconnu\u00a0: vads_oder_id"]
