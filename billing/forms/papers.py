"""What is asked before a paper of the accounts is delivered."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing.queries.tax import years_paid
from castres_portal.base.french import plain_day
from documents.forms.papers import ChoiceForm, PaperForm
from families.models import Family
from reservations.forms.appointments import day_field


class TaxPaperForm(ChoiceForm):
    """Which year: one that is over, in which the household paid something."""

    def __init__(self, family: Family, today: date, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(family, today, data, **kwargs)
        over = [year for year in years_paid(family) if year < today.year]
        self.offer("Quelle année ?", [(str(year), f"Sommes payées en {year}") for year in over], self._nothing())

    def _nothing(self) -> str:
        return (
            "L’attestation d’une année se délivre dès le 1er janvier suivant, quand quelque chose a été payé. Celle de "
            f"{self.today.year} sera ici le 1er janvier {self.today.year + 1}."
        )


class StatementForm(PaperForm):
    """From which day to which."""

    starts_on = day_field("Du", required=True, help_text="Par exemple 01/09/2026.")
    ends_on = day_field("Au", required=True, help_text="Aujourd’hui au plus tard.")

    def __init__(self, family: Family, today: date, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(family, today, data, **kwargs)
        self.fields["starts_on"].initial = date(today.year, 1, 1)
        self.fields["ends_on"].initial = today

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is to come or upside down."""
        data = super().clean() or {}
        first, last = data.get("starts_on"), data.get("ends_on")
        if last and last > self.today:
            self.add_error("ends_on", f"Le relevé s’arrête au plus tard au {plain_day(self.today)}.")
        elif first and last and last < first:
            self.add_error("ends_on", "La fin précède le début.")
        return data
