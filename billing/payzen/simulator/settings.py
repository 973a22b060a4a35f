"""Django settings of the bank's own process; nothing here comes from the portal."""

import os
import secrets
from pathlib import Path

from .config import read_shop

SHOP = read_shop(os.environ)
DATA = Path(os.environ.get("BANK_DATA", ".")).resolve()

SECRET_KEY = os.environ.get("BANK_SECRET") or secrets.token_urlsafe(50)
DEBUG = False
# Every port of the machine shares its cookies: names of its own keep the shop's safe.
CSRF_COOKIE_NAME = "banque_csrf"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "Europe/Paris"
LANGUAGE_CODE = "fr"
ROOT_URLCONF = "billing.payzen.simulator.urls"
INSTALLED_APPS = ["billing.payzen.simulator.apps.BankConfig"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "billing.payzen.simulator.middleware.SafePages",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "banque.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # Fictive money: what a power cut could lose is not worth a disk wait at each step.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
        },
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s banque %(levelname)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "bank": {"handlers": ["console"], "level": "INFO"},
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
