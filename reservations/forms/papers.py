"""What is asked before an attestation is delivered."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from castres_portal.base.french import plain_day
from documents.forms.papers import ChoiceForm
from families.models import Child, Family
from reservations.forms.appointments import day_field
from reservations.queries.planning import enrolments_of

NO_ENROLMENT = "Aucun enfant de votre foyer n’est inscrit à une activité."
LONGEST_DAYS = 366


class EnrolmentPaperForm(ChoiceForm):
    """Which enrolment: a child, an activity, a school year."""

    def __init__(self, family: Family, today: date, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(family, today, data, **kwargs)
        rows = sorted(enrolments_of(family), key=lambda row: row.school_year.starts_on, reverse=True)
        choices = [
            (str(row.pk), f"{row.child.full_name} – {row.activity.name}, {row.school_year.label}") for row in rows
        ]
        self.offer("Quelle inscription ?", choices, NO_ENROLMENT)


class AttendancePaperForm(ChoiceForm):
    """Which child, from which day to which: what is past only."""

    starts_on = day_field("Du", required=True, help_text="Par exemple 01/09/2026.")
    ends_on = day_field("Au", required=True, help_text="Aujourd’hui au plus tard.")

    def __init__(self, family: Family, today: date, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(family, today, data, **kwargs)
        children: dict[int, Child] = {row.child_id: row.child for row in enrolments_of(family)}
        choices = [(str(pk), child.full_name) for pk, child in children.items()]
        self.offer("Quel enfant ?", choices, NO_ENROLMENT)
        self.fields["starts_on"].initial = date(today.year if today.month >= 9 else today.year - 1, 9, 1)
        self.fields["ends_on"].initial = today

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is to come, upside down or without end."""
        data = super().clean() or {}
        first, last = data.get("starts_on"), data.get("ends_on")
        if last and last > self.today:
            self.add_error("ends_on", f"L’attestation s’arrête au plus tard au {plain_day(self.today)}.")
        elif first and last and last < first:
            self.add_error("ends_on", "La fin précède le début.")
        elif first and last and (last - first).days > LONGEST_DAYS:
            self.add_error("starts_on", "La période est trop longue : un an au plus.")
        return data
