"""What is left of the credit notes, for the comptable who pays it back."""

from billing.queries.corrections import refunds_due
from castres_portal.base.clock import in_paris
from castres_portal.base.tables import Sheet, Value, to_csv, to_workbook

HEADS = ("Avoir", "Du", "Dossier", "Foyer", "Payeur", "Facture", "Montant de l’avoir", "Reste à rendre")
TITLE = "Avoirs : restes à déduire ou à rembourser"


def refunds_csv() -> bytes:
    """Return a line for each credit note of which something is left."""
    return to_csv(HEADS, _rows())


def refunds_workbook() -> bytes:
    """The same as a workbook."""
    sheet = Sheet("Restes à rendre", HEADS, _rows(), above=(TITLE, "Le portail ne verse rien."))
    return to_workbook([sheet], title=TITLE, author="Espace Famille")


def _rows() -> list[list[Value]]:
    return [
        [
            note.number,
            in_paris(note.decided_at).date() if note.decided_at else None,
            note.family.number,
            note.family.name,
            note.invoice.payer_name,
            note.invoice.number,
            note.total,
            note.spare,  # type: ignore[attr-defined]  # annotated
        ]
        for note in refunds_due()
    ]
