"""The environment of the tests, set before Django reads its settings (a pytest plugin named in pytest.ini).

TEST_DATABASE_URL and REDIS_URL, which `tools/with-services` gives, choose PostgreSQL and Redis; without them the tests run on
SQLite with a cache in memory. Nothing else of the caller's environment reaches the portal.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from urllib.parse import urlsplit

FOREIGN = (
    "DATABASE_",
    "FIELD_KEYS",
    "FRANCECONNECT_",
    "SIMULATOR_",
    "MAIL_",
    "PAYZEN_",
    "BANK_",
    "FRANCECONNECT_",
    "SIMULATOR_",
    "API_PARTICULIER_",
    "PORTAL_CLOCK",
    "STATIC_ROOT",
    "PRIVATE_ROOT",
    "REDIS_PREFIX",
    "CLAMAV_",
    "DOCUMENT_",
)
STACK_REDIS = 15  # the Redis database of the running site; those of the test processes are 1, 2…


def redis_database(url: str, number: int) -> str:
    """Return the address of another database of the same Redis."""
    return urlsplit(url)._replace(path=f"/{number}").geturl()


def set_environment() -> None:
    """Give this test process settings, a data folder and a Redis database of its own."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    folder = tempfile.mkdtemp(prefix="castres-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "PORTAL_ENV": "test",
        "DATA_DIR": folder,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CODE_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SITE_URL": "http://testserver",
        "PAYZEN_SITE_ID": "12345678",
        "PAYZEN_MODE": "TEST",
        "PAYZEN_KEY": "testdemonstrationkey",
        "PAYZEN_REST_PASSWORD": "testpassword_demonstration",
        # Nobody listens there: a test that forgets to replace the bank is refused at once.
        "PAYZEN_FORM_URL": "http://127.0.0.1:9/vads-payment/",
        "PAYZEN_REST_URL": "http://127.0.0.1:9/api-payment/V4/",
        "FRANCECONNECT_CLIENT_ID": "portail-d-essai",
        "FRANCECONNECT_CLIENT_SECRET": secrets.token_urlsafe(32),
        "FRANCECONNECT_BASE_URL": "http://127.0.0.1:9/api/v2",
        "API_PARTICULIER_TOKEN": secrets.token_urlsafe(32),
        "API_PARTICULIER_RECIPIENT": "00000000000000",
        "API_PARTICULIER_BASE_URL": "http://127.0.0.1:9",
    }
    if database := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = database
    if redis := os.environ.get("REDIS_URL"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        os.environ["REDIS_URL"] = redis_database(redis, 1 + int(worker))


def pytest_configure() -> None:
    """Make the folders that WhiteNoise warns of when they do not exist: a process may run pytest more than once (mutmut)."""
    os.makedirs(os.path.join(os.environ["DATA_DIR"], "static"), exist_ok=True)


def pytest_unconfigure() -> None:
    """Remove the data folder now: a process of pytest-xdist leaves without its exit functions."""
    shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


set_environment()
