"""The vads signature, as the bank's own guide states it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def sign(fields: Mapping[str, str], key: str, algorithm: str = "sha256") -> str:
    """Sign the `vads_` fields: values in name order joined by `+`, the key last.

    `sha256` gives 44 characters of Base64, the older `sha1` 40 hexadecimal ones.
    """
    names = sorted(name for name in fields if name.startswith("vads_"))
    message = "+".join([*(fields[name] for name in names), key]).encode()
    if algorithm == "sha1":
        return hashlib.sha1(message, usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()


def is_signed(fields: Mapping[str, str], signature: str, key: str, algorithm: str) -> bool:
    """Does `signature` belong to exactly these fields?"""
    expected = sign(fields, key, algorithm)
    return hmac.compare_digest(expected.encode(), signature.encode())
