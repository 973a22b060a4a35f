"""Bad tokens, one fault each, beside the good one that they spoil."""

import json
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from accounts.franceconnect.tokens import TokenRefused, check_id_token, read_identity, read_signed

ISSUER, CLIENT, NONCE = "https://fc.example.org/api/v2", "portail", "n" * 43
AT = datetime(2026, 11, 19, 11, 6, tzinfo=UTC)
NOW = int(AT.timestamp())
EC_KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
GOOD = {
    "iss": ISSUER, "aud": CLIENT, "sub": "abcv1", "iat": NOW, "exp": NOW + 60, "nonce": NONCE, "acr": "eidas1",
}  # fmt: skip


def public(key, algorithm, **more):
    return json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())) | more


KEYS = {
    "ec": public(EC_KEY, "ES256", use="sig", alg="ES256"),
    "rsa": public(RSA_KEY, "RS256"),
    "crypt": public(EC_KEY, "ES256", use="enc"),
    "other-alg": public(EC_KEY, "ES256", alg="ES384"),
}


def read(token, algorithms=("ES256", "RS256")):
    return read_signed(token, find_key=KEYS.get, algorithms=algorithms)


def signed(key=EC_KEY, algorithm="ES256", kid="ec", claims=GOOD, **headers):
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} | headers)


def check(**changes):
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return check_id_token(claims, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, at=AT)


def test_what_is_well_signed_is_read():
    assert read(signed()) == GOOD
    assert read(signed(RSA_KEY, "RS256", "rsa")) == GOOD


def forged_payload():
    head, _, signature = signed().split(".")
    body = jwt.encode(GOOD | {"sub": "autre"}, OTHER, algorithm="ES256").split(".")[1]
    return ".".join((head, body, signature))


BAD = {
    "empty": (lambda: "", "illisible"),
    "two parts": (lambda: "un.deux", "illisible"),
    "words": (lambda: "pas un jeton", "illisible"),
    "another key": (lambda: signed(OTHER), "signature"),
    "another payload": (forged_payload, "signature"),
    "cut short": (lambda: signed()[:-6], "signature"),
    "unknown key": (lambda: signed(kid="inconnue"), "clé inconnue"),
    "no key named": (lambda: jwt.encode(GOOD, EC_KEY, algorithm="ES256"), "clé sans nom"),
    "none": (lambda: jwt.encode(GOOD, None, algorithm="none", headers={"kid": "ec"}), "algorithme"),
    "shared secret": (lambda: jwt.encode(GOOD, "s" * 40, algorithm="HS256", headers={"kid": "ec"}), "algorithme"),
    "PS256": (lambda: signed(RSA_KEY, "PS256", "rsa"), "algorithme"),
    "RS256 under an EC key": (lambda: signed(RSA_KEY, "RS256", "ec"), "clé d’un autre usage"),
    "ES256 under an RSA key": (lambda: signed(kid="rsa"), "clé d’un autre usage"),
    "a key that encrypts": (lambda: signed(kid="crypt"), "clé d’un autre usage"),
    "a key for another algorithm": (lambda: signed(kid="other-alg"), "clé d’un autre usage"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_signed_by_franceconnect_is_refused(name):
    make, reason = BAD[name]
    with pytest.raises(TokenRefused) as refused:
        read(make())
    assert str(refused.value) == reason


def test_an_algorithm_that_the_town_did_not_choose_is_refused():
    with pytest.raises(TokenRefused, match="algorithme"):
        read(signed(), algorithms=("RS256",))


@pytest.mark.parametrize("changes", [{}, {"aud": [CLIENT]}, {"acr": "eidas2"}, {"exp": NOW - 59}, {"azp": CLIENT}])
def test_a_good_id_token_names_its_subject(changes):
    assert check(**changes) == "abcv1"


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"iss": "https://autre.example.org"}, "émetteur"),
        ({"iss": None}, "émetteur"),
        ({"aud": "un-autre"}, "destinataire"),
        ({"aud": [CLIENT, "un-autre"]}, "destinataire"),
        ({"aud": None}, "destinataire"),
        ({"azp": "un-autre"}, "destinataire"),
        ({"exp": NOW - 61}, "périmé"),
        ({"exp": None}, "exp absent"),
        ({"exp": "demain"}, "exp absent"),
        ({"exp": True}, "exp absent"),
        ({"iat": NOW + 61}, "émis à une autre heure"),
        ({"iat": NOW - 601}, "émis à une autre heure"),
        ({"iat": None}, "iat absent"),
        ({"nbf": NOW + 61}, "pas encore valable"),
        ({"nonce": "m" * 43}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"acr": "eidas0"}, "niveau de garantie"),
        ({"acr": None}, "niveau de garantie"),
        ({"sub": None}, "sujet"),
        ({"sub": ""}, "sujet"),
        ({"sub": 12}, "sujet"),
        ({"sub": "s" * 192}, "sujet"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(changes, reason):
    with pytest.raises(TokenRefused) as refused:
        check(**changes)
    assert str(refused.value) == reason


PERSON = {"iss": ISSUER, "aud": CLIENT, "sub": "abcv1", "given_name": "CLAIRE", "family_name": "DELMAS"}


def identity(**changes):
    claims = {name: value for name, value in (PERSON | changes).items() if value is not None}
    return read_identity(claims, issuer=ISSUER, client_id=CLIENT, sub="abcv1", at=AT)


def test_an_identity_is_read():
    read = identity(preferred_username="MARTIN")
    assert (read.given_names, read.family_name, read.usage_name) == ("CLAIRE", "DELMAS", "MARTIN")
    assert read.shown == "Claire MARTIN"


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"sub": "un-autre"}, "autre personne"),
        ({"iss": "https://autre.example.org"}, "émetteur"),
        ({"aud": "un-autre"}, "destinataire"),
        ({"exp": NOW - 61}, "périmé"),
        ({"given_name": None}, "identité incomplète"),
        ({"family_name": "  "}, "identité incomplète"),
        ({"family_name": ["DELMAS"]}, "identité incomplète"),
    ],
)
def test_an_identity_that_is_not_hers_or_not_whole_is_refused(changes, reason):
    with pytest.raises(TokenRefused) as refused:
        identity(**changes)
    assert str(refused.value) == reason
