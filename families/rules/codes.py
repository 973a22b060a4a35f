"""The text of an activation code: how it is written, read back and compared."""

import hashlib
import hmac
import re
import unicodedata

LENGTH = 10
# 25 signs, 46 bits in ten: none that a reader takes for another. What she may have read instead is put right below.
ALPHABET = "ACDEFGHJKMNPRTVWXY2345789"
LOOK_ALIKES = str.maketrans({"B": "8", "S": "5", "Z": "2", "U": "V", "6": "G", "O": "D", "0": "D", "Q": "D", "1": "7"})


def normalise(text: str) -> str:
    """Return a code as it was given, from what someone typed: spaces, hyphens, case and look-alikes put right."""
    plain = unicodedata.normalize("NFKD", text).upper()
    return re.sub(r"[^A-Z0-9]", "", plain).translate(LOOK_ALIKES)


def written(code: str) -> str:
    """Return a code as letters and mails show it, in two halves: ``ACDEF-GHJKM``."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def digest(text: str, key: str) -> str:
    """Return the keyed digest (HMAC-SHA-256, hexadecimal) under which a code or the secret of a link is kept."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
