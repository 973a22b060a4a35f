"""What the documents declare about personal data."""

from collections.abc import Iterator
from datetime import datetime

from documents.models import RegulationAcceptance
from families import data_export
from families.data_export import Row, Section, by_whom
from families.models import Guardian


def acceptance_rows(guardian: Guardian, at: datetime) -> Iterator[Row]:
    """Yield the règlements that the household accepted."""
    rows = RegulationAcceptance.objects.filter(family=guardian.family).select_related("version__regulation")
    for row in rows.order_by("accepted_at", "pk"):
        yield {
            "règlement": row.version.regulation.title,
            "version": row.version.number,
            "acceptée le": row.accepted_at,
            "par": by_whom(guardian=guardian, author=row.guardian_id),
        }


def declare() -> None:
    """Fill the registries."""
    data_export.register(Section("reglements", "Les règlements acceptés", acceptance_rows, position=70))
