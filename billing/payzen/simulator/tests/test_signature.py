"""Vectors of the platform's public guide, and what the rule says of odd values."""

import pytest

from billing.payzen.simulator.signature import is_signed, sign

KEY = "1122334455667788"
# Worked example of the official guide « Computing the signature » (payzen.io, quick start).
GUIDE = {
    "vads_action_mode": "INTERACTIVE",
    "vads_amount": "5124",
    "vads_ctx_mode": "TEST",
    "vads_currency": "978",
    "vads_page_action": "PAYMENT",
    "vads_payment_config": "SINGLE",
    "vads_site_id": "12345678",
    "vads_trans_date": "20170129130025",
    "vads_trans_id": "123456",
    "vads_version": "V2",
}
PUBLISHED = {
    "sha256": "ycA5Do5tNvsnKdc/eP1bj2xa19z9q3iWPy9/rpesfS0=",
    "sha1": "59c96b34c74b9375c332b0b6a32e6deeec87de2b",
}


@pytest.mark.parametrize("algorithm", PUBLISHED)
def test_the_guide_s_example_gets_the_published_signature(algorithm):
    assert sign(GUIDE, KEY, algorithm) == PUBLISHED[algorithm]


def test_order_of_arrival_and_other_fields_do_not_matter():
    shuffled = dict(reversed(GUIDE.items())) | {"signature": "anything", "valider": "Payer"}
    assert sign(shuffled, KEY) == PUBLISHED["sha256"]


def test_empty_and_unknown_fields_count():
    assert sign({**GUIDE, "vads_unknown": ""}, KEY) != PUBLISHED["sha256"]


def test_capital_letters_come_before_small_ones():
    joined = {"vads_a_lower": "2", "vads_aUpper": "1"}
    assert sign(joined, "k", "sha1") == sign({"vads_a": "1+2"}, "k", "sha1")


@pytest.mark.parametrize("forged", ["", "é", PUBLISHED["sha256"].lower(), PUBLISHED["sha256"][:-1]])
def test_a_forged_signature_is_refused(forged):
    assert is_signed(GUIDE, PUBLISHED["sha256"], KEY, "sha256")
    assert not is_signed(GUIDE, forged, KEY, "sha256")
