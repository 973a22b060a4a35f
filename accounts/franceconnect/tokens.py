"""Reading what FranceConnect signs. Nothing of a token is believed before its signature, nor kept or logged after."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jwt

from accounts.franceconnect.rules import Identity

LEEWAY = 60  # seconds between two machines' clocks
LONGEST_AGE = 600  # seconds since a token was issued: it comes straight from the server, never from a drawer
LEVELS = ("eidas1", "eidas2", "eidas3")
KEY_TYPES = {"ES256": "EC", "RS256": "RSA"}
LONGEST_SUBJECT = 191

FindKey = Callable[[str], Mapping[str, Any] | None]


class TokenRefused(Exception):
    """An answer that FranceConnect did not sign for us, now, for this sign-in. The text is a reason, never a token."""


def read_signed(text: str, *, find_key: FindKey, algorithms: tuple[str, ...]) -> dict[str, Any]:
    """Return the claims of a signed token; ``find_key`` gives the published key of a name, or None.

    Raises TokenRefused when the algorithm is not one of ours, the key is unknown or of another kind, or the signature wrong.
    """
    try:
        header = jwt.get_unverified_header(text)
    except jwt.InvalidTokenError:
        raise TokenRefused("illisible") from None
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in algorithms:
        raise TokenRefused("algorithme")
    if not isinstance(name, str) or not name:
        raise TokenRefused("clé sans nom")
    published = find_key(name)
    if published is None:
        raise TokenRefused("clé inconnue")
    if (
        published.get("kty") != KEY_TYPES[algorithm]
        or published.get("use", "sig") != "sig"
        or published.get("alg", algorithm) != algorithm
    ):
        raise TokenRefused("clé d’un autre usage")
    try:
        # Times and parties are checked below, with the instant that the caller gives.
        claims = jwt.decode(
            text,
            jwt.PyJWK(dict(published), algorithm=algorithm).key,
            algorithms=[algorithm],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
    except jwt.PyJWTError:
        raise TokenRefused("signature") from None
    return dict(claims)


def check_id_token(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, at: datetime) -> str:
    """Return the subject of an id_token whose signature is good, or raise TokenRefused (OpenID Connect Core §3.1.3.7)."""
    _check_parties(claims, issuer, client_id)
    now = at.timestamp()
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    if now > expires + LEEWAY:
        raise TokenRefused("périmé")
    if issued > now + LEEWAY or issued < now - LONGEST_AGE:
        raise TokenRefused("émis à une autre heure")
    if "nbf" in claims and _instant(claims, "nbf") > now + LEEWAY:
        raise TokenRefused("pas encore valable")
    if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise TokenRefused("nonce")
    if claims.get("acr") not in LEVELS:
        raise TokenRefused("niveau de garantie")
    return _subject(claims)


def read_identity(claims: Mapping[str, Any], *, issuer: str, client_id: str, sub: str, at: datetime) -> Identity:
    """Return the identity that a signed userinfo states, for the same subject as the id_token; or raise TokenRefused."""
    _check_parties(claims, issuer, client_id)
    if _subject(claims) != sub:
        raise TokenRefused("autre personne")
    if "exp" in claims and at.timestamp() > _instant(claims, "exp") + LEEWAY:
        raise TokenRefused("périmé")
    given, family = _text(claims, "given_name"), _text(claims, "family_name")
    if not given or not family:
        raise TokenRefused("identité incomplète")
    return Identity(sub=sub, family_name=family, given_names=given, usage_name=_text(claims, "preferred_username"))


def _check_parties(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise TokenRefused("émetteur")
    if claims.get("aud") not in (client_id, [client_id]):
        raise TokenRefused("destinataire")
    if claims.get("azp", client_id) != client_id:
        raise TokenRefused("destinataire")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"{name} absent")
    return float(value)


def _subject(claims: Mapping[str, Any]) -> str:
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= LONGEST_SUBJECT:
        raise TokenRefused("sujet")
    return sub


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""
