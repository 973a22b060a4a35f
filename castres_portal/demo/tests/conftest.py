"""The order of the visits of the demonstration's towns."""

from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-randomly
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Let the visits of one town follow one another, towns and visits in any order: a town is filled once for all of them."""
    yield
    first: dict[object, int] = {}
    for place, item in enumerate(items):
        first.setdefault(_town(item), place)
    items.sort(key=lambda item: first[_town(item)])


def _town(item: pytest.Item) -> object:
    """Return the day of the town that a test visits; a test that visits none is alone."""
    call = getattr(item, "callspec", None)
    return (call.params.get("filled") if call else None) or item.nodeid
