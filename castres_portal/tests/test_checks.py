"""A production that is not ready is told so, in French."""

from datetime import date
from decimal import Decimal

import pytest

from castres_portal import checks

READY = {
    "PRODUCTION": True,
    "PORTAL_CLOCK": "",
    "SECRET_KEY": "s" * 60,
    "CODE_KEY": "c" * 60,
    "FIELD_KEYS": ["A" * 43 + "=", "B" * 42 + "A="],
    "ALLOWED_HOSTS": ["espace.example.org"],
    "SITE_URL": "https://espace.example.org",
    "EMAIL_HOST": "smtp.example.org",
    "DEFAULT_FROM_EMAIL": "espace@example.org",
    "MAIL_SECURITY": "starttls",
    "DATABASE_URL": "postgres://localhost/portail",
    "REDIS_URL": "redis://localhost",
    "CLAMAV_URL": "tcp://localhost:3310",
    "PAYZEN": {
        "SITE_ID": "12345678",
        "MODE": "PRODUCTION",
        "KEY": "k" * 16,
        "ALGORITHM": "sha256",
        "FORM_URL": "https://secure.payzen.eu/vads-payment/",
        "REST_URL": "https://api.payzen.eu/api-payment/V4/",
        "REST_PASSWORD": "prodpassword_" + "p" * 20,
    },
    "API_PARTICULIER": {
        "TOKEN": "t" * 40,
        "RECIPIENT": "12345678901234",
        "BASE_URL": "https://particulier.api.gouv.fr",
        "TIMEOUT": 8.0,
    },
    "FRANCECONNECT": {
        "CLIENT_ID": "portail",
        "CLIENT_SECRET": "s" * 40,
        "BASE_URL": "https://oidc.franceconnect.gouv.fr/api/v2",
        "ALGORITHMS": ["ES256"],
        "TIMEOUT": 5.0,
    },
}


@pytest.fixture
def production(settings):
    for name, value in READY.items():
        setattr(settings, name, value)
    return settings


def said(settings) -> list[str]:
    return [problem.id for problem in [*checks.clock_is_real(None), *checks.production_is_ready(None)]]


def test_a_production_that_is_ready_is_left_in_peace(production):
    assert said(production) == []


@pytest.mark.parametrize(
    "name, value, problem",
    [
        ("PORTAL_CLOCK", "2026-11-19T12:06", "portail.E001"),
        ("SECRET_KEY", "a-remplacer-par-SECRET_KEY", "portail.E010"),
        ("SECRET_KEY", "court", "portail.E010"),
        ("CODE_KEY", "a-remplacer-par-CODE_KEY", "portail.E011"),
        ("CODE_KEY", "s" * 60, "portail.E012"),
        ("FIELD_KEYS", [], "portail.E013"),
        ("FIELD_KEYS", ["trop-courte"], "portail.E014"),
        ("FIELD_KEYS", ["A" * 43 + "=", "s" * 60], "portail.E014"),
        ("ALLOWED_HOSTS", ["*"], "portail.E020"),
        ("SITE_URL", "http://espace.example.org", "portail.E021"),
        ("SITE_URL", "https://autre.example.org", "portail.E022"),
        ("EMAIL_HOST", "", "portail.E030"),
        ("DEFAULT_FROM_EMAIL", "", "portail.E031"),
        ("MAIL_SECURITY", "ssl", "portail.E032"),
        ("MAIL_SECURITY", "none", "portail.W033"),
        ("FAMILY_IDLE_MINUTES", 1, "portail.E070"),
        ("AGENT_IDLE_MINUTES", 600, "portail.E070"),
        ("DATABASE_URL", "sqlite:///x", "portail.W050"),
        ("REDIS_URL", "", "portail.W051"),
        ("CLAMAV_URL", "", "portail.W060"),
        ("CLAMAV_URL", "localhost:3310", "portail.E061"),
        ("WEB_THREADS", 0, "portail.E066"),
    ],
)
def test_what_is_missing_or_unsafe_is_said(production, name, value, problem):
    setattr(production, name, value)
    assert problem in said(production)


@pytest.mark.parametrize(
    "name, changes, problem",
    [
        ("TILL", {"means": ("carte", "troc")}, "portail.E090"),
        ("UNPAID", {"treasury_least": Decimal("14.99")}, "portail.E091"),
        ("UNPAID", {"reminder_days": (30, 8)}, "portail.E092"),
        ("UNPAID", {"reminder_days": (8, 8)}, "portail.E092"),
        ("UNPAID", {"reminder_days": (0, 8)}, "portail.E092"),
    ],
)
def test_a_regie_that_would_break_its_act_or_the_law_is_said(production, name, changes, problem):
    setattr(production, name, {**getattr(production, name), **changes})
    assert said(production) == [problem]


@pytest.mark.parametrize(
    "name, value", [("KEY", ""), ("SITE_ID", "12"), ("MODE", "PROD"), ("REST_PASSWORD", "testpassword_x")]
)
def test_a_shop_that_cannot_be_paid_is_said(production, name, value):
    production.PAYZEN = {**production.PAYZEN, name: value}
    assert "portail.E040" in said(production)


@pytest.mark.parametrize(
    "changes",
    [
        {"CLIENT_SECRET": ""},
        {"CLIENT_ID": ""},
        {"BASE_URL": "http://oidc.franceconnect.gouv.fr/api/v2"},
        {"BASE_URL": "https://"},
        {"ALGORITHMS": []},
        {"ALGORITHMS": ["ES256", "HS256"]},
        {"ALGORITHMS": ["none"]},
    ],
)
def test_a_franceconnect_that_is_not_safe_is_said(production, changes):
    production.FRANCECONNECT = {**production.FRANCECONNECT, **changes}
    assert "portail.E060" in said(production)


def test_a_town_without_franceconnect_is_left_in_peace(production):
    production.FRANCECONNECT = {**production.FRANCECONNECT, "CLIENT_ID": "", "CLIENT_SECRET": "", "BASE_URL": ""}
    assert said(production) == []


@pytest.mark.parametrize(
    "changes, problem",
    [
        ({"TOKEN": ""}, "portail.E061"),
        ({"RECIPIENT": ""}, "portail.E061"),
        ({"RECIPIENT": "2181006570001"}, "portail.E062"),
        ({"RECIPIENT": "SIRET de la Ville"}, "portail.E062"),
        ({"BASE_URL": "http://particulier.api.gouv.fr"}, "portail.E063"),
    ],
)
def test_an_api_particulier_that_is_not_safe_is_said(production, changes, problem):
    production.API_PARTICULIER = {**production.API_PARTICULIER, **changes}
    assert said(production) == [problem]


def test_a_town_without_api_particulier_is_left_in_peace(production):
    production.API_PARTICULIER = {"TOKEN": "", "RECIPIENT": "", "BASE_URL": "", "TIMEOUT": 8.0}
    assert said(production) == []


def test_a_clock_that_cannot_be_read_is_said_everywhere(settings):
    settings.PORTAL_CLOCK = "demain"
    assert said(settings) == ["portail.E002"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mails": ["cuisine"]}, "KITCHEN_MAILS"),
        ({"rare_diet": 1}, "KITCHEN_RARE_DIET"),
    ],
)
def test_a_kitchen_that_would_tell_nobody_or_too_much_is_said(production, settings, changes, problem):
    settings.KITCHEN = {**settings.KITCHEN, "mails": ["cuisine@example.org"]}
    assert not [found for found in checks.production_is_ready(None) if "KITCHEN" in found.msg]

    settings.KITCHEN = {**settings.KITCHEN, **changes}

    assert [found for found in checks.production_is_ready(None) if problem in found.msg]


@pytest.mark.parametrize(
    "until, problem", [("2026-11-30", []), ("2026-11-18", ["portail.W042"]), ("2027-01-30", ["portail.W043"])]
)
def test_a_payment_key_that_was_replaced_is_not_kept_for_long(production, until, problem, monkeypatch):
    monkeypatch.setattr(checks.clock, "today", lambda: date(2026, 11, 19))
    production.PAYZEN = {**production.PAYZEN, "PREVIOUS_KEY": "p" * 16, "PREVIOUS_KEY_UNTIL": until}
    assert said(production) == problem


@pytest.mark.parametrize(
    "chosen, numcli, saisie, problem",
    [
        (["payzen"], "", "T", []),
        (["payfip"], "006382", "W", []),
        (["payzen", "payfip"], "", "W", ["portail.E045"]),
        (["payfip"], "006382", "X", ["portail.W046"]),
        ([], "006382", "W", ["portail.E044"]),
        (["paypal"], "006382", "W", ["portail.E044"]),
    ],
)
def test_each_way_to_pay_that_is_open_is_checked_and_no_other(production, chosen, numcli, saisie, problem):
    production.PAYMENT_PROVIDERS = chosen
    production.PAYFIP = {**production.PAYFIP, "NUMCLI": numcli, "SAISIE": saisie}
    assert said(production) == problem


@pytest.mark.parametrize(
    "count, days, least, problem",
    [
        (0, 1, 0, []),
        (3, 30, 100, []),
        (1, 30, 100, ["portail.E054"]),
        (3, 7, 100, ["portail.E055"]),
        (12, 40, 100, ["portail.E055"]),
        (3, 30, 0, ["portail.E056"]),
    ],
)
def test_instalments_that_the_bank_would_debit_at_once_or_never_are_refused(production, count, days, least, problem):
    production.INSTALMENTS = {"count": count, "days": days, "least": least}
    assert said(production) == problem
