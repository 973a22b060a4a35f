"""The seal on every form and every server message.

Source: payzen.io, "Computing the signature" and "Comparing signatures". Values of the `vads_` fields, sorted by field
name, joined with `+`, the key last; empty values stay. HMAC-SHA-256 in Base64, or the old SHA-1 in hexadecimal.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

from django.views.decorators.debug import sensitive_variables

SIGNED_PREFIX = "vads_"
SIGNATURE_FIELD = "signature"


class Algorithm(StrEnum):
    """How the shop is configured in PayZen's back office (Settings > Shop > Keys)."""

    SHA256 = "sha256"
    SHA1 = "sha1"


@sensitive_variables("key", "secret", "message")
def sign(fields: Mapping[str, str], key: str, algorithm: Algorithm = Algorithm.SHA256) -> str:
    """Signature of the `vads_` fields: 44 Base64 characters (SHA-256) or 40 hexadecimal ones (SHA-1).

    Fields whose name does not start with `vads_` are ignored. Blanks pasted around the key are trimmed.
    Raises ValueError when the key is empty: anyone could then forge a message.
    """
    secret = key.strip()
    if not secret:
        raise ValueError("The PayZen key is empty.")
    values = [fields[name] for name in sorted(fields) if name.startswith(SIGNED_PREFIX)]
    message = "+".join([*values, secret]).encode()
    if algorithm is Algorithm.SHA1:
        return hashlib.sha1(message, usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


@sensitive_variables("key", "expected")
def is_signed(fields: Mapping[str, str], key: str, algorithm: Algorithm = Algorithm.SHA256) -> bool:
    """True when the field `signature` is the one of these fields as received, compared in constant time.

    Only the configured algorithm is accepted: nobody chooses the weaker one for us. Raises ValueError on an empty key.
    """
    try:
        received = fields.get(SIGNATURE_FIELD, "").encode()
        expected = sign(fields, key, algorithm).encode()
    except UnicodeEncodeError:  # lone surrogates: no sender of UTF-8 can have signed them
        return False
    return hmac.compare_digest(received, expected)
