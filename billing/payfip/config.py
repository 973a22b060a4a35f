"""The régie’s values at PayFiP, checked once, given to every function of this package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings

TEST, ACTIVATION, PRODUCTION = "T", "X", "W"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One value that is missing or unsafe: the environment variable and a French sentence for whoever installs."""

    variable: str
    message: str


class PayfipConfigError(ValueError):
    """The régie’s values cannot be used; `problems` says why."""

    def __init__(self, problems: list[ConfigProblem]) -> None:
        self.problems = problems
        super().__init__(" ".join(f"{problem.variable}\u00a0: {problem.message}" for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class PayfipConfig:
    """One régie: `numcli` six digits given by the DGFiP, `saisie` T (test), X (activation) or W (real), two addresses."""

    numcli: str
    saisie: str
    service_url: str
    payment_url: str

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Build from a mapping shaped like `settings.PAYFIP`. Raises PayfipConfigError."""
        if problems := config_problems(values):
            raise PayfipConfigError(problems)
        return cls(**_texts(values))


def payfip_config() -> PayfipConfig:
    """The configuration of this portal, read from `settings.PAYFIP` at each call. Raises PayfipConfigError."""
    return PayfipConfig.from_values(getattr(settings, "PAYFIP", {}))


def config_problems(values: Mapping[str, object]) -> list[ConfigProblem]:
    """What is missing or unsafe in a mapping shaped like `settings.PAYFIP`, for the system check."""
    texts = _texts(values)
    problems = []
    if not re.fullmatch(r"[0-9]{6}", texts["numcli"]):
        problems.append(ConfigProblem("PAYFIP_NUMCLI", "le numéro de client donné par la DGFiP compte 6 chiffres."))
    if texts["saisie"] not in (TEST, ACTIVATION, PRODUCTION):
        problems.append(ConfigProblem("PAYFIP_SAISIE", "écrivez T (test), X (activation) ou W (production)."))
    for name in ("service_url", "payment_url"):
        if not _is_safe(texts[name], texts["saisie"]):
            problems.append(ConfigProblem(f"PAYFIP_{name.upper()}", "l’adresse de PayFiP doit commencer par https://."))
    return problems


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name.lower(): str(values.get(name) or "").strip() for name in ("NUMCLI", "SAISIE", "SERVICE_URL", "PAYMENT_URL")
    }


def _is_safe(url: str, saisie: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not parts.username:
        return True
    # The stand-in of the demonstration.
    return saisie != PRODUCTION and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
