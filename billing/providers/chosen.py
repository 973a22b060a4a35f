"""The ways to pay that the town opened."""

from django.conf import settings

from billing.providers.base import Provider
from billing.providers.payfip import Payfip
from billing.providers.payzen import Payzen

ALL: dict[str, Provider] = {provider.key: provider for provider in (Payzen(), Payfip())}


def provider_named(key: str) -> Provider:
    """Return a way to pay, open or not: an attempt of a closed one may still be told of. Raises KeyError."""
    return ALL[key]


def open_providers() -> list[Provider]:
    """Return the ways that families may choose, in the town’s order (PAYMENT_PROVIDERS)."""
    return [ALL[key] for key in settings.PAYMENT_PROVIDERS if key in ALL]


def default_provider() -> Provider:
    """Return the first of them; PayZen when the setting names none that exists (the system check says so)."""
    return next(iter(open_providers()), ALL[Payzen.key])
