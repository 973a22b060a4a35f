"""Who takes the money: the creditor's name, its identifier (ICS) and its account, from the settings."""

from dataclasses import dataclass

from django.conf import settings
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from billing.rules.debits import creditor_id_is_valid


@dataclass(frozen=True)
class Creditor:
    """The town as the bank knows it."""

    name: str
    creditor_id: str
    iban: str
    bic: str


def creditor() -> Creditor | None:
    """Return the creditor, or None while the town takes no direct debit (no ICS in the settings)."""
    found = settings.SEPA
    if not found["ICS"]:
        return None
    return Creditor(found["CREDITOR"], found["ICS"], found["IBAN"], found["BIC"])


def config_problems() -> list[str]:
    """Say in French what would make the bank refuse our files; nothing when direct debits are off."""
    found = creditor()
    if found is None:
        return []
    problems = []
    if not creditor_id_is_valid(found.creditor_id):
        problems.append("SEPA_ICS n’est pas un identifiant de créancier : sa clé est fausse")
    if not found.name.strip():
        problems.append("SEPA_CREDITOR, le nom du créancier, manque")
    try:
        IBAN(found.iban)
    except SchwiftyException:
        problems.append("SEPA_IBAN n’est pas un IBAN")
    return problems
