"""The fields that the forms of a family's file share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from castres_portal.base.french import plain_day
from families.forms.activation import BIRTH_DATE_FORMATS
from families.models import (
    Custody,
    Family,
    Guardian,
)
from families.queries.households import children_of
from families.rules.phones import BadPhone, normalise_phone

LONGEST_REASON = 1000
RHYTHMS = [
    (Custody.Rhythm.FULL, "Tout le temps"),
    (Custody.Rhythm.ODD, "Les semaines impaires (numéro ISO, celui des jugements)"),
    (Custody.Rhythm.EVEN, "Les semaines paires (numéro ISO, celui des jugements)"),
    (Custody.Rhythm.ALTERNATE, "Une semaine sur deux à partir d’un lundi"),
]


class DayField(forms.DateField):
    """A day as French people write it."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        help_text = kwargs.pop("help_text", "Par exemple 07/12/2026.")
        super().__init__(
            label=label,
            input_formats=BIRTH_DATE_FORMATS,
            help_text=help_text,
            widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
            error_messages={"required": "Indiquez une date.", "invalid": "Écrivez la date comme ceci : 07/12/2026."},
            **kwargs,
        )


class PhoneField(forms.CharField):
    """A telephone number, French or foreign, kept in one form."""

    def __init__(self, label: str = "Téléphone", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            max_length=40,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": kwargs.pop("autocomplete", "off")}),
            error_messages={"required": "Indiquez un numéro de téléphone."},
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        """Return the number in the form that is kept."""
        typed: str = super().clean(value)
        try:
            return normalise_phone(typed)
        except BadPhone as problem:
            raise forms.ValidationError(str(problem.args[0])) from None


def text(label: str, *, longest: int = 80, required: bool = True, **attrs: str) -> forms.CharField:
    """Return a line of text."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
        error_messages={"required": "À remplir.", "max_length": "Trop long : %(limit_value)d caractères au plus."},
    )


def reason(label: str = "Précisions pour l’Espace Famille", **kwargs: Any) -> forms.CharField:
    """Return the words that go with a proposal."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Trop long : %(limit_value)d caractères au plus."},
        **kwargs,
    )


def rhythm(label: str, choices: list[tuple[str, str]] = RHYTHMS) -> forms.ChoiceField:
    """Return the choice of the weeks."""
    return forms.ChoiceField(label=label, choices=choices, error_messages={"required": "Choisissez un rythme."})


def first_monday() -> DayField:
    """Return the Monday from which strict alternation counts."""
    return DayField(
        "Premier lundi dans votre foyer",
        required=False,
        help_text="Seulement pour « une semaine sur deux à partir d’un lundi ».",
    )


def title() -> forms.ChoiceField:
    """Return Madame or Monsieur."""
    return forms.ChoiceField(
        label="Civilité", choices=Guardian.Title.choices, error_messages={"required": "Choisissez une civilité."}
    )


class CheckedRhythm:
    """A Monday for strict alternation, and for it only."""

    def check_rhythm(self, data: Mapping[str, Any]) -> None:
        """Add the error to the Monday's field."""
        monday = data.get("first_monday")
        if data.get("rhythm") == Custody.Rhythm.ALTERNATE:
            if monday is None and "first_monday" not in self.errors:  # type: ignore[attr-defined]
                self.add_error("first_monday", "Indiquez le premier lundi chez vous.")  # type: ignore[attr-defined]
            elif monday and monday.weekday() != 0:
                self.add_error("first_monday", f"Le {plain_day(monday)} n’est pas un lundi.")  # type: ignore[attr-defined]
        elif isinstance(data, dict):
            data["first_monday"] = None


def set_children(form: forms.Form, family: Family, today: date) -> None:
    """Offer the children of a household in a form, by first name, all ticked when there is one."""
    field = form.fields["children"]
    assert isinstance(field, forms.ModelMultipleChoiceField)
    field.queryset = children_of(family, on=today)
    field.label_from_instance = lambda child: child.first_name  # type: ignore[method-assign]
    if not field.initial and field.queryset.count() == 1:
        field.initial = [child.pk for child in field.queryset]


def refuse_end_before_start(form: forms.Form, data: Mapping[str, Any]) -> None:
    """Tie the error to the end."""
    start, end = data.get("starts_on"), data.get("ends_on")
    if start and end and end < start:
        form.add_error("ends_on", "La fin précède le début.")
