"""The keys that sign, made at start, renewed on demand; the one before stays published, as FranceConnect does."""

import itertools
import json
import secrets
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_key(algorithm: str) -> PrivateKey:
    """Return a new private key for ES256 or RS256."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


class KeyRing:
    """The present key and the one before it."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._numbers = itertools.count(1)
        self._start = secrets.token_hex(4)
        self._keys: list[tuple[str, PrivateKey]] = []
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on; publish the last two."""
        self._keys = [*self._keys[-1:], (f"{self._start}-{next(self._numbers)}", make_key(self.algorithm))]

    def published(self) -> dict[str, Any]:
        """Return the public keys as a JWKS."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        keys = []
        for name, key in self._keys:
            public = algorithm.to_jwk(key.public_key())
            keys.append(json.loads(public) | {"kid": name, "use": "sig", "alg": self.algorithm})
        return {"keys": keys}

    def sign(self, claims: dict[str, Any], *, key: PrivateKey | None = None, name: str = "") -> str:
        """Return a signed token; ``key`` and ``name`` lie about who signs."""
        present, own = self._keys[-1]
        return jwt.encode(claims, key or own, algorithm=self.algorithm, headers={"kid": name or present})
