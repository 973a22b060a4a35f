import pytest

from . import world


@pytest.fixture
def noon(settings):
    """The portal's clock shows 19 November 2026, 12:06 in Paris, and flows."""
    before = settings.PORTAL_CLOCK
    settings.PORTAL_CLOCK = before  # so that the fixture puts it back, whatever the test shows
    world.show(world.CLICKED_AT)


@pytest.fixture
def martins(db):
    return world.household("F000001", "Martin", adults=("claire", "paul"))


@pytest.fixture
def durands(db):
    return world.household("F000002", "Durand")


@pytest.fixture
def invoice(martins, noon):
    """October's invoice of the Martins, 63.98 €, payable until 30 November 23:59."""
    return world.invoice(martins)


@pytest.fixture
def attempt(invoice):
    """Claire Martin clicked on « Payer » at 12:06."""
    return world.attempt(invoice)
