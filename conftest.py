"""What every test shares: which tests run where, an empty cache, templates that name only what exists."""

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.template.base import FilterExpression, Node

from castres_portal.base import workload
from castres_portal.tests.schema import begin_from_kept_schema

BROWSER_TESTS = Path(__file__).parent / "castres_portal" / "tests" / "browser"

hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
# For tools/mutants: whether a test fails, not the smallest example; the same ones for each mutant.
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(wrapper=True)  # before pytest-xdist's own, which reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Tests of the running site follow one another in one process; what needs PostgreSQL is left out on SQLite."""
    on_postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300), append=False)
        if item.get_closest_marker("browser") or item.get_closest_marker("serial"):
            item.add_marker(pytest.mark.xdist_group("serial"))
        if item.get_closest_marker("postgres") and not on_postgresql:
            reason = "demande PostgreSQL : tools/with-services .venv/bin/python -m pytest …"
            item.add_marker(pytest.mark.skip(reason=reason))
    yield
    if getattr(config.option, "loadgroup", False):
        scattered = [
            item.nodeid for item in items if "serial" in groups_of(item) and not item.nodeid.endswith("@serial")
        ]
        if scattered:
            raise pytest.UsageError(f"pytest-xdist ne tient plus ses groupes : {scattered[0]}")


def groups_of(item: pytest.Item) -> set[str]:
    """Return the names of the groups of pytest-xdist that a test belongs to."""
    return {str(mark.args[0]) for mark in item.iter_markers("xdist_group") if mark.args}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_use_migrations: bool, django_db_keepdb: bool
) -> None:
    """Begin with the schema that an earlier run migrated, as long as nothing that decides it has changed."""
    if django_db_use_migrations and not django_db_keepdb:
        begin_from_kept_schema(connection)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test inherits another's throttles."""
    cache.clear()


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is busy with what another did."""
    monkeypatch.setattr(workload, "at_work", workload.Gauge())


@pytest.fixture(scope="session", autouse=True)
def _strict_templates() -> None:
    """An undefined variable in a template of ours fails the test; the libraries' templates keep Django's tolerance."""
    undefined = UndefinedVariable()
    # In the settings too: a test that overrides some of them has the engines made anew.
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = undefined
    for engine in engines.all():
        engine.engine.string_if_invalid = undefined


@pytest.fixture
def on_postgresql() -> bool:
    """Say whether the tests run on PostgreSQL."""
    return bool(connection.vendor == "postgresql")


class UndefinedVariable(str):
    """What Django puts in the place of a variable that does not exist: nothing for a library, a failure for us.

    ``{{ name|default:"" }}`` says that the name may be absent: it passes.
    """

    __slots__ = ()

    def __new__(cls) -> "UndefinedVariable":
        return super().__new__(cls, "")

    def __bool__(self) -> bool:
        return _template_of_ours(inspect.currentframe()) is not None

    def __contains__(self, text: object) -> bool:
        return text == "%s"

    def __mod__(self, variable: object) -> str:
        template = _template_of_ours(inspect.currentframe())
        raise AssertionError(f"variable « {variable} » absente du contexte de {template}")


def _template_of_ours(frame: FrameType | None) -> str | None:
    """Return the template of ours that is being rendered, or None: a library's, or a variable said to be optional."""
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, FilterExpression):
            if any(function.__name__ in ("default", "default_if_none") for function, _ in node.filters):
                return None
        elif isinstance(node, Node) and getattr(node, "origin", None) is not None:
            name = str(node.origin.name)
            ours = Path(name).is_relative_to(settings.BASE_DIR) and "site-packages" not in name
            return name if ours else None
        frame = frame.f_back
    return None


@pytest.fixture(scope="session")
def complete_run() -> bool:
    """Say whether this is the whole suite of `make test`, where nothing may be left out for want of a server."""
    return os.environ.get("PORTAL_TEST_COMPLETE") == "1"
