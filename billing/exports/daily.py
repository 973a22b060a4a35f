"""The columns of the lines of PayZen’s daily file, as they were compared."""

from castres_portal.base.exports.columns import Column

DAILY_LINES = (
    Column("Fichier", "file.name"),
    Column("Ligne", "number"),
    Column("Jour (UTC)", "day"),
    Column("Référence bancaire", "order_id"),
    Column("Transaction", "uuid"),
    Column("Opération", "operation"),
    Column("État à la banque", "status"),
    Column("Remise en banque", "captured_on"),
    Column("À la banque", "bank_amount"),
    Column("Au registre", "ledger_amount"),
    Column("Résultat", "get_verdict_display"),
    Column("Explication", "words"),
    Column("Quittance", "payment.number"),
    Column("Dossier", "attempt.family.number"),
    Column("Foyer", "attempt.family.name"),
    Column("Redite par", "replaced_by.name"),
)
