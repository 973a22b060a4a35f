"""Talking to FranceConnect, server to server: its addresses, its keys, the exchange of a code, the identity.

Every call has a time-out and a largest size, follows no redirect and stays on FranceConnect's own host. Addresses and keys
are remembered for an hour; a key not known yet is looked for again, at most twice a minute.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.cache import cache
from urllib3.exceptions import HTTPError

from accounts.franceconnect import config, tokens
from accounts.franceconnect.rules import Identity

LARGEST_ANSWER = 200_000
REMEMBERED = 3600
REFETCH_PAUSE = 30
TOO_MANY, FIRST_SERVER_ERROR = 429, 500


class Unavailable(Exception):
    """FranceConnect is silent, slow, ill, or says something that nobody can read."""


class Refused(Exception):
    """FranceConnect does not accept what we sent: a code used or too old, keys that it does not know."""


@dataclass(frozen=True)
class Server:
    """FranceConnect's addresses, from its published configuration; ``pkce`` when it understands S256."""

    issuer: str
    authorize: str
    token: str
    userinfo: str
    jwks: str
    end_session: str
    pkce: bool


def server() -> Server:
    """Return FranceConnect's addresses; raises Unavailable."""
    settings = config.load()
    key = f"franceconnect:adresses:{settings.base_url}"
    if isinstance(known := cache.get(key), dict):
        return Server(**known)
    said = _json(_call("GET", f"{settings.base_url}/.well-known/openid-configuration", settings))
    addresses = {
        name: said.get(published)
        for name, published in (
            ("authorize", "authorization_endpoint"),
            ("token", "token_endpoint"),
            ("userinfo", "userinfo_endpoint"),
            ("jwks", "jwks_uri"),
            ("end_session", "end_session_endpoint"),
        )
    }
    if said.get("issuer") != settings.base_url:
        raise Unavailable("la configuration publiée nomme un autre émetteur")
    if any(_origin(address) != _origin(settings.base_url) for address in addresses.values()):
        raise Unavailable("la configuration publiée mène ailleurs")
    methods = said.get("code_challenge_methods_supported")
    found = Server(issuer=settings.base_url, pkce=isinstance(methods, list) and "S256" in methods, **addresses)  # type: ignore[arg-type]
    cache.set(key, asdict(found), REMEMBERED)
    return found


def exchange_code(code: str, *, redirect_uri: str, verifier: str) -> tuple[str, str]:
    """Return the access token and the id_token of an authorisation code; raises Unavailable or Refused."""
    settings = config.load()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
    }
    if verifier:
        form["code_verifier"] = verifier
    said = _json(_call("POST", server().token, settings, data=form))
    access, identity = said.get("access_token"), said.get("id_token")
    if not isinstance(access, str) or not isinstance(identity, str):
        raise Unavailable("réponse sans jetons")
    return access, identity


def read_id_token(text: str, *, nonce: str, at: datetime) -> str:
    """Return the subject of an id_token; raises tokens.TokenRefused or Unavailable."""
    settings = config.load()
    claims = tokens.read_signed(text, find_key=find_key, algorithms=settings.algorithms)
    return tokens.check_id_token(claims, issuer=settings.base_url, client_id=settings.client_id, nonce=nonce, at=at)


def fetch_identity(access_token: str, *, sub: str, at: datetime) -> Identity:
    """Return the identity that the access token opens; raises Unavailable, Refused or tokens.TokenRefused."""
    settings = config.load()
    answer = _call("GET", server().userinfo, settings, headers={"Authorization": f"Bearer {access_token}"})
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/jwt":
        raise tokens.TokenRefused("identité non signée")
    claims = tokens.read_signed(answer.text.strip(), find_key=find_key, algorithms=settings.algorithms)
    return tokens.read_identity(claims, issuer=settings.base_url, client_id=settings.client_id, sub=sub, at=at)


def find_key(name: str) -> Mapping[str, Any] | None:
    """Return one of FranceConnect's published keys; raises Unavailable when they cannot be read."""
    address = server().jwks
    kept, pause = f"franceconnect:cles:{address}", f"franceconnect:cles-relues:{address}"
    known = cache.get(kept)
    if isinstance(known, dict) and name in known:
        return dict(known[name])
    if isinstance(known, dict) and not cache.add(pause, True, REFETCH_PAUSE):
        return None
    said = _json(_call("GET", address, config.load())).get("keys")
    if not isinstance(said, list):
        raise Unavailable("clés illisibles")
    known = {key["kid"]: key for key in said if isinstance(key, dict) and isinstance(key.get("kid"), str)}
    cache.set(kept, known, REMEMBERED)
    return known.get(name)


def _call(method: str, address: str, settings: config.Config, **options: Any) -> requests.Response:
    try:
        answer = requests.request(
            method, address, timeout=settings.timeout, allow_redirects=False, stream=True, **options
        )
        with answer:
            body = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise Unavailable(type(error).__name__) from None
    if len(body) > LARGEST_ANSWER:
        raise Unavailable("réponse trop longue")
    answer._content = body
    if answer.status_code >= FIRST_SERVER_ERROR or answer.status_code == TOO_MANY:
        raise Unavailable(f"réponse {answer.status_code}")
    if answer.status_code != requests.codes.ok:
        raise Refused(f"réponse {answer.status_code}")
    return answer


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        raise Unavailable("réponse illisible") from None
    if not isinstance(said, dict):
        raise Unavailable("réponse illisible")
    return said


def _origin(address: Any) -> tuple[str, str]:
    if not isinstance(address, str):
        return "", ""
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
