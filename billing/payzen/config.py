"""The shop's values, checked once, given to every function of this package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings

from billing.payzen.signature import Algorithm
from castres_portal.base.clock import in_paris

TEST = "TEST"
PRODUCTION = "PRODUCTION"
DOCUMENTATION_KEY = "1122334455667788"
REST_PATH = "/api-payment/V4"
REST_PASSWORD_PREFIXES = {TEST: "testpassword_", PRODUCTION: "prodpassword_"}
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One value that is missing or unsafe: the environment variable and a French sentence for whoever installs."""

    variable: str
    message: str


class PayzenConfigError(ValueError):
    """The shop's values cannot be used; `problems` says why. No value of a secret is ever quoted."""

    def __init__(self, problems: list[ConfigProblem]) -> None:
        self.problems = problems
        super().__init__(" ".join(f"{problem.variable}\u00a0: {problem.message}" for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class PayzenConfig:
    """One shop in one mode. Secrets stay out of `repr`, hence out of logs and error mails.

    `rest_password` may be empty: REST depends on the contract signed with the bank; see `can_ask`. While the key is being
    changed, messages signed with `previous_key` are accepted until the end of `previous_key_until` (a day of Paris).
    Raises PayzenConfigError when a value is missing or unsafe.
    """

    site_id: str
    mode: str
    key: str = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA256
    form_url: str
    rest_url: str = ""
    rest_password: str = field(default="", repr=False)
    previous_key: str = field(default="", repr=False)
    previous_key_until: date | None = None

    def __post_init__(self) -> None:
        problems = _problems(
            site_id=self.site_id,
            mode=self.mode,
            key=self.key,
            algorithm=self.algorithm,
            form_url=self.form_url,
            rest_url=self.rest_url,
            rest_password=self.rest_password,
            previous_key=self.previous_key,
            previous_key_until=self.previous_key_until.isoformat() if self.previous_key_until else "",
        )
        if problems:
            raise PayzenConfigError(problems)

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Build from a mapping shaped like `settings.PAYZEN` (SITE_ID, MODE, KEY, ALGORITHM, FORM_URL, REST_URL,
        REST_PASSWORD, PREVIOUS_KEY, PREVIOUS_KEY_UNTIL); blanks pasted around a value are trimmed. Raises
        PayzenConfigError."""
        texts = _texts(values)
        problems = _problems(**texts)
        if problems:
            raise PayzenConfigError(problems)
        return cls(
            site_id=texts["site_id"],
            mode=texts["mode"],
            key=texts["key"],
            algorithm=Algorithm(texts["algorithm"]),
            form_url=texts["form_url"],
            rest_url=texts["rest_url"],
            rest_password=texts["rest_password"],
            previous_key=texts["previous_key"],
            previous_key_until=_day(texts["previous_key_until"]),
        )

    def accepts_previous_key(self, at: datetime) -> bool:
        """True while a message signed with the previous key is still ours."""
        until = self.previous_key_until
        return bool(self.previous_key) and until is not None and in_paris(at).date() <= until

    @property
    def can_ask(self) -> bool:
        """True when the REST interface is configured, so that payments without an answer can be asked about."""
        return bool(self.rest_url and self.rest_password)

    def rest_address(self, service: str) -> str:
        """Address of a REST service such as "Order/Get"; REST_URL may be the host alone or end with /api-payment/V4."""
        base = self.rest_url.rstrip("/")
        if not base.endswith("/V4"):
            base += REST_PATH
        return f"{base}/{service}"


def payzen_config() -> PayzenConfig:
    """The configuration of this portal, read from `settings.PAYZEN` at each call. Raises PayzenConfigError."""
    return PayzenConfig.from_values(getattr(settings, "PAYZEN", {}))


def config_problems(values: Mapping[str, object]) -> list[ConfigProblem]:
    """What is missing or unsafe in a mapping shaped like `settings.PAYZEN`, for the system check."""
    return _problems(**_texts(values))


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    names = (
        "SITE_ID",
        "MODE",
        "KEY",
        "ALGORITHM",
        "FORM_URL",
        "REST_URL",
        "REST_PASSWORD",
        "PREVIOUS_KEY",
        "PREVIOUS_KEY_UNTIL",
    )
    texts = {name.lower(): str(values.get(name) or "").strip() for name in names}
    texts["algorithm"] = texts["algorithm"] or Algorithm.SHA256
    return texts


def _problems(
    *,
    site_id: str,
    mode: str,
    key: str,
    algorithm: str,
    form_url: str,
    rest_url: str,
    rest_password: str,
    previous_key: str,
    previous_key_until: str,
) -> list[ConfigProblem]:
    return [
        *_shop_problems(site_id, mode, algorithm),
        *_key_problems(key, mode),
        *_url_problems("PAYZEN_FORM_URL", form_url, mode, required=True),
        *_url_problems("PAYZEN_REST_URL", rest_url, mode, required=bool(rest_password)),
        *_rest_password_problems(rest_password, mode),
        *_previous_key_problems(previous_key, previous_key_until, key),
    ]


def _shop_problems(site_id: str, mode: str, algorithm: str) -> list[ConfigProblem]:
    problems = []
    if not re.fullmatch(r"[0-9]{8}", site_id):
        problems.append(ConfigProblem("PAYZEN_SITE_ID", "l’identifiant de la boutique compte 8 chiffres."))
    if mode not in (TEST, PRODUCTION):
        problems.append(ConfigProblem("PAYZEN_MODE", "écrivez TEST ou PRODUCTION, en majuscules."))
    if algorithm not in list(Algorithm):
        problems.append(ConfigProblem("PAYZEN_ALGORITHM", "écrivez sha256 (ou sha1 pour une boutique ancienne)."))
    return problems


def _key_problems(key: str, mode: str) -> list[ConfigProblem]:
    secret = key.strip()
    if not secret:
        return [ConfigProblem("PAYZEN_KEY", "la clé de la boutique manque.")]
    if mode == PRODUCTION and (secret == DOCUMENTATION_KEY or secret.startswith("demonstration")):
        return [ConfigProblem("PAYZEN_KEY", "cette clé d’exemple est publique : mettez la clé de production.")]
    return []


def _url_problems(variable: str, url: str, mode: str, *, required: bool) -> list[ConfigProblem]:
    if not url:
        return [ConfigProblem(variable, "l’adresse de la banque manque.")] if required else []
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not parts.username:
        return []
    if mode != PRODUCTION and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return []  # the test bank of the demonstration
    return [ConfigProblem(variable, "l’adresse de la banque doit commencer par https://.")]


def _rest_password_problems(rest_password: str, mode: str) -> list[ConfigProblem]:
    prefix = REST_PASSWORD_PREFIXES.get(mode, "")
    if rest_password and not rest_password.startswith(prefix):
        # The password alone chooses the mode of REST answers.
        return [ConfigProblem("PAYZEN_REST_PASSWORD", f"en mode {mode}, ce mot de passe commence par {prefix}.")]
    return []


def _previous_key_problems(previous: str, until: str, key: str) -> list[ConfigProblem]:
    if not previous and not until:
        return []
    if not previous:
        return [ConfigProblem("PAYZEN_PREVIOUS_KEY", "la clé précédente manque, alors que sa date de fin est donnée.")]
    if previous.strip() == key.strip():
        return [ConfigProblem("PAYZEN_PREVIOUS_KEY", "la clé précédente est la clé actuelle.")]
    if _day(until) is None:
        return [
            ConfigProblem(
                "PAYZEN_PREVIOUS_KEY_UNTIL", "écrivez le dernier jour de la clé précédente\u00a0: 2026-12-31."
            )
        ]
    return []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
