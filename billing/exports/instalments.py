"""The columns of the instalments that the bank debited, or is to debit."""

from castres_portal.base.exports.columns import Column

INSTALMENTS = (
    Column("Référence bancaire", "attempt.order_id"),
    Column("Dossier", "attempt.family.number"),
    Column("Foyer", "attempt.family.name"),
    Column("Facture", "attempt.invoice.number"),
    Column("Rang", "rank"),
    Column("Prélevée le", "due_on"),
    Column("Montant", "amount"),
    Column("État", "label"),
    Column("Quittance", "payment.number"),
    Column("Abandonnée le", "ended_at"),
)
