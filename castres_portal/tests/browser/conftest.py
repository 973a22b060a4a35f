"""The running site, as a visitor meets it: web server, worker with its scheduler, test bank, and a real browser.

``stack`` has a PostgreSQL database, a Redis database, a data folder and a clock of its own; it starts once and serves every
test of the serial group. ``phone`` and ``desktop`` are pages of a new visitor; ``page`` runs a test at both widths; ``visit``
opens as many visitors as a test needs.
"""

import contextlib
import email
import email.policy
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from castres_portal.demo.processes import Child, answers, end_all, free_port, last_lines, wait_until
from castres_portal.demo.supervisor import collect_command, web_command, worker_command
from castres_portal.tests.environment import STACK_REDIS, redis_database

PROJECT = Path(__file__).resolve().parents[3]
ARTIFACTS = PROJECT / "artifacts"
FIRST_INSTANT = "2026-11-19T12:06"
CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
PATIENCE_MS = 15_000  # a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Let the fixtures know, as they end, whether the test failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


class Stack:
    """The running site."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.clock = folder / "clock"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.bank_port = free_port()
        self.bank_url = f"http://127.0.0.1:{self.bank_port}"
        self.identity_port = free_port()
        self.identity_url = f"http://127.0.0.1:{self.identity_port}"
        self.quotient_port = free_port()
        self.quotient_url = f"http://127.0.0.1:{self.quotient_port}"
        self.server_url = database_url
        self.database = f"portal_stack_{os.getpid()}"
        self.database_url = urlsplit(database_url)._replace(path=f"/{self.database}").geturl()
        self.redis_url = redis_database(redis_url, STACK_REDIS)
        self.environment = self._environment()
        self.children: list[Child] = []
        self.web = self._child("web", *web_command(self.port))
        self.worker = self._child("worker", *worker_command())
        bank = ("-m", "billing.payzen.simulator", "--port", str(self.bank_port), "--data", str(folder / "bank"))
        self.bank = self._child("bank", *bank)
        identity = ("-m", "accounts.franceconnect.simulator", "--port", str(self.identity_port))
        self.identity = self._child("identity", *identity)
        caf = ("-m", "families.api_particulier.simulator", "--port", str(self.quotient_port))
        self.caf = self._child("caf", *caf)

    # --- What tests use -----------------------------------------------------------------------------------------------

    def set_clock(self, instant: str) -> None:
        """Set the date of every process: ``2026-11-19T12:06``, Paris wall clock; time flows on from it."""
        new = self.clock.with_suffix(".new")
        new.write_text(f"{instant}@{time.time():.3f}", encoding="utf-8")
        new.replace(self.clock)

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py on the site's database; return what it printed. Fails with its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run(self, code: str) -> str:
        """Run a few lines of Python inside the portal, on the site's database; return what they printed."""
        return self.manage("shell", "--no-imports", "--command", code)

    def mails(self) -> list[EmailMessage]:
        """Return the mails sent so far, oldest first."""
        files = sorted((self.data / "courriels").glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def wait_for_mail(self, to: str, subject: str = "", seconds: float = 30) -> EmailMessage:
        """Wait for a mail to this address whose subject holds these words; return the last one."""
        found: list[EmailMessage] = []

        def has_come() -> bool:
            found[:] = [mail for mail in self.mails() if to in str(mail["To"]) and subject in str(mail["Subject"])]
            return bool(found)

        sent = [(str(mail["To"]), str(mail["Subject"])) for mail in self.mails()]
        assert wait_until(has_come, seconds), f"aucun courriel « {subject} » à {to} ; envoyés : {sent}"
        return found[-1]

    def logs(self) -> str:
        """Return the end of each program's log."""
        return "\n\n".join(f"--- {child.name} ({child.log})\n{last_lines(child.log, 40)}" for child in self.children)

    # --- Beginning and end --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the databases and start every program; raises AssertionError with the logs when the site stays silent."""
        for name in ("private", "courriels"):
            (self.data / name).mkdir(parents=True)
        self.set_clock(FIRST_INSTANT)
        self._sql(f'CREATE DATABASE "{self.database}"')
        self._redis().flushdb()
        collection = self._child("collectstatic", *collect_command())
        self.children.remove(collection)
        collection.start()
        try:
            self.manage("migrate", "--noinput", "--verbosity", "0")
            wait_until(lambda: not collection.is_running(), 110)
            assert collection.process.poll() == 0, last_lines(collection.log)
        finally:
            collection.end(grace=0)
        for child in self.children:
            child.start()
        wait_until(lambda: answers(f"{self.url}/sante/") or not self.web.is_running(), 60)
        assert answers(f"{self.url}/sante/"), f"le site ne répond pas\n{self.logs()}"
        assert wait_until(lambda: answers(f"{self.bank_url}/"), 30), f"la banque ne répond pas\n{self.logs()}"

    def stop(self) -> None:
        """Stop every program and remove the databases."""
        end_all(self.children)
        with contextlib.suppress(psycopg2.Error):
            self._sql(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        with contextlib.suppress(redis.RedisError):
            self._redis().flushdb()

    def _child(self, name: str, *command: str) -> Child:
        child = Child(
            name, [sys.executable, *command], log=self.folder / f"{name}.log", env=self.environment, cwd=PROJECT
        )
        self.children.append(child)
        return child

    def _sql(self, statement: str) -> None:
        connection = psycopg2.connect(self.server_url)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def _redis(self) -> "redis.Redis":
        return redis.Redis.from_url(self.redis_url)

    def _environment(self) -> dict[str, str]:
        payzen_key = "demonstration" + secrets.token_hex(12)
        rest_password = "testpassword_demonstration" + secrets.token_hex(12)
        identity_secret = secrets.token_hex(20)
        return os.environ | {
            "PORTAL_ENV": "demo",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "default",
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SITE_URL": self.url,
            "PORTAL_CLOCK": f"file:{self.clock}",
            "PAYZEN_KEY": payzen_key,
            "PAYZEN_REST_PASSWORD": rest_password,
            "PAYZEN_FORM_URL": f"{self.bank_url}/vads-payment/",
            "PAYZEN_REST_URL": f"{self.bank_url}/api-payment/V4/",
            "FRANCECONNECT_CLIENT_SECRET": identity_secret,
            "FRANCECONNECT_BASE_URL": f"{self.identity_url}/api/v2",
            "API_PARTICULIER_BASE_URL": self.quotient_url,
            "SIMULATOR_TOKEN": os.environ["API_PARTICULIER_TOKEN"],
            "SIMULATOR_CLIENT_ID": os.environ["FRANCECONNECT_CLIENT_ID"],
            "SIMULATOR_CLIENT_SECRET": identity_secret,
            "SIMULATOR_REDIRECT_URI": f"{self.url}/compte/franceconnect/retour/",
            "SIMULATOR_SIGNED_OUT_URI": f"{self.url}/compte/franceconnect/deconnexion/retour/",
            "BANK_SITE_ID": os.environ["PAYZEN_SITE_ID"],
            "BANK_KEY": payzen_key,
            "BANK_ALGORITHM": "sha256",
            "BANK_REST_PASSWORD": rest_password,
            "BANK_RULE_URL": f"{self.url}/paiement/payzen/ipn/",
        }


def _missing(complete: bool, reason: str) -> None:
    """Leave the test out for want of a server, except in the whole suite, where this is a failure."""
    if complete:
        pytest.fail(reason)
    pytest.skip(f"{reason} : tools/with-services .venv/bin/python -m pytest …")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, complete_run: bool) -> Iterator[Stack]:
    """The running site, once for all the tests of the serial group."""
    database_url, redis_url = os.environ.get("TEST_DATABASE_URL"), os.environ.get("REDIS_URL")
    if not database_url or not redis_url:
        _missing(complete_run, "demande PostgreSQL et Redis")
    running = Stack(tmp_path_factory.mktemp("stack"), str(database_url), str(redis_url))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def browser(complete_run: bool) -> Iterator[Browser]:
    """Debian's Chromium, headless (CHROMIUM names another one)."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        _missing(complete_run, "demande Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, where Django would refuse its database to the other tests.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        try:
            yield chromium
        finally:
            chromium.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(request: pytest.FixtureRequest, stack: Stack, browser: Browser) -> Iterator[Visit]:
    """Open a page for a new visitor: ``visit("phone")``, ``visit("desktop", java_script_enabled=False)``."""
    contexts: list[BrowserContext] = []
    pages: list[Page] = []

    def open_page(screen: str = "desktop", **options: Any) -> Page:
        context = browser.new_context(
            base_url=stack.url, locale="fr-FR", timezone_id="Europe/Paris", **SCREENS[screen], **options
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        pages.append(page)
        return page

    yield open_page
    if request.node.stash.get(FAILED, False):
        _keep_evidence(request.node, stack, pages)
    for context in contexts:
        context.close()


def _keep_evidence(node: pytest.Item, stack: Stack, pages: list[Page]) -> None:
    """Keep each visitor's screen and the programs' logs of a failed test, in a folder that git ignores."""
    folder = ARTIFACTS / re.sub(r"[^\w.-]+", "_", node.name)
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, start=1):
        with contextlib.suppress(Exception):
            page.screenshot(path=folder / f"visitor-{number}.png", full_page=True)
            (folder / f"visitor-{number}.html").write_text(page.content(), encoding="utf-8")
    (folder / "logs.txt").write_text(stack.logs(), encoding="utf-8")
    where = "\n".join(f"{page.url}" for page in pages)
    node.add_report_section("teardown", "evidence", f"{folder}\n{where}")


@pytest.fixture
def phone(visit: Visit) -> Page:
    """A new visitor on a phone, 390 × 844."""
    return visit("phone")


@pytest.fixture
def desktop(visit: Visit) -> Page:
    """A new visitor on a desktop, 1280 × 900."""
    return visit("desktop")


@pytest.fixture(params=["phone", "desktop"])
def page(request: pytest.FixtureRequest, visit: Visit) -> Page:
    """A new visitor, on a phone and then on a desktop."""
    return visit(request.param)


@pytest.fixture(scope="session")
def town(stack: Stack) -> Stack:
    """The running site with a small town, filled on 21 September 2026."""
    stack.set_clock("2026-09-21T08:00")
    stack.manage("seed_demo", "--families", "6", "--today", "2026-09-21", "--months", "3")
    return stack
