"""Every address is private unless it stands in the one list of public ones."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# What anybody may open. A new page is private until somebody adds it here.
PUBLIC = {
    "home",
    "activities",
    "practical_info",
    "legal",
    "terms",
    "accessibility",
    "contact",
    "reservations:simulation",
    "reservations:menus",
    # The signed link of a mail is the key: it books the days of one reminder, or stops the reminders, and nothing else.
    "reservations:reminder",
    "reservations:stop_reminders",
    "reservations:agenda_feed",  # read by programs: the secret of the address is the key
    "contact_sent",
    "cookies",
    "site_map",
    "new_request",
    "news",
    "news_list",
    "news_feed",
    # The règlement in force; an old version asks to sign in.
    "documents:regulation",
    "documents:regulation_pdf",
    "health",
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
    "mfa_login_webauthn",
    "mfa_authenticate",
    "families:personal_data",
    "franceconnect_start",
    "franceconnect_callback",
    "franceconnect_unknown",
    "franceconnect_forget",
    "franceconnect_sign_out",
    "franceconnect_signed_out",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "families:activate",
    "families:activate_account",
    "families:activation_sent",
    "families:activation_confirm",
    "families:follow",  # for who wrote without an account: the signed link is the key
    "documents:check",  # for whoever receives a paper of the town
    "documents:check_token",
    "billing:return",
    "billing:payzen_ipn",
    "billing:payzen_ipn_without_slash",
    "billing:payfip_notification",
    "billing:payfip_notification_without_slash",
    # The demonstration shows its mails and codes to whoever runs it; these pages do not exist elsewhere.
    "demo:*",
}
SIGN_IN = re.compile(r"^/compte/connexion/\?next=|^/admin/login/\?next=")
SAMPLES = {
    "int": "1",
    "slug": "restauration",
    "str": "2610000001",
    "uuid": "11111111-2222-4333-8444-555555555555",
    "path": "chemin",
    "month": "2026-11",
    "day": "2026-11-26",
    "week": "2026-W48",
}


def addresses(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Yield the full name and a sample path of every address of the site."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            inside = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, route, inside)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", "/" + sample_path(route)


def sample_path(route: str) -> str:
    """Fill a route with plausible values."""
    path = re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: _sample(m.group(1), m.group(2)), route)
    path = re.sub(r"\(\?P<\w+>\[\^/\]\+\)|\(\?P<\w+>\.\+\)|\(\?P<\w+>[^)]*\)", "abc", path)
    return path.replace("\\Z", "").replace("$", "").replace("?", "").replace("(.*)", "")


def _sample(kind: str | None, name: str) -> str:
    if "month" in name:
        return "2026-11"
    return SAMPLES.get(kind or "str", "1")


def is_public(name: str) -> bool:
    space, _, _ = name.partition(":")
    return name in PUBLIC or f"{space}:*" in PUBLIC


ALL = sorted({(name, path) for name, path in addresses()})


def test_the_walk_finds_the_site():
    names = {name for name, _ in ALL}
    assert {"dashboard", "families:requests", "reservations:calendar", "billing:pay", "admin:index"} <= names
    assert len(ALL) > 80


@pytest.mark.django_db
def test_a_visitor_who_has_not_signed_in_is_sent_to_sign_in(client: Client):
    open_doors = {}
    for name, path in ALL:
        if not is_public(name):
            for response in (client.get(path), client.post(path)):
                if response.status_code != 302 or not SIGN_IN.match(response["Location"]):
                    open_doors[name, path] = response.status_code
    assert open_doors == {}


@pytest.mark.django_db
def test_a_public_address_does_not_ask_to_sign_in(client: Client):
    closed_doors = {}
    for name, path in ALL:
        if is_public(name):
            response = client.get(path)
            leads_to = response.get("Location", "")
            if response.status_code not in (200, 302, 400, 404, 405) or "?next=" in leads_to:
                closed_doors[name, path] = (response.status_code, leads_to)
    assert closed_doors == {}


@pytest.mark.django_db
def test_addresses_that_people_see_are_in_french():
    english = {"login", "logout", "signup", "password", "email", "confirm", "reset", "sessions", "invoice", "pay"}
    for name, path in ALL:
        if not path.startswith("/admin/"):
            assert not english & set(re.split(r"[/\-]", path)), f"{name} : {path}"


@pytest.mark.django_db
def test_the_security_headers_are_sent(client: Client):
    response = client.get("/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
