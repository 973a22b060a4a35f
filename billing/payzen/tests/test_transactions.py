import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payzen.notification import to_transaction
from billing.payzen.tests.messages import abandoned_fields, expected, paid_fields, received, refund_fields
from billing.payzen.transactions import OUTCOMES, DiscrepancyKind, Outcome, Transaction, check_against, outcome_of

PAID = ["AUTHORISED", "CAPTURED"]
PENDING = [
    "AUTHORISED_TO_VALIDATE",
    "WAITING_AUTHORISATION",
    "WAITING_AUTHORISATION_TO_VALIDATE",
    "UNDER_VERIFICATION",
    "INITIAL",
    "SUSPENDED",
    "WAITING_FOR_PAYMENT",
    "PENDING",
    "CAPTURE_PENDING",
    "REFUND_TO_RETRY",
]
FAILED = ["REFUSED", "EXPIRED", "CANCELLED", "CAPTURE_FAILED"]
NO_TRANSACTION = ["ABANDONED", "NOT_CREATED"]
NOT_FOR_US = ["ACCEPTED", "PARTIALLY_AUTHORISED", "PRE_AUTHORISED"]
TABLE = [
    *((status, Outcome.PAID) for status in PAID),
    *((status, Outcome.PENDING) for status in PENDING),
    *((status, Outcome.FAILED) for status in FAILED),
    *((status, Outcome.NO_TRANSACTION) for status in NO_TRANSACTION),
    *((status, Outcome.NOT_FOR_US) for status in NOT_FOR_US),
]


def told(**changes: str) -> Transaction:
    return to_transaction(received(paid_fields(**changes)))


def kinds(transaction: Transaction, **changes: object) -> list[DiscrepancyKind]:
    return [difference.kind for difference in check_against(transaction, expected(**changes))]


@pytest.mark.parametrize(("status", "outcome"), TABLE)
def test_every_status_has_its_meaning(status: str, outcome: Outcome) -> None:
    assert outcome_of(status, "DEBIT") is outcome
    assert told(trans_status=status).outcome is outcome


def test_the_table_is_complete() -> None:
    assert dict(TABLE) == dict(OUTCOMES)


@pytest.mark.parametrize(("status", "outcome"), TABLE)
def test_only_an_authorised_or_captured_debit_is_a_payment(status: str, outcome: Outcome) -> None:
    assert told(trans_status=status).is_payment is (outcome is Outcome.PAID)
    for operation in ("CREDIT", "VERIFICATION", "", "SOMETHING"):
        assert not told(trans_status=status, operation_type=operation).is_payment


def test_a_status_of_tomorrow_is_unknown_and_keeps_being_asked_about() -> None:
    transaction = told(trans_status="PAID_BY_DRONE")
    assert transaction.outcome is Outcome.UNKNOWN
    assert transaction.is_unsettled
    assert not transaction.is_payment


@pytest.mark.parametrize("status", ["AUTHORISED_TO_VALIDATE", "CANCELLED", "CAPTURE_FAILED", "ACCEPTED"])
def test_result_00_does_not_make_a_payment(status: str) -> None:
    assert not told(trans_status=status, result="00").is_payment


@pytest.mark.parametrize(("operation", "outcome"), [("", Outcome.UNKNOWN), ("VERIFICATION", Outcome.NOT_FOR_US)])
def test_success_of_something_else_is_reported_not_credited(operation: str, outcome: Outcome) -> None:
    transaction = told(operation_type=operation)
    assert transaction.outcome is outcome
    assert kinds(transaction) == [DiscrepancyKind.OPERATION]


def test_a_refund_is_not_a_payment() -> None:
    refund = to_transaction(received(refund_fields()))
    assert refund.is_refund
    assert not refund.is_payment


@pytest.mark.parametrize(
    ("status", "unsettled"),
    [("AUTHORISED", True), ("CAPTURED", False), ("UNDER_VERIFICATION", True), ("REFUSED", False), ("ABANDONED", False)],
)
def test_until_when_the_bank_is_asked(status: str, unsettled: bool) -> None:
    assert told(trans_status=status).is_unsettled is unsettled


@pytest.mark.parametrize(("source", "again"), [("PAY", False), ("BO", True), ("RETRY", True), ("BATCH", False)])
def test_messages_sent_again_are_known(source: str, again: bool) -> None:
    assert told(url_check_src=source).is_resend is again


def test_the_expected_payment_has_no_difference() -> None:
    assert kinds(told()) == []
    assert kinds(told(effective_amount="-")) == []


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("order_id", "F2610000002-1", DiscrepancyKind.ORDER),
        ("order_id", "", DiscrepancyKind.ORDER),
        ("currency", "840", DiscrepancyKind.CURRENCY),
        ("amount", "6397", DiscrepancyKind.AMOUNT),
        ("effective_amount", "1", DiscrepancyKind.EFFECTIVE_AMOUNT),
        ("trans_id", "000002", DiscrepancyKind.TRANS_ID),
        ("trans_id", "-", DiscrepancyKind.TRANS_ID),
        ("trans_date", "20261119110608", DiscrepancyKind.TRANS_DATE),
        ("trans_uuid", "", DiscrepancyKind.NO_UUID),
    ],
)
def test_each_difference_is_named(field: str, value: str, kind: DiscrepancyKind) -> None:
    assert kinds(told(**{field: value})) == [kind]


def test_site_and_mode_are_compared_too() -> None:
    assert kinds(told(), site_id="87654321", mode="PRODUCTION") == [DiscrepancyKind.SITE, DiscrepancyKind.MODE]


def test_the_regisseur_reads_a_sentence_with_both_amounts() -> None:
    [difference] = check_against(told(amount="123456789", effective_amount="-"), expected())
    assert difference.message == (
        "Le montant selon la banque (1\u202f234\u202f567,89\u00a0€) diffère de notre demande (63,98\u00a0€)."
    )
    [difference] = check_against(told(order_id=""), expected())
    assert difference.message == "La référence selon la banque (rien) diffère de notre demande (F2610000001-1)."


def test_a_refund_has_its_own_number_and_may_be_partial() -> None:
    assert kinds(to_transaction(received(refund_fields()))) == []
    assert kinds(to_transaction(received(refund_fields(amount="6398")))) == []


@pytest.mark.parametrize("amount", ["6399", "0"])
def test_a_refund_of_more_than_was_asked_is_flagged(amount: str) -> None:
    assert kinds(to_transaction(received(refund_fields(amount=amount)))) == [DiscrepancyKind.AMOUNT]


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("1", None),
        ("6398", None),
        ("6399", "Le remboursement annoncé par la banque (63,99\u00a0€) dépasse le montant demandé (63,98\u00a0€)."),
        ("0", "La banque annonce un remboursement sans montant."),
    ],
)
def test_the_regisseur_reads_what_is_wrong_with_a_refund(amount: str, message: str | None) -> None:
    found = check_against(to_transaction(received(refund_fields(amount=amount))), expected())
    assert [difference.message for difference in found] == ([message] if message else [])


@pytest.mark.parametrize(
    ("operation", "said"), [("", "sans opération"), ("VERIFICATION", "«\u00a0VERIFICATION\u00a0»")]
)
def test_the_regisseur_reads_what_the_bank_granted_instead_of_a_payment(operation: str, said: str) -> None:
    [difference] = check_against(told(operation_type=operation), expected())
    assert difference.message == (
        f"La banque annonce un accord pour autre chose qu’un paiement ou un remboursement ({said})."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"site_id": "87654321"}, "La boutique selon la banque (12345678) diffère de notre demande (87654321)."),
        ({"mode": "PRODUCTION"}, "Le mode de paiement selon la banque (TEST) diffère de notre demande (PRODUCTION)."),
        ({"currency": "840"}, "La monnaie selon la banque (978) diffère de notre demande (840)."),
        (
            {"trans_id": "000002"},
            "Le numéro de transaction selon la banque (000001) diffère de notre demande (000002).",
        ),
        (
            {"trans_date": "20261119110608"},
            "La date de transaction selon la banque (20261119110607) diffère de notre demande (20261119110608).",
        ),
    ],
)
def test_the_regisseur_reads_what_differs(changes: dict[str, str], said: str) -> None:
    [difference] = check_against(told(), expected(**changes))
    assert difference.message == said


def test_money_without_a_key_and_another_amount_taken_are_told_too() -> None:
    [difference] = check_against(told(trans_uuid=""), expected())
    assert difference.message == "La banque annonce de l’argent sans donner l’identifiant de la transaction."
    [difference] = check_against(told(effective_amount="6300"), expected())
    assert difference.message == (
        "Le montant réellement débité selon la banque (63,00\u00a0€) diffère de notre demande (63,98\u00a0€)."
    )


@pytest.mark.parametrize(
    ("cents", "written"),
    [(0, "0,00\u00a0€"), (5, "0,05\u00a0€"), (-250, "-2,50\u00a0€"), (100000, "1\u202f000,00\u00a0€")],
)
def test_cents_are_written_as_euros(cents: int, written: str) -> None:
    [difference, *_] = check_against(told(), expected(amount_cents=cents))
    assert difference.message == (f"Le montant selon la banque (63,98\u00a0€) diffère de notre demande ({written}).")


@pytest.mark.parametrize("status", ["REFUSED", "CANCELLED", "UNDER_VERIFICATION"])
def test_a_credit_that_is_not_granted_gives_nothing_back(status: str) -> None:
    refund = to_transaction(received(refund_fields(trans_status=status)))
    assert not refund.is_refund
    assert not told(trans_status=status).is_refund


def test_a_payment_is_not_a_refund() -> None:
    assert not told().is_refund


def test_an_abandoned_payment_has_no_key_and_no_difference() -> None:
    transaction = to_transaction(received(abandoned_fields()))
    assert transaction.outcome is Outcome.NO_TRANSACTION
    assert transaction.trans_uuid is None
    assert transaction.effective_amount_cents is None
    assert kinds(transaction) == []


@settings(deadline=None)
@given(st.integers(0, 10**12 - 1))
def test_any_other_amount_is_a_difference(cents: int) -> None:
    found = kinds(told(amount=str(cents), effective_amount=str(cents)))
    assert found == ([] if cents == 6398 else [DiscrepancyKind.AMOUNT, DiscrepancyKind.EFFECTIVE_AMOUNT])
