"""What is asked before a paper is delivered, and what whoever receives one types to check it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from documents.queries.regulations import acceptances_of
from families.models import Family


class PaperForm(forms.Form):
    """What every paper asks: to be delivered once, however often the form is sent. ``nothing`` says why none can be."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    nothing = ""

    def __init__(
        self, family: Family, today: date, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.family, self.today = family, today

    def asked(self) -> list[str]:
        """Return the names of the fields to fill."""
        return [name for name in self.fields if name != "submission"]


class ChoiceForm(PaperForm):
    """One thing to choose among those of the household."""

    chosen = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Faites un choix.", "invalid_choice": "Faites un choix dans la liste."},
    )

    def offer(self, label: str, choices: Sequence[tuple[str, str]], nothing: str) -> None:
        """Set what is offered; the first one is chosen already."""
        field = self.fields["chosen"]
        field.label, field.choices = label, list(choices)
        if choices:
            field.initial = choices[0][0]
        else:
            self.nothing = nothing


class AcceptedRegulationForm(ChoiceForm):
    """A règlement that the household accepted."""

    def __init__(self, family: Family, today: date, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(family, today, data, **kwargs)
        choices = [
            (str(row.pk), f"{row.version.regulation.title}, version {row.version.number}")
            for row in acceptances_of(family)
        ]
        self.offer(
            "Quel règlement ?",
            choices,
            "Votre foyer n’a accepté aucun règlement : cela se fait en inscrivant un enfant.",
        )


class CheckForm(forms.Form):
    """The number and the check code that stand on a paper."""

    number = forms.CharField(
        label="Numéro du document",
        max_length=30,
        help_text="Il commence par A : A2026-000123.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Saisissez le numéro."},
    )
    code = forms.CharField(
        label="Code de contrôle",
        max_length=30,
        help_text="Huit lettres et chiffres, à côté du code QR.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Saisissez le code de contrôle."},
    )
