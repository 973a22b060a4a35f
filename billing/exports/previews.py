"""A preview as CSV and as a workbook: each household, each activity, what is to be looked at."""

from billing.models import BillingRun, PreviewFinding
from billing.queries.previews import activities_of
from castres_portal.base.french import month_name
from castres_portal.base.tables import Sheet, Value, to_csv, to_workbook

AUTHOR = "Espace Famille"
HEADS = ("Dossier", "Foyer", "Jours", "Montant prévu", "Mois précédent", "Écart", "À regarder")


def preview_csv(run: BillingRun) -> bytes:
    """Return a line for each household, those that are held back or gone included."""
    return to_csv(HEADS, _rows(run))


def preview_workbook(run: BillingRun) -> bytes:
    """Return the households, the activities and the findings, a sheet each."""
    title = f"Aperçu de la facturation : {month_name(run.month)}"
    activities: list[list[Value]] = [[row.name, row.days, row.amount] for row in activities_of(run)]
    findings: list[list[Value]] = [
        [row.get_kind_display(), row.family.number, row.family.name, row.message]
        for row in run.findings.select_related("family").order_by("kind", "family__name", "pk")
    ]
    return to_workbook(
        [
            Sheet("Foyers", HEADS, _rows(run), above=(title, "Rien n’est encore émis ni numéroté.")),
            Sheet("Prestations", ("Prestation", "Jours", "Montant prévu"), activities),
            Sheet("À regarder", ("Constat", "Dossier", "Foyer", "Explication"), findings),
        ],
        title=title,
        author=AUTHOR,
    )


def _rows(run: BillingRun) -> list[list[Value]]:
    said: dict[int, list[str]] = {}
    families = {}
    for finding in run.findings.select_related("family").order_by("pk"):
        said.setdefault(finding.family_id, []).append(PreviewFinding.Kind(finding.kind).label)
        families[finding.family_id] = finding.family
    rows: list[list[Value]] = []
    for row in run.previewed.select_related("family").order_by("family__name", "pk"):
        families.pop(row.family_id, None)
        change = row.total - row.before if row.before is not None else None
        look = ", ".join(said.get(row.family_id, []))
        rows.append([row.family.number, row.family.name, row.days, row.total, row.before, change, look])
    others = sorted(families.values(), key=lambda family: (family.name, family.pk))
    rows += [[family.number, family.name, None, None, None, None, ", ".join(said[family.pk])] for family in others]
    return rows
