from collections.abc import Iterator

import pytest

from .bank import Bank, start_bank
from .merchant import Merchant, open_shop


@pytest.fixture(scope="session")
def rule_shop() -> Iterator[Merchant]:
    with open_shop() as merchant:
        yield merchant


@pytest.fixture(scope="session")
def running_bank(tmp_path_factory: pytest.TempPathFactory, rule_shop: Merchant) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("banque")
    clock = folder / "clock"
    clock.write_text("2026-11-19T12:06")
    bank = start_bank(folder / "data", clock, rule_url=f"{rule_shop.url}regle/")
    yield bank
    bank.process.kill()
    bank.process.wait()


@pytest.fixture
def bank(running_bank: Bank) -> Bank:
    """The one running bank, emptied, at midday on 19 November 2026."""
    running_bank.clock.write_text("2026-11-19T12:06")
    running_bank.control("effacer/")
    return running_bank


@pytest.fixture
def shop(rule_shop: Merchant) -> Iterator[Merchant]:
    """A shop that has received nothing yet; it is also the one that the rules write to."""
    rule_shop.received.clear()
    rule_shop.status, rule_shop.answer, rule_shop.together = 200, "OK-reçu", None
    yield rule_shop
    rule_shop.together = None


@pytest.fixture
def order(bank: Bank, shop: Merchant) -> str:
    """An order whose payment page is open."""
    form = shop.form(bank.now())
    bank.post("vads-payment/", data=form).raise_for_status()
    return form["vads_order_id"]
