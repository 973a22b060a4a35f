"""What a family writes when it contests a line."""

from collections.abc import Iterable
from typing import Any

from django import forms

from billing.models import Dispute, InvoiceLine
from castres_portal.base.french import long_day
from reservations.forms import new_submission


class DisputeForm(forms.Form):
    """Why, in which words, and which other days of the same child and service are meant too."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=new_submission)
    reason = forms.ChoiceField(
        label="Pourquoi ?",
        choices=Dispute.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un motif.", "invalid_choice": "Choisissez un motif de la liste."},
    )
    also = forms.MultipleChoiceField(
        label="D’autres jours de cette facture ?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez des jours de la liste."},
    )
    words = forms.CharField(
        label="Dites-nous ce qui s’est passé",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Par exemple le jour de votre annulation, ou le numéro de son reçu. N’écrivez rien de médical.",
        error_messages={
            "required": "Expliquez en quelques mots : l’agent qui vous répond les lira.",
            "max_length": "Votre texte est trop long : 2 000 signes au plus.",
        },
    )

    def __init__(self, siblings: Iterable[InvoiceLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(line.pk), long_day(line.day).capitalize()) for line in siblings]
        self.fields["also"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["also"]

    def lines(self) -> list[int]:
        """Return the ids of the other lines that were ticked."""
        return [int(pk) for pk in self.cleaned_data.get("also", [])]
