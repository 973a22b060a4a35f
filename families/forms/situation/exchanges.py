"""The form by which a household proposes to exchange days."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from families.forms.situation.fields import DayField


class ExchangeForm(forms.Form):
    """Days that a household gives, days that it takes."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    gives_from = DayField("Du", required=False)
    gives_to = DayField("Au", required=False)
    takes_from = DayField("Du", required=False)
    takes_to = DayField("Au", required=False)

    def clean(self) -> dict[str, Any]:
        """A period has both its ends; one day alone may be written once."""
        data = super().clean() or {}
        for side in ("gives", "takes"):
            first, last = data.get(f"{side}_from"), data.get(f"{side}_to")
            if first and not last and f"{side}_to" not in self.errors:
                data[f"{side}_to"] = first
            elif last and not first and f"{side}_from" not in self.errors:
                self.add_error(f"{side}_from", "Indiquez aussi le premier jour.")
            elif first and last and last < first:
                self.add_error(f"{side}_to", "La fin précède le début.")
        if not self.errors and not data.get("gives_from") and not data.get("takes_from"):
            raise forms.ValidationError("Indiquez au moins des jours à laisser ou à prendre.")
        return data

    def periods(self) -> tuple[tuple[date, date] | None, tuple[date, date] | None]:
        """Return what is given and what is taken."""
        data = self.cleaned_data
        gives = (data["gives_from"], data["gives_to"]) if data.get("gives_from") else None
        takes = (data["takes_from"], data["takes_to"]) if data.get("takes_from") else None
        return gives, takes
