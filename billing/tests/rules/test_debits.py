"""Direct debits: notice, bank days, references, what a refusal means."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.debits import (
    creditor_id_is_valid,
    earliest_collection,
    end_to_end,
    ends_mandate,
    is_bank_day,
    mandate_reference,
    reason_words,
)


@pytest.mark.parametrize(
    ("told_on", "first"),
    [
        (date(2026, 11, 25), date(2026, 12, 9)),
        (date(2026, 11, 28), date(2026, 12, 14)),  # 14 days later is a Saturday
        (date(2026, 12, 11), date(2026, 12, 28)),  # Christmas, 26 December (a Saturday), Sunday
        (date(2027, 3, 12), date(2027, 3, 30)),  # Good Friday and Easter Monday close the system
        (date(2027, 4, 30), date(2027, 5, 14)),
    ],
)
def test_families_are_told_fourteen_days_before_a_day_on_which_banks_exchange(told_on, first):
    assert earliest_collection(told_on) == first


@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)))
def test_the_notice_is_never_short_and_the_day_never_a_holiday(told_on):
    first = earliest_collection(told_on)
    assert first - told_on >= timedelta(days=14)
    assert is_bank_day(first)


def test_all_saints_is_no_holiday_of_the_banks():
    assert is_bank_day(date(2026, 11, 11))
    assert not is_bank_day(date(2026, 5, 1))


@pytest.mark.parametrize(
    ("ics", "valid"),
    [
        ("FR72ZZZ123456", True),
        ("FR72 ABC 123456", True),  # the business code is not part of the key
        ("FR73ZZZ123456", False),
        ("FR72ZZZ123457", False),
        ("FR72ZZZ12345", False),
        ("", False),
    ],
)
def test_the_key_of_a_creditor_identifier_is_checked(ics, valid):
    assert creditor_id_is_valid(ics) is valid


def test_references_name_the_household_and_the_invoice_within_35_signs():
    assert mandate_reference("F000001", 2) == "ESPACEFAMILLE-F000001-2"
    assert len(mandate_reference("F" * 40, 1)) == 35
    assert end_to_end("2610000001", 3) == "FAC2610000001-3"


def test_a_closed_account_ends_the_mandate_and_a_lack_of_money_does_not():
    assert ends_mandate("AC04")
    assert not ends_mandate("AM04")
    assert reason_words("AM04") == "la provision est insuffisante"
    assert reason_words("ZZ99") == "motif ZZ99 de la banque"
