"""Direct debits: when they may be taken, how they are named, what a refusal of the bank means. Pure; days of Paris.

SEPA rulebook of the core scheme: the debtor is told at least 14 days before, unless otherwise agreed; the collection falls on a
day of the TARGET system; a mandate that is not used for 36 months lapses.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

NOTICE_DAYS = 14
UNUSED_MONTHS = 36
RUM_LENGTH = 35

# Reason codes of returns (ISO 20022), in the words that a family and an agent read.
REASONS = {
    "AC01": "le numéro de compte est incorrect",
    "AC04": "le compte est fermé",
    "AC06": "le compte est bloqué",
    "AC13": "ce compte n’est pas celui d’un particulier",
    "AG01": "ce compte n’accepte pas de prélèvement",
    "AM04": "la provision est insuffisante",
    "AM05": "le prélèvement a été présenté deux fois",
    "BE05": "le créancier n’est pas reconnu",
    "MD01": "aucun mandat valide, d’après le titulaire du compte",
    "MD06": "le titulaire du compte a demandé le remboursement",
    "MD07": "le titulaire du compte est décédé",
    "MS02": "le titulaire du compte a refusé le prélèvement",
    "MS03": "la banque ne dit pas pourquoi",
    "SL01": "la banque applique une consigne du titulaire du compte",
}
# After these, nothing more can be taken under the same mandate.
ENDING = frozenset({"AC01", "AC04", "AC06", "AC13", "AG01", "MD01", "MD07", "MS02"})


def reason_words(code: str) -> str:
    """Say a reason code in French; an unknown one is given as it is."""
    return REASONS.get(code, f"motif {code} de la banque")


def ends_mandate(code: str) -> bool:
    """Say whether a refusal leaves the mandate without use."""
    return code in ENDING


@lru_cache(maxsize=16)
def _target_closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("XECB", years=year))


def is_bank_day(day: date) -> bool:
    """Say whether the TARGET system works: no week-end, none of its own holidays."""
    return day.weekday() < 5 and day not in _target_closed(day.year)


def first_bank_day(day: date) -> date:
    """Return a day, or the first one after it on which banks exchange."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def earliest_collection(told_on: date) -> date:
    """Return the first day when money may be taken from who is told on a day."""
    return first_bank_day(told_on + timedelta(days=NOTICE_DAYS))


def mandate_reference(family_number: str, rank: int) -> str:
    """Return the unique reference of a household's mandate (RUM): ``ESPACEFAMILLE-F000001-2``."""
    return f"ESPACEFAMILLE-{family_number}-{rank}"[:RUM_LENGTH]


def end_to_end(invoice_number: str, rank: int) -> str:
    """Return what the bank repeats when it speaks of one debit: the invoice, and how many times it was tried."""
    return f"FAC{invoice_number}-{rank}"


def creditor_id_is_valid(ics: str) -> bool:
    """Check a creditor identifier (ICS): country, two check digits, business code, national number (ISO 7064, mod 97-10)."""
    text = ics.replace(" ", "").upper()
    if len(text) != 13 or not text.isalnum() or not text[:2].isalpha() or not text[2:4].isdigit():
        return False
    digits = "".join(str(int(sign, 36)) for sign in text[7:] + text[:4])
    return int(digits) % 97 == 1
