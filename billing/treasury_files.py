"""The files that take a batch to the Trésor.

One format stands here, CSV, which the comptable's office can read or type in. PES Recette (PES V2, Aller) is not delivered: its
schema could not be had, and a file that no schema checks would not be one. It comes as one more class of ``FORMATS``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from billing.models import TreasuryBatch, TreasuryHandover
from castres_portal.base.french import month_name
from castres_portal.base.tables import Value, to_csv

HEADS = (
    "Lot",
    "Facture",
    "Période",
    "Facture du",
    "À régler avant le",
    "Civilité et nom du débiteur",
    "Adresse",
    "Dossier",
    "Montant de la facture",
    "Reste à recouvrer",
    "Relances",
    "Dernière relance",
    "Objet",
)


@dataclass(frozen=True, slots=True)
class TreasuryFile:
    """A file ready to be handed out."""

    name: str
    content: bytes
    mimetype: str


class TreasuryFormat(Protocol):
    """What a format must be able to do: its name in an address and on a button, and its file of a batch."""

    slug: str
    label: str

    def write(self, batch: TreasuryBatch) -> TreasuryFile:
        """Return the file of a batch, without the invoices that were taken back from it."""


class CsvFormat:
    """One line for each invoice."""

    slug = "csv"
    label = "CSV"

    def write(self, batch: TreasuryBatch) -> TreasuryFile:
        """Return the batch as CSV."""
        content = to_csv(HEADS, [_line(batch, handover) for handover in standing_handovers(batch)])
        return TreasuryFile(f"lot-tresor-{batch.number}.csv", content, "text/csv; charset=utf-8")


FORMATS: dict[str, TreasuryFormat] = {one.slug: one for one in (CsvFormat(),)}


def standing_handovers(batch: TreasuryBatch) -> Iterable[TreasuryHandover]:
    """Return the invoices of a batch that were not taken back; two queries."""
    rows = batch.handovers.filter(withdrawn_at=None).order_by("invoice__number")
    return rows.select_related("invoice__window", "invoice__family").prefetch_related("invoice__reminders")


def _line(batch: TreasuryBatch, handover: TreasuryHandover) -> tuple[Value, ...]:
    invoice = handover.invoice
    told = [row for row in invoice.reminders.all() if row.settled_at and row.owed is not None]
    return (
        batch.number,
        invoice.number,
        month_name(invoice.month),
        invoice.issued_on,
        invoice.window.due_on,
        invoice.payer_name,
        invoice.payer_address.replace("\n", ", "),
        invoice.family.number,
        invoice.total,
        handover.amount,
        len(told),
        max((row.settled_at for row in told if row.settled_at), default=None),
        f"Prestations {month_name(invoice.month)}, {invoice.regie}",
    )
