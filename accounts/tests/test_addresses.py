"""Every page of allauth stands at a French address, and none of the names that it may ask for is missing."""

import re

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

ENGLISH = {
    "login",
    "logout",
    "signup",
    "password",
    "email",
    "accounts",
    "2fa",
    "sessions",
    "confirm",
    "recovery",
    "auth",
    "webauthn",
    "keys",
    "add",
    "remove",
    "edit",
    "reauthenticate",
}
# What this portal does not offer, so that allauth never asks for it.
NOT_OFFERED = {"account_request_login_code"}


def names_of(patterns):
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from names_of(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name


def names_of_allauth():
    from allauth import urls

    return sorted(set(names_of(urls.urlpatterns)) - NOT_OFFERED)


def own_addresses(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from own_addresses(entry, route)
        else:
            yield entry.name, route


@pytest.mark.parametrize("name", names_of_allauth())
def test_no_name_of_allauth_is_missing(name):
    for arguments in ([], ["a-key"], ["1", "a-key"], [1]):
        try:
            assert reverse(name, args=arguments).startswith("/compte/")
            return
        except NoReverseMatch:
            continue
    pytest.fail(f"no address for {name}")


def test_addresses_of_accounts_are_french():
    wrong = [
        (name, route)
        for name, route in own_addresses()
        if route.startswith("compte/") and set(re.split(r"[/-]", route)) & ENGLISH
    ]
    assert wrong == []
