"""What the form of an enrolment sends."""

from collections.abc import Sequence

from django import forms

from reservations.queries.enrolling import Choice


class EnrolForm(forms.Form):
    """Enrol one child in one activity: the year when two are open, and the règlement accepted."""

    year = forms.ChoiceField(label="Année scolaire", widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)
    accepted = forms.BooleanField(
        label="J’ai lu le règlement intérieur et je l’accepte.",
        error_messages={
            "required": "Cochez cette case pour inscrire l’enfant : l’inscription vaut acceptation du règlement."
        },
    )

    def __init__(self, choices: Sequence[Choice], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        years = [
            (choice.year.label, f"Année scolaire {choice.year.label}") for choice in choices if choice.offer.is_open
        ]
        self.fields["year"].choices = years  # type: ignore[attr-defined]
        if years and self.initial.get("year") not in dict(years):
            self.initial["year"] = years[0][0]
