import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payzen.form import FormError, build_form, in_instalments, plain_text, trans_date, trans_day, trans_id
from billing.payzen.notification import FORM_TYPE, IncompleteNotification, parse_notification
from billing.payzen.signature import is_signed, sign
from billing.payzen.tests.messages import SHOP, TEST_KEY, body, order, production_shop, shop

PARIS = ZoneInfo("Europe/Paris")


def fields_of(**changes: object) -> dict[str, str]:
    return build_form(order(**changes), shop()).fields


def test_the_whole_form() -> None:
    form = build_form(order(), shop())
    assert form.action_url == "https://bank.example/vads-payment/"
    assert form.fields.pop("signature")
    assert form.fields == {
        "vads_action_mode": "INTERACTIVE",
        "vads_amount": "6398",
        "vads_capture_delay": "0",
        "vads_ctx_mode": "TEST",
        "vads_currency": "978",
        "vads_cust_email": "parent@demonstration.example",
        "vads_cust_id": "000123",
        "vads_language": "fr",
        "vads_order_id": "F2610000001-1",
        "vads_order_info": "Facture 2610000001",
        "vads_page_action": "PAYMENT",
        "vads_payment_config": "SINGLE",
        "vads_return_mode": "NONE",
        "vads_site_id": SHOP,
        "vads_trans_date": "20261119110607",
        "vads_trans_id": "000001",
        "vads_url_check": "https://portail.example/paiement/payzen/ipn/",
        "vads_url_return": "https://portail.example/paiement/retour/abc/",
        "vads_validation_mode": "0",
        "vads_version": "V2",
    }


def test_it_is_signed_with_the_key_of_the_shop_and_the_key_does_not_travel() -> None:
    form = build_form(order(), shop())
    assert is_signed(form.fields, TEST_KEY)
    assert TEST_KEY not in str(form.fields) + repr(form)


def test_a_shop_still_in_sha1_gets_forty_hexadecimal_characters() -> None:
    signature = build_form(order(), shop(ALGORITHM="sha1")).fields["signature"]
    assert len(signature) == 40
    assert int(signature, 16)


def test_production_says_production() -> None:
    assert build_form(order(), production_shop()).fields["vads_ctx_mode"] == "PRODUCTION"


def test_the_payer_is_known_by_a_number_and_an_address_only() -> None:
    names = {name for name in fields_of() if name.startswith("vads_cust")}
    assert names == {"vads_cust_email", "vads_cust_id"}
    assert "parent@" not in repr(order())


@pytest.mark.parametrize(
    ("clicked", "sent", "day"),
    [
        (datetime(2026, 11, 19, 12, 6, 7, tzinfo=PARIS), "20261119110607", date(2026, 11, 19)),
        (datetime(2026, 7, 1, 0, 30, tzinfo=PARIS), "20260630223000", date(2026, 6, 30)),
        (datetime(2027, 1, 1, 0, 59, 59, tzinfo=PARIS), "20261231235959", date(2026, 12, 31)),
        (datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=PARIS), "20261025003000", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS), "20261025013000", date(2026, 10, 25)),
        (datetime(2028, 2, 29, 23, 0, tzinfo=timezone(timedelta(hours=-5))), "20280301040000", date(2028, 3, 1)),
    ],
)
def test_dates_are_sent_in_utc(clicked: datetime, sent: str, day: date) -> None:
    assert fields_of(created_at=clicked)["vads_trans_date"] == trans_date(clicked) == sent
    assert trans_day(clicked) == day


@pytest.mark.parametrize(("number", "text"), [(0, "000000"), (1, "000001"), (899_999, "899999")])
def test_the_numbers_of_the_day(number: int, text: str) -> None:
    assert trans_id(number) == text


@pytest.mark.parametrize("number", [-1, 900_000])
def test_numbers_of_the_platform_are_never_ours(number: int) -> None:
    with pytest.raises(FormError) as refused:
        trans_id(number)
    assert (refused.value.field, str(refused.value)) == ("trans_id", "trans_id: the day's numbers are used up")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order_id", ""),
        ("order_id", "F" * 33),
        ("order_id", "F 1"),
        ("order_id", "F_1"),
        ("order_id", "é"),
        ("order_id", "F1\n"),
        ("trans_id", "12345"),
        ("trans_id", "1234567"),
        ("trans_id", "900000"),
        ("trans_id", "12a456"),
        ("trans_id", "١٢٣٤٥٦"),
        ("amount_cents", 0),
        ("amount_cents", -1),
        ("amount_cents", 10**12),
        ("amount_cents", 63.98),
        ("amount_cents", True),
        ("created_at", datetime(2026, 11, 19, 12, 6)),
        ("language", "FR"),
        ("language", "fra"),
        ("return_url", ""),
        ("return_url", "/paiement/retour/"),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "https://portail.example/a+b"),
        ("return_url", "https://portail.example/a b"),
        ("return_url", "https://portail.example/<b>"),
        ("return_url", "https://portail.example/" + "a" * 1001),
        ("return_url", "https://?x"),
        ("notification_url", "portail.example"),
    ],
)
def test_what_the_bank_would_reject_is_refused_here(field: str, value: object) -> None:
    with pytest.raises(FormError) as refused:
        fields_of(**{field: value})
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: must ")


@pytest.mark.parametrize("cents", [1, 10**12 - 1])
def test_every_amount_of_twelve_digits_can_be_asked(cents: int) -> None:
    assert fields_of(amount_cents=cents)["vads_amount"] == str(cents)


def test_the_longest_values_that_the_bank_takes_are_sent() -> None:
    url = "https://portail.example/".ljust(1024, "a")
    assert fields_of(return_url=url)["vads_url_return"] == url
    email = "parent@" + "a" * 139 + ".org"
    assert len(email) == 150
    assert fields_of(payer_email=email)["vads_cust_email"] == email
    assert "vads_cust_email" not in fields_of(payer_email="x" + email)
    assert fields_of(payer_reference="aZ9" * 30)["vads_cust_id"] == "aZ9" * 21


def test_production_addresses_are_https() -> None:
    plain = order(return_url="http://portail.example/retour/")
    assert build_form(plain, shop())
    with pytest.raises(FormError) as refused:
        build_form(plain, production_shop())
    assert str(refused.value) == "return_url: must start with https:// in production"


def test_without_address_of_ours_the_rule_of_the_back_office_decides() -> None:
    assert "vads_url_check" not in fields_of(notification_url="")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "parent",
        "a b@demonstration.example",
        "parent@localhost",
        "é@demonstration.example",
        "<a@b.example>",
        "a" * 140 + "@demonstration.example",
        'x"@b.example',
        "parent+ecole@demonstration.example",
    ],
)
def test_a_doubtful_address_is_left_out_rather_than_losing_the_payment(email: str) -> None:
    assert "vads_cust_email" not in fields_of(payer_email=email)


def test_the_reference_of_the_payer_keeps_letters_and_digits() -> None:
    assert fields_of(payer_reference="F-000 123é")["vads_cust_id"] == "F000123"
    assert "vads_cust_id" not in fields_of(payer_reference="")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Facture d’octobre 2026 – écoles", "Facture d’octobre 2026 – écoles"),
        ("Cantine <b>midi</b>", "Cantine b midi /b"),
        ("ligne 1\r\nligne 2\tfin", "ligne 1 ligne 2 fin"),
        ('dite "cantine" + étude', "dite cantine étude"),
        ("e\u0301cole\u200b\u2028\x00\x7f", "école"),
        ("inter\u00adet", "interet"),
        ("a" * 300, "a" * 255),
        ("  ", ""),
        ("\ud800", ""),
    ],
)
def test_the_description_is_cleaned(written: str, sent: str) -> None:
    assert fields_of(description=written).get("vads_order_info", "") == sent


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=80), st.integers(1, 10**12 - 1))
def test_whatever_people_write_the_form_is_safe_and_its_seal_survives_the_journey(
    description: str, email: str, reference: str, cents: int
) -> None:
    form = build_form(
        order(description=description, payer_email=email, payer_reference=reference, amount_cents=cents), shop()
    )
    values = {name: value for name, value in form.fields.items() if name != "signature"}
    for value in values.values():
        assert value
        assert len(value) <= 255
        assert not set(value) & set('<>"+')
        assert not any(unicodedata.category(character).startswith("C") for character in value)
    arrived = dict(parse_qsl(urlencode(form.fields), keep_blank_values=True))
    assert arrived == form.fields
    assert is_signed(arrived, TEST_KEY)


@settings(deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.timezones()))
def test_any_time_zone_gives_the_same_instant(clicked: datetime) -> None:
    assert trans_date(clicked) == f"{clicked.astimezone(UTC):%Y%m%d%H%M%S}"


def test_text_is_cut_without_a_trailing_blank() -> None:
    assert plain_text("abc def", 4) == "abc"


def test_a_form_cannot_pass_for_a_server_message() -> None:
    """The payer holds our form and its signature; posted as it is to the notification address, it is refused."""
    form = build_form(order(), shop())
    with pytest.raises(IncompleteNotification):
        parse_notification(body(form.fields), FORM_TYPE)


def test_nothing_that_a_payer_writes_can_be_cut_into_other_fields() -> None:
    """The seal covers values joined by `+`: an address holding `+DEBIT+…+AUTHORISED+…` would let the payer rename the
    pieces of our own form into a server message. We sign no value with a `+`, so each piece is a value of ours."""
    forged = "a+DEBIT+F2610000001-1+12345678+20261119110607+000001+AUTHORISED+" + "f" * 32 + "+x@demonstration.example"
    fields = fields_of(payer_email=forged, description=forged, payer_reference=forged)
    # Control: were the address signed as it is, renaming its pieces would keep the seal.
    careless = {"vads_cust_email": "a+DEBIT", "vads_trans_id": "000001"}
    renamed = {"vads_a": "a", "vads_operation_type": "DEBIT", "vads_trans_id": "000001"}
    assert sign(careless, TEST_KEY) == sign(renamed, TEST_KEY)
    pieces = "+".join(value for name, value in sorted(fields.items()) if name != "signature").split("+")
    assert len(pieces) == len(fields) - 1
    assert "AUTHORISED" not in pieces


def test_instalments_are_asked_for_and_nothing_else_is_taken_for_them():
    config = in_instalments(2134, count=3, days=30)
    fields = fields_of(payment_config=config)
    assert fields["vads_payment_config"] == "MULTI:first=2134;count=3;period=30"
    for wrong in ("MULTI", "MULTI:first=0;count=3;period=30", "SINGLE+"):
        with pytest.raises(FormError):
            fields_of(payment_config=wrong)
