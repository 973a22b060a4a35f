"""Numbers without gap."""

import pytest
from django.db import transaction

from castres_portal.base.numbering import take_numbers

pytestmark = pytest.mark.django_db


def test_a_series_starts_at_one_and_goes_on():
    with transaction.atomic():
        assert take_numbers("factures-2610") == 1
        assert take_numbers("factures-2610", 3) == 2
        assert take_numbers("factures-2610") == 5
        assert take_numbers("factures-2611") == 1


def test_numbers_of_work_that_failed_are_given_again():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        take_numbers("factures-2610", 10)
        raise ZeroDivisionError

    with transaction.atomic():
        assert take_numbers("factures-2610") == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_taken_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        take_numbers("factures-2610")
