import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payzen.notification import (
    FORM_TYPE,
    MAX_BODY_BYTES,
    BadSignature,
    IncompleteNotification,
    MalformedNotification,
    NotificationRefused,
    NotificationTooLarge,
    NotOurMode,
    NotOurShop,
    RepeatedField,
    WrongContentType,
    parse_notification,
    storable_fields,
    to_transaction,
    verify,
)
from billing.payzen.signature import Algorithm
from billing.payzen.tests.messages import (
    PRODUCTION_KEY,
    TEST_KEY,
    abandoned_fields,
    body,
    paid_fields,
    production_shop,
    received,
    shop,
    signed,
)
from billing.payzen.transactions import Channel

REQUIRED = ["site_id", "ctx_mode", "order_id", "amount", "currency", "trans_status"]


def test_a_message_of_the_bank_becomes_a_transaction() -> None:
    transaction = to_transaction(received(paid_fields()))
    assert (transaction.order_id, transaction.trans_id, transaction.trans_date) == (
        "F2610000001-1",
        "000001",
        "20261119110607",
    )
    assert transaction.trans_uuid == "0123456789abcdef0123456789abcdef"
    assert (transaction.operation, transaction.status) == ("DEBIT", "AUTHORISED")
    assert (transaction.amount_cents, transaction.currency, transaction.effective_amount_cents) == (6398, "978", 6398)
    assert (transaction.auth_number, transaction.card_brand, transaction.sequence_number) == ("3fcdd2", "CB", 1)
    assert transaction.authorised_at == datetime(2026, 11, 19, 11, 8, 12, tzinfo=UTC)
    assert transaction.presented_at == datetime(2026, 11, 19, 11, 8, 13, tzinfo=UTC)
    assert transaction.captured_at is None
    assert (transaction.source, transaction.channel) == ("PAY", Channel.NOTIFICATION)


def test_the_journal_knows_the_message_by_the_digest_of_its_body() -> None:
    message = body(signed(paid_fields()))
    digest = hashlib.sha256(message).hexdigest()
    assert parse_notification(message, FORM_TYPE).body_sha256 == digest
    assert received(paid_fields()).body_sha256 == digest


CHANGING = {"PREVIOUS_KEY": "cle-d-avant-0000", "PREVIOUS_KEY_UNTIL": "2026-12-04"}
IN_TIME, TOO_LATE = datetime(2026, 12, 4, 12, tzinfo=UTC), datetime(2026, 12, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("algorithm", [Algorithm.SHA256, Algorithm.SHA1])
def test_a_message_on_its_way_while_the_key_changes_is_not_lost(algorithm: Algorithm) -> None:
    config = shop(**CHANGING, ALGORITHM=algorithm.value)
    message = parse_notification(body(signed(paid_fields(), "cle-d-avant-0000", algorithm)), FORM_TYPE)
    verified = verify(message, config, at=IN_TIME)
    assert verified.signed_with_previous_key is True
    assert (verified.fields, verified.body_sha256) == (message.fields, message.body_sha256)
    assert to_transaction(verified).is_payment


@pytest.mark.parametrize("at", [TOO_LATE, None])
def test_the_previous_key_opens_nothing_after_its_day_nor_at_an_unknown_instant(at: datetime | None) -> None:
    message = parse_notification(body(signed(paid_fields(), "cle-d-avant-0000")), FORM_TYPE)
    with pytest.raises(BadSignature):
        verify(message, shop(**CHANGING), at=at)


def test_while_the_key_changes_a_third_key_opens_nothing_and_ours_is_ours() -> None:
    forged = parse_notification(body(signed(paid_fields(), "cle-d-un-autre-00")), FORM_TYPE)
    with pytest.raises(BadSignature):
        verify(forged, shop(**CHANGING), at=IN_TIME)
    ours = parse_notification(body(signed(paid_fields())), FORM_TYPE)
    assert verify(ours, shop(**CHANGING), at=IN_TIME).signed_with_previous_key is False
    assert verify(ours, shop()).signed_with_previous_key is False


def test_a_message_of_the_largest_size_is_read_and_a_null_is_refused_wherever_it_is() -> None:
    fields = signed(paid_fields())
    room = MAX_BODY_BYTES - len(body(fields)) - len("&unsigned=")
    message = body(fields) + b"&unsigned=" + b"x" * room
    assert len(message) == MAX_BODY_BYTES
    assert parse_notification(message, FORM_TYPE).fields["vads_amount"] == "6398"
    for junk in (b"&vads_%00x=1", b"&vads_x=%00"):
        with pytest.raises(MalformedNotification):
            parse_notification(body(fields) + junk, FORM_TYPE)


def test_a_message_sent_again_by_hand_lacks_what_the_platform_does_not_store() -> None:
    again = paid_fields(url_check_src="BO", hash="cd" * 32, trans_status="CAPTURED")
    assert to_transaction(received(again)).is_captured


def test_an_abandoned_message_is_read() -> None:
    assert to_transaction(received(abandoned_fields())).trans_uuid is None


def test_an_operation_of_the_back_office_may_have_no_order() -> None:
    assert to_transaction(received(paid_fields(order_id=""))).order_id == ""


def test_fields_of_tomorrow_are_welcome() -> None:
    assert received(paid_fields(new_thing="é+/=", url_check_src="NEW")).fields["vads_new_thing"] == "é+/="


@pytest.mark.parametrize(
    "content_type",
    [
        FORM_TYPE,
        f"{FORM_TYPE}; charset=utf8",
        f"{FORM_TYPE}; charset=UTF-8",
        f'{FORM_TYPE};charset="utf-8"',
        "Application/X-WWW-Form-Urlencoded",
    ],
)
def test_forms_in_utf8_are_read(content_type: str) -> None:
    assert parse_notification(body(signed(paid_fields())), content_type)


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "multipart/form-data; boundary=x", f"{FORM_TYPE}; charset=iso-8859-1"]
)
def test_other_content_types_are_refused(content_type: str) -> None:
    with pytest.raises(WrongContentType):
        parse_notification(body(signed(paid_fields())), content_type)


def test_a_message_larger_than_any_of_the_bank_is_refused_unread() -> None:
    message = body(signed(paid_fields(bank_label="x" * MAX_BODY_BYTES)))
    with pytest.raises(NotificationTooLarge):
        parse_notification(message, FORM_TYPE)
    with pytest.raises(NotificationTooLarge):
        parse_notification(body(signed(paid_fields())), FORM_TYPE, max_bytes=100)


@pytest.mark.parametrize("name", ["vads_amount", "vads_trans_status", "signature", "unsigned"])
def test_a_repeated_name_is_refused(name: str) -> None:
    message = body({**signed(paid_fields()), "unsigned": "1"}) + f"&{name}=1".encode()
    with pytest.raises(RepeatedField):
        parse_notification(message, FORM_TYPE)


@pytest.mark.parametrize("junk", [b"&vads_x=%E9", b"&vads_x=\xe9", b"&%FF=1", b"&vads_x=%ED%A0%80", b"&vads_x=%00"])
def test_what_is_not_utf8_text_is_refused(junk: bytes) -> None:
    with pytest.raises(MalformedNotification):
        parse_notification(body(signed(paid_fields())) + junk, FORM_TYPE)


def test_a_flood_of_fields_is_refused() -> None:
    flood = "&".join(f"vads_{number}=" for number in range(501)).encode()
    with pytest.raises(MalformedNotification):
        parse_notification(flood, FORM_TYPE)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_message_without_the_minimum_is_refused(name: str) -> None:
    with pytest.raises(IncompleteNotification):
        parse_notification(body(signed(paid_fields(**{name: "-"}))), FORM_TYPE)


def test_an_unsigned_message_is_refused() -> None:
    with pytest.raises(IncompleteNotification):
        parse_notification(body(paid_fields()), FORM_TYPE)
    with pytest.raises(IncompleteNotification):
        parse_notification(b"", FORM_TYPE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", ""),
        ("amount", "-1"),
        ("amount", "63.98"),
        ("amount", "١٢"),
        ("amount", "1" * 13),
        ("currency", "EUR"),
        ("site_id", ""),
        ("trans_status", ""),
        ("ctx_mode", "test"),
    ],
)
def test_a_minimum_of_the_wrong_shape_is_refused(name: str, value: str) -> None:
    with pytest.raises(MalformedNotification):
        parse_notification(body(signed(paid_fields(**{name: value}))), FORM_TYPE)


def test_what_the_seal_does_not_cover_is_dropped() -> None:
    notification = parse_notification(body({**signed(paid_fields()), "kr-answer": "x", "amount": "1"}), FORM_TYPE)
    assert set(notification.fields) == {*paid_fields(), "signature"}


def test_another_shop_is_refused_even_when_well_signed() -> None:
    with pytest.raises(NotOurShop):
        received(paid_fields(site_id="87654321"))


def test_a_test_payment_is_refused_in_production_even_when_well_signed() -> None:
    config = production_shop()
    for key in (TEST_KEY, PRODUCTION_KEY):
        notification = parse_notification(body(signed(paid_fields(ctx_mode="TEST"), key)), FORM_TYPE)
        with pytest.raises(NotOurMode):
            verify(notification, config)
    assert verify(
        parse_notification(body(signed(paid_fields(ctx_mode="PRODUCTION"), PRODUCTION_KEY)), FORM_TYPE), config
    )


def test_a_production_message_signed_with_the_test_key_is_refused() -> None:
    notification = parse_notification(body(signed(paid_fields(ctx_mode="PRODUCTION"), TEST_KEY)), FORM_TYPE)
    with pytest.raises(BadSignature):
        verify(notification, production_shop())


def test_sha1_is_refused_unless_the_shop_says_so() -> None:
    notification = parse_notification(body(signed(paid_fields(), algorithm=Algorithm.SHA1)), FORM_TYPE)
    with pytest.raises(BadSignature):
        verify(notification, shop())
    assert verify(notification, shop(ALGORITHM="sha1"))


@pytest.mark.parametrize("name", sorted(set(paid_fields()) - {"vads_site_id", "vads_ctx_mode"}))
def test_any_altered_field_is_refused(name: str) -> None:
    fields = signed(paid_fields())
    altered = {**fields, name: fields[name][::-1] if fields[name] != fields[name][::-1] else fields[name] + "1"}
    with pytest.raises((BadSignature, MalformedNotification)):
        verify(parse_notification(body(altered), FORM_TYPE), shop())


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,10}", fullmatch=True), st.text(st.characters(codec="utf-8"))))
def test_any_well_signed_message_reads_back_and_never_breaks_us(extra: dict[str, str]) -> None:
    safe = {name: value.replace("\x00", "") for name, value in extra.items() if name not in REQUIRED}
    fields = paid_fields(**safe)
    notification = received(fields)
    assert {name: value for name, value in notification.fields.items() if name != "signature"} == fields
    assert to_transaction(notification).amount_cents == 6398
    assert storable_fields(notification)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_politely(junk: bytes) -> None:
    with pytest.raises(NotificationRefused):
        parse_notification(junk, FORM_TYPE)


@pytest.mark.parametrize("date", ["20261319110607", "2026", "", "٢٠٢٦١١١٩١١٠٦٠٧", "00000000000000"])
def test_an_unreadable_date_is_no_date(date: str) -> None:
    assert to_transaction(received(paid_fields(effective_creation_date=date))).authorised_at is None


def test_overlong_values_are_cut_to_what_a_column_holds() -> None:
    assert len(to_transaction(received(paid_fields(auth_number="9" * 500))).auth_number) == 64


def test_the_journal_keeps_the_money_and_no_personal_data() -> None:
    kept = storable_fields(received(paid_fields(cust_last_name="DÉMONSTRATION", card_holder="X", pays_ip="FR")))
    assert kept["vads_trans_uuid"]
    assert kept["vads_amount"] == "6398"
    assert kept["vads_hash"]
    for word in ("card_number", "expiry", "cust_", "holder", "threeds", "pays_ip", "bank_label", "signature"):
        assert not [name for name in kept if word in name]
    assert "497010" not in str(kept)


def test_a_message_does_not_show_its_card_in_a_log() -> None:
    notification = received(paid_fields())
    assert "497010" not in repr(notification)
    assert "497010" not in repr(to_transaction(notification))


@pytest.mark.parametrize("refusal", NotificationRefused.__subclasses__())
def test_every_refusal_answers_a_failure_to_the_bank(refusal: type[NotificationRefused]) -> None:
    assert 400 <= refusal.http_status < 500
    assert refusal().answer == f"KO-{refusal.code}"
    assert refusal.code != "refused"
