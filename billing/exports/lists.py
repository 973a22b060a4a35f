"""The columns of the régie's lists. What a bank's message holds is not among them, nor an IBAN, nor any secret."""

from decimal import Decimal

from billing.models import Invoice
from billing.rules.windows import settled_label
from castres_portal.base.exports.columns import Column

FAMILY = (Column("Dossier", "family.number"), Column("Foyer", "family.name"))


def _settled(invoice: Invoice) -> str:
    paid: Decimal = invoice.paid  # type: ignore[attr-defined]  # annotated
    at_treasury: bool = invoice.at_treasury  # type: ignore[attr-defined]  # annotated
    return settled_label(total=invoice.total, paid=paid, at_treasury=at_treasury and paid < invoice.total)


def _nature(invoice: Invoice) -> str:
    return "Prises en charge" if invoice.for_others else "Foyer"


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
    Column("Prix des prestations", "price"),
    Column("Pris en charge par d’autres", "covered"),
    Column("Nature", _nature),
)
COVERAGES = (
    *FAMILY,
    Column("Enfant", "child.full_name"),
    Column("Dossier du payeur", "payer.number"),
    Column("Payeur", "payer.name"),
    Column("Prestation", "activity.name"),
    Column("Part (%)", "percent"),
    Column("Plafond par mois", "ceiling"),
    Column("Du", "starts_on"),
    Column("Au", "ends_on"),
    Column("Décision n°", "decision"),
    Column("Décision du", "decided_on"),
    Column("Saisie le", "added_at"),
    Column("Arrêtée le", "ended_at"),
    Column("Motif de l’arrêt", "ended_because"),
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
TILL = (
    Column("Quittance", "payment.number"),
    Column("Dossier", "payment.family.number"),
    Column("Foyer", "payment.family.name"),
    Column("Moyen", "payment.get_means_display"),
    Column("Montant", "payment.amount"),
    Column("Enregistré le", "payment.received_at"),
    Column("Versé par", "handed_by"),
    Column("Banque", "bank"),
    Column("Numéro du chèque", "cheque_number"),
    Column("Référence", "reference"),
    Column("Motif d’annulation", "reason"),
)
CLOSINGS = (
    Column("Numéro", "number"),
    Column("Arrêté le", "closed_at"),
    Column("Total", "net"),
    Column("Espèces attendues", "cash_expected"),
    Column("Espèces comptées", "cash_counted"),
    Column("Explication de l’écart", "explanation"),
)
SLIPS = (
    Column("Numéro", "number"),
    Column("Nature", "get_kind_display"),
    Column("Montant", "amount"),
    Column("Préparé le", "made_at"),
    Column("Destination", "account"),
)
_CORRECTION = (
    *FAMILY,
    Column("Facture", "invoice.number"),
    Column("Motif", "get_reason_display"),
    Column("Explication", "words"),
    Column("Montant", "total"),
    Column("État", "get_status_display"),
    Column("Proposé le", "proposed_at"),
    Column("Décidé le", "decided_at"),
)
CREDIT_NOTES = (Column("Avoir", "number"), *_CORRECTION)
SUPPLEMENTS = _CORRECTION
MANDATES = (
    Column("Référence (RUM)", "rum"),
    *FAMILY,
    Column("Titulaire", "holder"),
    Column("Signé le", "signed_at"),
    Column("Dernier prélèvement", "used_on"),
    Column("Terminé le", "ended_at"),
    Column("Fin", "get_ending_display"),
)
DEBITS = (
    Column("Prélèvement le", "collect_on"),
    Column("Prélèvements", "debit_count"),
    Column("Montant", "debit_sum"),
    Column("Annoncé le", "announced_at"),
    Column("Fichier préparé le", "sent_at"),
    Column("Encaissement constaté le", "confirmed_at"),
)
TREASURY = (
    Column("Lot", "number"),
    Column("Factures", "invoices"),
    Column("Montant", "amount"),
    Column("Préparé le", "prepared_at"),
    Column("Envoyé le", "sent_at"),
)
REMINDERS = (
    Column("Facture", "invoice.number"),
    Column("Dossier", "invoice.family.number"),
    Column("Foyer", "invoice.family.name"),
    Column("Relance n°", "rank"),
    Column("Restait à régler", "owed"),
    Column("Prévue le", "planned_at"),
    Column("Traitée le", "settled_at"),
    Column("Courriels", "mails"),
)
