"""The stand-in's addresses: configuration, authorisation and its identity page, tokens, identity, keys, sign-out, console."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt

from . import pages
from .faults import ERRORS, FAULTS
from .keys import KeyRing, make_key
from .people import PEOPLE, Person

CODE_LIFE = 30
TOKEN_LIFE = 60
LONGEST_FORM = 20_000
SHORTEST_STATE = 22
BASE = "/api/v2"
SUPPORTED_SCOPES = (
    "openid", "given_name", "family_name", "birthdate", "birthplace", "birthcountry", "gender", "preferred_username", "email",
)  # fmt: skip
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Client:
    """The one service declared here, as on the partner site."""

    client_id: str
    client_secret: str
    redirect_uri: str
    signed_out_uri: str


@dataclass
class Grant:
    """A sign-in under way: what was asked, who chose to be whom, what is to go wrong."""

    asked: dict[str, str]
    person: Person
    fault: str
    at: float
    used: bool = False


@dataclass
class Answer:
    """An HTTP answer."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)


class Fault(Exception):
    """A demand that is refused, with its OAuth error and status."""

    def __init__(self, error: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(error)
        self.error, self.status = error, status


class FranceConnect:
    """The stand-in as a WSGI application. ``url`` is its own address, without a slash; ``slowness`` is in seconds."""

    def __init__(self, url: str, client: Client, *, algorithm: str = "ES256", slowness: float = 20.0) -> None:
        self.issuer = f"{url}{BASE}"
        self.client = client
        self.keys = KeyRing(algorithm)
        self.slowness = slowness
        self.next_fault = ""  # set by a test or the console: what goes wrong with the next sign-ins
        self.calls: list[str] = []  # method and path only: no code, no token
        self.asked: list[dict[str, str]] = []
        self.ended: list[dict[str, str]] = []
        self.closing = threading.Event()
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._lock = threading.Lock()

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        self.calls = [*self.calls[-199:], f"{method} {path}"]
        handler = self._routes().get((method, path))
        try:
            answer = handler(environ) if handler else Answer(HTTPStatus.NOT_FOUND, pages.plain("Page inconnue."))
        except Fault as fault:
            said = json.dumps({"error": fault.error, "error_description": fault.error}).encode()
            answer = Answer(fault.status, said, "application/json")
        status = f"{int(answer.status)} {HTTPStatus(answer.status).phrase}"
        headers = [
            ("Content-Type", answer.kind),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", "no-store"),
        ]
        start_response(status, [*headers, *answer.headers])
        return [answer.body]

    def _routes(self) -> dict[tuple[str, str], Callable[[dict[str, Any]], Answer]]:
        return {
            ("GET", "/"): self.console,
            ("POST", "/reglages/"): self.set_switches,
            ("GET", f"{BASE}/.well-known/openid-configuration"): self.configuration,
            ("GET", f"{BASE}/authorize"): self.authorize,
            ("POST", "/choisir/"): self.choose,
            ("POST", f"{BASE}/token"): self.token,
            ("GET", f"{BASE}/userinfo"): self.userinfo,
            ("GET", f"{BASE}/jwks"): self.jwks,
            ("GET", f"{BASE}/session/end"): self.end_session,
        }

    # --- What FranceConnect publishes ---------------------------------------------------------------------------------

    def configuration(self, environ: dict[str, Any]) -> Answer:
        """The discovery document."""
        addresses = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
            "end_session_endpoint": "session/end",
        }
        return _json(
            {
                "issuer": self.issuer,
                **{name: f"{self.issuer}/{path}" for name, path in addresses.items()},
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["pairwise"],
                "acr_values_supported": ["eidas1"],
                "scopes_supported": list(SUPPORTED_SCOPES),
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "id_token_signing_alg_values_supported": [self.keys.algorithm],
                "userinfo_signing_alg_values_supported": [self.keys.algorithm],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def jwks(self, environ: dict[str, Any]) -> Answer:
        """The public keys."""
        return _json(self.keys.published())

    # --- What the visitor meets ---------------------------------------------------------------------------------------

    def authorize(self, environ: dict[str, Any]) -> Answer:
        """Check the demand, then show the identity page. A client or an address that is not declared is shown, not followed."""
        asked = _query(environ)
        if asked.get("client_id") != self.client.client_id or asked.get("redirect_uri") != self.client.redirect_uri:
            return Answer(HTTPStatus.BAD_REQUEST, pages.plain("Service ou adresse de retour non déclarés."))
        self.asked.append(asked)
        scopes = asked.get("scope", "").split()
        well_made = (
            asked.get("response_type") == "code"
            and asked.get("acr_values") == "eidas1"
            and "openid" in scopes
            and not set(scopes) - set(SUPPORTED_SCOPES)
            and min(len(asked.get("state", "")), len(asked.get("nonce", ""))) >= SHORTEST_STATE
            and asked.get("code_challenge_method", "S256") == "S256"
        )
        if not well_made:
            return self._back(asked, error="invalid_request")
        return Answer(body=pages.choose(asked, PEOPLE, ERRORS, FAULTS, self.next_fault))

    def choose(self, environ: dict[str, Any]) -> Answer:
        """Send the visitor back with a code, or with the error chosen."""
        form = _form(environ)
        asked = dict(parse_qs(form.get("asked", ""), keep_blank_values=True))
        demand = {name: values[0] for name, values in asked.items()}
        if demand.get("client_id") != self.client.client_id or demand.get("redirect_uri") != self.client.redirect_uri:
            return Answer(HTTPStatus.BAD_REQUEST, pages.plain("Demande inconnue : recommencez depuis le service."))
        outcome = form.get("fault", "")
        if form.get("person") == "":
            outcome = "access_denied"
        if outcome in ERRORS:
            return self._back(demand, error=outcome)
        person = next((each for each in PEOPLE if each.key == form.get("person")), None)
        if person is None:
            return Answer(HTTPStatus.BAD_REQUEST, pages.plain("Identité inconnue."))
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(demand, person, outcome, time.time())
        if outcome == "lost_state":
            demand = demand | {"state": secrets.token_urlsafe(32)}
        issuer = "https://un-autre.example.org/api/v2" if outcome == "other_issuer_in_url" else self.issuer
        return self._back(demand, code=code, iss=issuer)

    def _back(self, asked: dict[str, str], **said: str) -> Answer:
        address = f"{self.client.redirect_uri}?{urlencode(said | {'state': asked.get('state', '')})}"
        return Answer(HTTPStatus.FOUND, headers=[("Location", address)])

    # --- Server to server ---------------------------------------------------------------------------------------------

    def token(self, environ: dict[str, Any]) -> Answer:
        """Exchange a code, once and within thirty seconds."""
        form = _form(environ)
        known = hmac.compare_digest(form.get("client_secret", ""), self.client.client_secret)
        if form.get("client_id") != self.client.client_id or not known:
            raise Fault("invalid_client", HTTPStatus.UNAUTHORIZED)
        with self._lock:
            grant = self._codes.get(form.get("code", ""))
            fresh = grant is not None and not grant.used and time.time() - grant.at < CODE_LIFE
            if grant is not None:
                grant.used = True
        if (
            grant is None
            or not fresh
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != grant.asked["redirect_uri"]
            or not _proves(form.get("code_verifier", ""), grant.asked.get("code_challenge", ""))
            or grant.fault == "token_refused"
        ):
            raise Fault("invalid_grant")
        if grant.fault == "slow":
            self.closing.wait(self.slowness)
        if grant.fault == "token_500":
            raise Fault("server_error", HTTPStatus.INTERNAL_SERVER_ERROR)
        if grant.fault == "token_garbage":
            return Answer(body=b"<html>Bonjour", kind="application/json")
        if grant.fault == "token_huge":
            return Answer(body=b" " * 3_000_000, kind="application/json")
        access = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[access] = grant
        id_token = self._id_token(grant)
        return _json({"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_LIFE, "id_token": id_token})

    def subject(self, person: Person) -> str:
        """Return the subject of a person for this client: always the same, and never that of another service."""
        return hashlib.sha256(f"{self.client.client_id}:{person.key}".encode()).hexdigest() + "v1"

    def _id_token(self, grant: Grant) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client.client_id,
            "sub": self.subject(grant.person),
            "iat": now,
            "auth_time": now,
            "exp": now + TOKEN_LIFE,
            "nonce": grant.asked["nonce"],
            "acr": "eidas1",
        }
        match grant.fault:
            case "wrong_nonce":
                claims["nonce"] = secrets.token_urlsafe(32)
            case "expired":
                claims |= {"iat": now - 500, "exp": now - 400}
            case "wrong_issuer":
                claims["iss"] = "https://un-autre.example.org/api/v2"
            case "wrong_audience":
                claims["aud"] = "un-autre-service"
            case "no_acr":
                del claims["acr"]
            case "wrong_signature":
                return self.keys.sign(claims, key=make_key(self.keys.algorithm))
            case "unknown_key":
                return self.keys.sign(claims, key=make_key(self.keys.algorithm), name="inconnue")
            case "alg_none":
                return jwt.encode(claims, "", algorithm="none", headers={"kid": "0"})
            case "alg_hs256":
                secret = self.client.client_secret.ljust(32, "0")
                return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "0"})
            case "rotated":
                self.keys.rotate()
        return self.keys.sign(claims)

    def userinfo(self, environ: dict[str, Any]) -> Answer:
        """The identity, signed, for the scopes that were asked."""
        scheme, _, access = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        grant = self._tokens.get(access) if scheme == "Bearer" else None
        if grant is None or time.time() - grant.at > TOKEN_LIFE:
            raise Fault("invalid_token", HTTPStatus.UNAUTHORIZED)
        if grant.fault == "userinfo_500":
            raise Fault("server_error", HTTPStatus.INTERNAL_SERVER_ERROR)
        scopes = grant.asked["scope"].split()
        said = {name: value for name, value in grant.person.claims().items() if name in scopes}
        sub = self.subject(PEOPLE[-1] if grant.fault == "userinfo_other_sub" else grant.person)
        claims = {"sub": sub, "iss": self.issuer, "aud": self.client.client_id, "iat": int(time.time()), **said}
        if grant.fault == "userinfo_json":
            return _json(claims)
        key = make_key(self.keys.algorithm) if grant.fault == "userinfo_wrong_signature" else None
        return Answer(body=self.keys.sign(claims, key=key).encode(), kind="application/jwt")

    def end_session(self, environ: dict[str, Any]) -> Answer:
        """Sign out: the hint must be one of our tokens, even expired, and the way back the one declared."""
        asked = _query(environ)
        self.ended.append({name: value for name, value in asked.items() if name != "id_token_hint"})
        if asked.get("post_logout_redirect_uri") != self.client.signed_out_uri or not self._ours(
            asked.get("id_token_hint", "")
        ):
            return Answer(HTTPStatus.BAD_REQUEST, pages.plain("Déconnexion refusée : jeton ou adresse inconnus."))
        address = f"{self.client.signed_out_uri}?{urlencode({'state': asked.get('state', '')})}"
        return Answer(HTTPStatus.FOUND, headers=[("Location", address)])

    def _ours(self, token: str) -> bool:
        for published in self.keys.published()["keys"]:
            try:
                jwt.decode(
                    token,
                    jwt.PyJWK(published).key,
                    algorithms=[self.keys.algorithm],
                    audience=self.client.client_id,
                    options={"verify_exp": False},
                )
            except jwt.PyJWTError:
                continue
            return True
        return False

    # --- Console ------------------------------------------------------------------------------------------------------

    def console(self, environ: dict[str, Any]) -> Answer:
        """Who may sign in, what goes wrong next, the last calls."""
        return Answer(
            body=pages.console(PEOPLE, ERRORS | FAULTS, self.next_fault, self.calls[-30:], self.client.redirect_uri)
        )

    def set_switches(self, environ: dict[str, Any]) -> Answer:
        """Choose what goes wrong with the next sign-ins, or renew the keys."""
        form = _form(environ)
        if "rotate" in form:
            self.keys.rotate()
        else:
            self.next_fault = form.get("fault", "") if form.get("fault") in ERRORS | FAULTS else ""
        return Answer(HTTPStatus.SEE_OTHER, headers=[("Location", "/")])


def _proves(verifier: str, challenge: str) -> bool:
    if not challenge:
        return True
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode() == challenge


def _json(said: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(said).encode(), kind="application/json")


def _query(environ: dict[str, Any]) -> dict[str, str]:
    return _first_values(environ.get("QUERY_STRING", ""))


def _form(environ: dict[str, Any]) -> dict[str, str]:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), LONGEST_FORM)
    return _first_values(environ["wsgi.input"].read(length).decode("utf-8", "replace"))


def _first_values(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
