import pytest

from billing.tests.payments.conftest import noon  # noqa: F401  (a fixture)

from .world import Town


@pytest.fixture
def town(db, noon):  # noqa: F811
    """October is invoiced; one household paid by card, one by cheque, one has not paid."""
    return Town()
