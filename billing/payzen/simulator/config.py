"""What the fictive bank knows of its one shop, and what it refuses to start with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ALLOWED_ENVIRONMENTS = ("demo", "test")


class UnsafeConfiguration(Exception):
    """The environment is incomplete or smells of production; the message is a French sentence."""


@dataclass(frozen=True)
class Shop:
    """The shop of the bank's single customer: test key only, there is no other."""

    site_id: str
    key: str
    algorithm: str
    rest_password: str
    rule_url: str = ""


def read_shop(environ: Mapping[str, str]) -> Shop:
    """Read the shop from the environment.

    Raises UnsafeConfiguration outside demo and test, with production credentials, or
    when a value is missing.
    """
    _refuse_production(environ)
    shop = Shop(
        site_id=environ.get("BANK_SITE_ID", "").strip(),
        key=environ.get("BANK_KEY", "").strip(),
        algorithm=environ.get("BANK_ALGORITHM", "sha256").strip().lower(),
        rest_password=environ.get("BANK_REST_PASSWORD", "").strip(),
        rule_url=environ.get("BANK_RULE_URL", "").strip(),
    )
    if not re.fullmatch(r"[0-9]{8}", shop.site_id):
        raise UnsafeConfiguration("BANK_SITE_ID doit compter 8 chiffres.")
    if not shop.key:
        raise UnsafeConfiguration("BANK_KEY (clé de test) manque.")
    if shop.algorithm not in ("sha256", "sha1"):
        raise UnsafeConfiguration("BANK_ALGORITHM doit valoir sha256 ou sha1.")
    if not shop.rest_password.startswith("testpassword_"):
        raise UnsafeConfiguration("BANK_REST_PASSWORD doit commencer par «\u00a0testpassword_\u00a0».")
    return shop


def _refuse_production(environ: Mapping[str, str]) -> None:
    if environ.get("PORTAL_ENV") not in ALLOWED_ENVIRONMENTS:
        raise UnsafeConfiguration("La banque fictive ne démarre qu’avec PORTAL_ENV=demo ou PORTAL_ENV=test.")
    for name in ("BANK_MODE", "PAYZEN_MODE"):
        if environ.get(name, "TEST").strip().upper() == "PRODUCTION":
            raise UnsafeConfiguration(f"{name}=PRODUCTION : la banque fictive refuse de démarrer.")
    for name in ("BANK_REST_PASSWORD", "PAYZEN_REST_PASSWORD"):
        if environ.get(name, "").strip().startswith("prodpassword_"):
            raise UnsafeConfiguration(f"{name} est un mot de passe de production.")
