"""Settings of the portal, read from the environment.

``PORTAL_ENV`` says where we are: ``production`` (the default, and the strict one), ``demo`` or ``test``.
What is missing or unsafe in production is said in French by ``castres_portal.checks`` (``manage.py check --deploy``).
"""

import base64
import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env

from castres_portal import town
from castres_portal.schedule import SCHEDULE

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
PORTAL_ENV = env.str("PORTAL_ENV", "production")
PRODUCTION = PORTAL_ENV == "production"
DEMO = PORTAL_ENV == "demo"
TESTING = PORTAL_ENV == "test"
DEBUG = False

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
PORTAL_CLOCK = env.str("PORTAL_CLOCK", "")

# An unsafe value is allowed to load, so that `check` can say so in French; it is never used outside demo and tests.
SECRET_KEY = env.str("SECRET_KEY", "") or "a-remplacer-par-SECRET_KEY"
CODE_KEY = env.str("CODE_KEY", "") or "a-remplacer-par-CODE_KEY"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"] if not PRODUCTION else [])
SITE_URL = env.str("SITE_URL", "http://localhost:8000" if not PRODUCTION else "").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []

# --- Encrypted fields: the first key writes, the others still read (manage.py rotate_field_keys) ------------------------

FIELD_KEYS: list[str] = env.list("FIELD_KEYS", [])
if not FIELD_KEYS and not PRODUCTION:  # a demonstration has one secret to keep, not two
    FIELD_KEYS = [base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()]

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "castres_portal.base",
    "accounts",
    "families",
    "documents",
    "reservations",
    "billing",
    "castres_portal.apps.PortalConfig",
    "unfold.apps.BasicAppConfig",
    "castres_portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "crispy_forms",
    "crispy_bootstrap5",
    "bootstrap",
    "heroicons",
    "post_office",
    "health_check",
]
if DEMO or TESTING:
    INSTALLED_APPS.insert(7, "castres_portal.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "castres_portal.middleware.AdminContentSecurityPolicy",
    "castres_portal.middleware.CountedWork",
    "reservations.waiting_room.middleware.WaitingRoom",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInFirst",
    "accounts.middleware.SessionIdleTime",
    "accounts.devices.DeviceCookie",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "families.middleware.ChosenFamily",
    "reservations.waiting_room.middleware.WaitingRoomDoor",
]

ROOT_URLCONF = "castres_portal.urls"
WSGI_APPLICATION = "castres_portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "castres_portal.context_processors.portal",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, cache, tasks -----------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")
DATABASES = {"default": env.dj_db_url("DATABASE_URL", DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # One writer at a time, readers never wait, and a transaction takes its lock at its start rather than half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-32000;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "castres_portal.base.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "global_keyprefix": env.str("REDIS_PREFIX", "")}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    _broker = DATA_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.5,
    }

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Who signs in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# CNIL 2022-100: 50 bits with access throttled (12 characters here), no yearly renewal, no secret question.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.passwords.EntropyValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.FrenchCommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "add_email": "accounts.forms.AddEmailForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = False
# Who guesses is slowed down by accounts.throttle, which answers on the form itself; these are ceilings against a flood.
ACCOUNT_RATE_LIMITS = {
    "activation_mail": "6/h/key",
    "login": "120/m/ip",
    "login_failed": "5/5m/key",
    # Whoever checks the papers of a whole class is not stopped; whoever tries numbers is.
    "paper_check": "40/m/ip,400/h/ip",
    "quotient": "10/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
MFA_TOTP_ISSUER = "Espace Citoyens Castres"
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.ActivateApplicationForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers know passkeys over https, and on localhost for the demonstration and the tests.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "espace_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
FAMILY_IDLE_MINUTES = env.int("FAMILY_IDLE_MINUTES", 30)
AGENT_IDLE_MINUTES = env.int("AGENT_IDLE_MINUTES", 15)

# --- FranceConnect --------------------------------------------------------------------------------------------------

# The button exists once both keys are set; README says what to declare on the partner site.
FRANCECONNECT: dict[str, Any] = {
    "CLIENT_ID": env.str("FRANCECONNECT_CLIENT_ID", ""),
    "CLIENT_SECRET": env.str("FRANCECONNECT_CLIENT_SECRET", ""),
    "BASE_URL": env.str("FRANCECONNECT_BASE_URL", "https://oidc.franceconnect.gouv.fr/api/v2"),
    "ALGORITHMS": env.list("FRANCECONNECT_ALGORITHMS", ["ES256", "RS256"]),
    "TIMEOUT": env.float("FRANCECONNECT_TIMEOUT", 5.0),
}
SOCIALACCOUNT_ADAPTER = "accounts.franceconnect.adapter.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "accounts.franceconnect.provider.FranceConnectProvider"}
}
SOCIALACCOUNT_AUTO_SIGNUP = False

PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    ]
)

# --- Security headers -----------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_HTTPS_PROXY", PRODUCTION) else None
# PayZen counts a redirect as a success and loses the message, and PayFiP follows none: their addresses answer over any scheme.
SECURE_REDIRECT_EXEMPT = [r"^paiement/payzen/ipn/?$", r"^paiement/payfip/notification/?$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "espace_csrf"
CSRF_FAILURE_VIEW = "castres_portal.views.site.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Online payment -------------------------------------------------------------------------------------------------

# A credit that nothing owed has taken for so many days is on the comptable's list of refunds.
CREDIT_REFUND_AFTER_DAYS = env.int("CREDIT_REFUND_AFTER_DAYS", town.CREDIT_REFUND_AFTER_DAYS)
# Those that families may choose, in this order: payzen, payfip or both.
PAYMENT_PROVIDERS = env.list("PAYMENT_PROVIDERS", default=["payzen"])
# Payment in instalments by card (PayZen): how many (0: not offered), from how many euros, how many days between two.
INSTALMENTS = {
    "count": env.int("PAYMENT_INSTALMENTS", 0),
    "least": env.decimal("PAYMENT_INSTALMENTS_FROM", Decimal(100)),
    "days": env.int("PAYMENT_INSTALMENTS_DAYS", 30),
}
PAYFIP = {
    "NUMCLI": env.str("PAYFIP_NUMCLI", ""),
    "SAISIE": env.str("PAYFIP_SAISIE", "T"),
    "SERVICE_URL": env.str("PAYFIP_SERVICE_URL", "https://www.payfip.gouv.fr/tpa/services/securite"),
    "PAYMENT_URL": env.str("PAYFIP_PAYMENT_URL", "https://www.payfip.gouv.fr/tpa/paiementws.web"),
}
PAYZEN = {
    "SITE_ID": env.str("PAYZEN_SITE_ID", ""),
    "MODE": env.str("PAYZEN_MODE", "TEST"),
    "KEY": env.str("PAYZEN_KEY", ""),
    "ALGORITHM": env.str("PAYZEN_ALGORITHM", "sha256"),
    "FORM_URL": env.str("PAYZEN_FORM_URL", "https://secure.payzen.eu/vads-payment/"),
    "REST_URL": env.str("PAYZEN_REST_URL", "https://api.payzen.eu/api-payment/V4/"),
    "REST_PASSWORD": env.str("PAYZEN_REST_PASSWORD", ""),
    "PREVIOUS_KEY": env.str("PAYZEN_PREVIOUS_KEY", ""),
    "PREVIOUS_KEY_UNTIL": env.str("PAYZEN_PREVIOUS_KEY_UNTIL", ""),
}
_banks = [
    urlsplit(url)
    for provider, url in (("payzen", PAYZEN["FORM_URL"]), ("payfip", PAYFIP["PAYMENT_URL"]))
    if provider in PAYMENT_PROVIDERS
]
# SEPA direct debits exist once the creditor's identifier (ICS) is set.
SEPA = {
    "ICS": env.str("SEPA_ICS", "").replace(" ", ""),
    "CREDITOR": env.str("SEPA_CREDITOR", "Ville de Castres, Espace Famille"),
    "IBAN": env.str("SEPA_IBAN", "").replace(" ", ""),
    "BIC": env.str("SEPA_BIC", "").replace(" ", ""),
}
_franceconnect = urlsplit(FRANCECONNECT["BASE_URL"]) if FRANCECONNECT["CLIENT_ID"] else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "form-action": [
            "'self'",
            *(f"{bank.scheme}://{bank.netloc}" for bank in _banks),
            # The button is a form, whose answer leads there.
            *([f"{_franceconnect.scheme}://{_franceconnect.netloc}"] if _franceconnect else []),
        ],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- Files ----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
PRIVATE_ROOT = env.path("PRIVATE_ROOT", DATA_DIR / "private")
STORAGES = {
    # Families' papers: outside any public folder, handed out by checked views only.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        ),
    },
}
WHITENOISE_USE_FINDERS = TESTING
WHITENOISE_AUTOREFRESH = False
# What is compressed already, and the libraries' source maps that no visitor asks for.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "jpg", "webp", "gif", "ico", "gz", "br", "zip", "woff", "woff2", "map")

# --- Supporting documents -------------------------------------------------------------------------------------------

# What one household may send: megabytes of a file, pages of a PDF, files of one send; files and megabytes of one day.
DOCUMENTS: dict[str, Any] = {
    "megabytes": env.int("DOCUMENT_MEGABYTES", 10),
    "pages": env.int("DOCUMENT_PAGES", 60),
    "files_per_send": env.int("DOCUMENT_FILES_PER_SEND", 10),
    "files": env.int("DOCUMENT_FILES_PER_DAY", 60),
    "day_megabytes": env.int("DOCUMENT_MEGABYTES_PER_DAY", 200),
    "reminder_days": env.list("DOCUMENT_REMINDER_DAYS", [30, 15, 1], subcast=int),
}
CLAMAV_URL = env.str("CLAMAV_URL", "")
CLAMAV_SECONDS = env.float("CLAMAV_SECONDS", 20)

# --- Mail -----------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = "post_office.EmailBackend"
_smtp = "django.core.mail.backends.smtp.EmailBackend"
POST_OFFICE = {
    "BACKENDS": {
        "default": {
            "production": _smtp,
            "demo": "castres_portal.demo.mailbox.MailboxBackend",
            "test": env.str("TEST_MAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend"),
        }.get(PORTAL_ENV, _smtp)
    },
    "CELERY_ENABLED": False,  # our own wake-up survives a broker that is down
    "DEFAULT_PRIORITY": "medium",
    "THREADS_PER_PROCESS": 2,
    "MAX_RETRIES": 8,
    "RETRY_INTERVAL": timedelta(minutes=10),
    "LOCK_FILE_NAME": str(DATA_DIR / "envoi-des-courriels"),
}
EMAIL_HOST = env.str("MAIL_HOST", "")
EMAIL_PORT = env.int("MAIL_PORT", 587)
EMAIL_HOST_USER = env.str("MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.str("MAIL_PASSWORD", "")
MAIL_SECURITY = env.str("MAIL_SECURITY", "starttls")
EMAIL_USE_TLS = MAIL_SECURITY == "starttls"
EMAIL_USE_SSL = MAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "" if PRODUCTION else "Espace Famille <demonstration@example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["castres_portal.formats"]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# --- API Particulier (quotient familial) ----------------------------------------------------------------------------

# « Récupérer mon quotient » exists once the token and the SIRET of the town are set.
API_PARTICULIER: dict[str, Any] = {
    "TOKEN": env.str("API_PARTICULIER_TOKEN", ""),
    "RECIPIENT": env.str("API_PARTICULIER_RECIPIENT", ""),
    "BASE_URL": env.str("API_PARTICULIER_BASE_URL", "https://particulier.api.gouv.fr"),
    "TIMEOUT": env.float("API_PARTICULIER_TIMEOUT", 8.0),
}

# --- The town -------------------------------------------------------------------------------------------------------

TOWN = town.TOWN
PAYMENT_WINDOW = town.PAYMENT_WINDOW
INVOICE_WORDS = town.INVOICE_WORDS
TILL = town.TILL
UNPAID = town.UNPAID
ACTIVATION = town.ACTIVATION
QUOTIENT = town.QUOTIENT
DOCUMENT_REFUSALS = town.DOCUMENT_REFUSALS
SERVICES = town.SERVICES
PROMISED_DAYS = town.PROMISED_DAYS

# --- A month's invoices -----------------------------------------------------------------------------------------------

# Démonstration: from which day of the month its predecessor is previewed by itself (0: never); the amounts (euros) and the
# difference with the month before (euros, and hundredths) from which the preview points at a household.
BILLING: dict[str, Any] = {
    "preview_day": env.int("BILLING_PREVIEW_DAY", 3),
    "abnormal": env.decimal("BILLING_ABNORMAL", Decimal(300)),
    "gap": env.decimal("BILLING_GAP", Decimal(30)),
    "gap_percent": env.int("BILLING_GAP_PERCENT", 60),
    # A month below this sum (euros; 0: none) is not invoiced by itself: its days go on the next invoice of the school year.
    "carry_below": env.decimal("BILLING_CARRY_BELOW", Decimal(0)),
}

# --- A family's file ------------------------------------------------------------------------------------------------

ADDRESS_NEEDS_PROOF = env.bool("ADDRESS_NEEDS_PROOF", town.ADDRESS_NEEDS_PROOF)

# --- Health sheets and yearly certification ---------------------------------------------------------------------------

HEALTH = town.HEALTH
CERTIFICATION = town.CERTIFICATION

# --- Appointments of the early childhood service ----------------------------------------------------------------------

APPOINTMENTS = town.APPOINTMENTS
# Reminders of usual days that are not booked: so many days before the last day to book (0: never), kept so many days after.
BOOKING_REMINDERS: dict[str, int] = {
    "days_before": env.int("BOOKING_REMINDER_DAYS", 2),
    "kept_days": env.int("BOOKING_REMINDERS_KEPT_DAYS", 90),
}

# A calendar program reads a household's feed so many times an hour at most.
ACCOUNT_RATE_LIMITS |= {"agenda": "60/h/key"}

# --- Web processes ------------------------------------------------------------------------------------------------------

# Threads of each, as the server is started with: the portal measures itself by them.
WEB_THREADS = env.int("WEB_THREADS", 4)

# --- The opening of a holiday period --------------------------------------------------------------------------------

# From its opening, for so many minutes, families come in by rank: so many a second at most (fewer while the site is busy), so
# many at once. A place inside lapses after so many seconds. Without Redis there is no room.
WAITING_ROOM: dict[str, Any] = {
    "enabled": bool(REDIS_URL) and env.bool("WAITING_ROOM", True),
    "rate": env.float("WAITING_ROOM_RATE", 32.0),
    "places": env.int("WAITING_ROOM_PLACES", 400),
    "minutes": env.int("WAITING_ROOM_MINUTES", 60),
    "hold": env.int("WAITING_ROOM_SECONDS", 300),
    "prefix": env.str("REDIS_PREFIX", ""),
}

# --- Attendance sheets ------------------------------------------------------------------------------------------------

ATTENDANCE = town.ATTENDANCE

# --- Papers that families edit ----------------------------------------------------------------------------------------

PAPERS = town.PAPERS

# --- Public space ---------------------------------------------------------------------------------------------------

LEGAL = town.LEGAL
CONTACT_SUBJECTS = town.CONTACT_SUBJECTS
# A message form has no captcha: so many messages per network address and per address of
# answer, and so many seconds to be filled in.
ACCOUNT_RATE_LIMITS |= {"contact": "6/h/ip,20/d/ip", "contact_mail": "4/h/key"}
CONTACT_LEAST_SECONDS = 4

# --- Personal data --------------------------------------------------------------------------------------------------

RETENTION = town.RETENTION
INACTIVITY_NOTICE_DAYS = town.INACTIVITY_NOTICE_DAYS
ACCOUNT_RATE_LIMITS |= {"data_export": "5/d/user"}

# --- Exported lists -------------------------------------------------------------------------------------------------

# Up to so many rows a list is handed out at once; a longer one is written by a worker.
EXPORT_ROWS_AT_ONCE = env.int("EXPORT_ROWS_AT_ONCE", 5000)

# --- The kitchen ----------------------------------------------------------------------------------------------------

# Whom the frozen orders are mailed to (empty: the accounts of the role « Cuisine »), and from how many children on a diet is
# told apart in a school once its day is over (démonstration).
KITCHEN: dict[str, Any] = {
    "mails": env.list("KITCHEN_MAILS", []),
    "rare_diet": env.int("KITCHEN_RARE_DIET", 3),
}

# --- Agents' back office --------------------------------------------------------------------------------------------

from castres_portal.admin_look import UNFOLD  # noqa: E402,F401  (needs nothing but reverse_lazy; kept beside the menu it draws)

AUDITLOG_INCLUDE_ALL_MODELS = False

SILENCED_SYSTEM_CHECKS = [] if PRODUCTION else ["account.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    # The address of a calendar feed is its key.
    "filters": {"without_secrets": {"()": "castres_portal.base.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "post_office": {"level": "WARNING"},
        # An address that we call may hold an identity.
        "urllib3": {"level": "INFO"},
    },
}
