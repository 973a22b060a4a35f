"""The columns of the régie's lists. What a bank's message holds is not among them, nor any secret."""

from billing.models import Invoice
from billing.rules.windows import settled_label
from castres_portal.base.exports.columns import Column

FAMILY = (Column("Dossier", "family.number"), Column("Foyer", "family.name"))


def _settled(invoice: Invoice) -> str:
    return settled_label(total=invoice.total, paid=invoice.paid)  # type: ignore[attr-defined]  # annotated


INVOICES = (
    Column("Facture", "number"),
    Column("Mois facturé", "month"),
    Column("Facture du", "issued_on"),
    *FAMILY,
    Column("Payeur", "payer_name"),
    Column("Montant", "total"),
    Column("Réglé", "paid"),
    Column("Reste dû", "owed"),
    Column("État", _settled),
    Column("À régler avant le", "window.due_on"),
    Column("Régie", "regie"),
)
PAYMENTS = (
    Column("Quittance", "number"),
    *FAMILY,
    Column("Nature", "get_kind_display"),
    Column("Moyen", "get_means_display"),
    Column("Montant", "amount"),
    Column("Enregistré le", "received_at"),
    Column("Encaissé le", "captured_at"),
    Column("Référence bancaire", "attempt.order_id"),
)
ATTEMPTS = (
    Column("Référence bancaire", "order_id"),
    *FAMILY,
    Column("Service", "get_provider_display"),
    Column("Montant", "amount"),
    Column("État", "get_status_display"),
    Column("Commencée le", "created_at"),
)
MESSAGES = (
    Column("Reçu le", "received_at"),
    Column("Canal", "get_channel_display"),
    Column("Référence bancaire", "attempt.order_id"),
    Column("Suite", "get_outcome_display"),
    Column("Explication", "explanation"),
    Column("Appliqué le", "applied_at"),
)
ANOMALIES = (
    Column("Nature", "get_kind_display"),
    Column("Explication", "message"),
    *FAMILY,
    Column("Facture", "invoice.number"),
    Column("Constatée le", "noticed_at"),
    Column("Réglée le", "settled_at"),
)
DELIVERY = (
    *FAMILY,
    Column("En ligne", "online"),
    Column("Choisi le", "chosen_at"),
)
