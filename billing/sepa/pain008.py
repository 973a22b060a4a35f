"""The file of direct debits (ISO 20022 pain.008), checked against its schema before anybody takes it to the bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sepaxml import SepaDD

from billing.sepa.config import Creditor

SCHEMA = "pain.008.001.02"


@dataclass(frozen=True)
class Line:
    """One debit as the bank reads it; ``amount`` in euros."""

    end_to_end: str
    holder: str
    iban: str
    bic: str
    amount: Decimal
    first_use: bool
    rum: str
    signed_on: date
    label: str


def debit_file(lines: Iterable[Line], *, creditor: Creditor, collect_on: date) -> bytes:
    """Return the XML of some debits; raise when it does not follow the schema."""
    config = {
        "name": creditor.name,
        "IBAN": creditor.iban,
        "BIC": creditor.bic,
        "batch": True,
        "creditor_id": creditor.creditor_id,
        "currency": "EUR",
    }
    book = SepaDD(config, schema=SCHEMA, clean=True)
    for line in lines:
        payment = {
            "name": line.holder,
            "IBAN": line.iban,
            "amount": int(line.amount * 100),
            "type": "FRST" if line.first_use else "RCUR",
            "collection_date": collect_on,
            "mandate_id": line.rum,
            "mandate_date": line.signed_on,
            "description": line.label,
            "endtoend_id": line.end_to_end,
        }
        if line.bic:
            payment["BIC"] = line.bic
        book.add_payment(payment)
    return bytes(book.export(validate=True))
