"""The ways to pay on line, behind one shape: leave for the bank, then be told what became of it.

`base` the shape, `payzen` and `payfip` the two of them, `chosen` what the town opened. Rows belong to `billing.services`.
"""

from billing.providers.base import Departure, Provider, ProviderUnavailable
from billing.providers.chosen import default_provider, open_providers, provider_named

__all__ = ["Departure", "Provider", "ProviderUnavailable", "default_provider", "open_providers", "provider_named"]
