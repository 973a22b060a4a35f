"""Who may collect the children, and whom to call."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from families.forms.situation.fields import DayField, PhoneField, refuse_end_before_start, set_children, text
from families.models import Child, Family, FamilyContact
from families.queries.households import children_of
from families.rules.situation import fingerprint


class AdultForm(forms.Form):
    """Somebody who may collect children."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    first_name = text("Prénom")
    last_name = text("Nom")
    phone = PhoneField()
    link = text("Lien avec l’enfant", longest=60, required=False)
    children = forms.ModelMultipleChoiceField(
        Child.objects.none(),
        label="Peut venir chercher",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un enfant."},
    )
    starts_on = DayField("À partir du")
    ends_on = DayField("Jusqu’au", required=False, help_text="Vide : sans limite.")

    def __init__(self, *args: Any, family: Family, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today
        set_children(self, family, today)

    def clean_starts_on(self) -> date:
        """Nobody is allowed in the past."""
        start: date = self.cleaned_data["starts_on"]
        if start < self.today:
            raise forms.ValidationError("Cette date est passée : choisissez aujourd’hui ou un jour à venir.")
        return start

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        data = super().clean() or {}
        refuse_end_before_start(self, data)
        return data


class ContactForm(forms.Form):
    """Somebody to call."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    first_name = text("Prénom")
    last_name = text("Nom")
    phone = PhoneField()
    link = text("Lien avec l’enfant", longest=60, required=False)
    child = forms.ModelChoiceField(
        Child.objects.none(), label="Pour quel enfant ?", required=False, empty_label="Tous les enfants du foyer"
    )

    def __init__(self, *args: Any, family: Family, today: date, contact: FamilyContact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        child = self.fields["child"]
        assert isinstance(child, forms.ModelChoiceField)
        child.queryset = children_of(family, on=today)
        child.label_from_instance = lambda each: each.first_name  # type: ignore[method-assign]
        state = contact_state(contact)
        self.fields["shown"].initial = fingerprint(state)
        for name, value in state.items():
            self.fields[name].initial = value

    def show_again(self, contact: FamilyContact) -> None:
        """Keep what was typed; take what the file now holds as what is shown."""
        data = self.data.copy()
        data["shown"] = fingerprint(contact_state(contact))
        self.data = data


def contact_state(contact: FamilyContact | None) -> dict[str, Any]:
    """Return what is known of somebody to call."""
    if contact is None:
        return {}
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "phone": contact.phone,
        "link": contact.link,
        "child": contact.child_id,
    }
