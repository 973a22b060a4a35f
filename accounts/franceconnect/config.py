"""The keys that the partner site of FranceConnect gives, and what may be wrong with them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

# As FranceConnect lets a service choose. Never « none » nor a shared-secret signature: those prove nothing of who signed.
SAFE_ALGORITHMS = ("ES256", "RS256")


@dataclass(frozen=True)
class Config:
    """How to reach FranceConnect: ``base_url`` is also the issuer that its tokens must name; ``timeout`` in seconds."""

    client_id: str
    client_secret: str
    base_url: str
    algorithms: tuple[str, ...]
    timeout: float


def load() -> Config:
    """Return what the settings say."""
    said: dict[str, Any] = settings.FRANCECONNECT
    return Config(
        client_id=said["CLIENT_ID"],
        client_secret=said["CLIENT_SECRET"],
        base_url=said["BASE_URL"].rstrip("/"),
        algorithms=tuple(name for name in said["ALGORITHMS"] if name in SAFE_ALGORITHMS),
        timeout=float(said["TIMEOUT"]),
    )


def is_open() -> bool:
    """Say whether FranceConnect is offered: both keys are set."""
    return bool(settings.FRANCECONNECT["CLIENT_ID"] and settings.FRANCECONNECT["CLIENT_SECRET"])


def problems(said: dict[str, Any]) -> list[str]:
    """Return in French what keeps these settings from being used in production; nothing when no key is set at all."""
    if not said["CLIENT_ID"] and not said["CLIENT_SECRET"]:
        return []
    found = []
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        if not said[name]:
            found.append(f"FRANCECONNECT_{name} manque : les deux clés vont ensemble.")
    address = urlsplit(said["BASE_URL"])
    if address.scheme != "https" or not address.netloc:
        found.append("FRANCECONNECT_BASE_URL doit être une adresse en https://.")
    if not said["ALGORITHMS"] or set(said["ALGORITHMS"]) - set(SAFE_ALGORITHMS):
        found.append(f"FRANCECONNECT_ALGORITHMS ne peut contenir que {' et '.join(SAFE_ALGORITHMS)}.")
    return found
