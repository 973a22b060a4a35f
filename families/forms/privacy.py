"""What a person types to exercise a right over her data."""

from uuid import uuid4

from django import forms

from families.models import RightsRequest


class RightForm(forms.Form):
    """One of the rights of the law, and what it is about."""

    right = forms.ChoiceField(
        label="Ce que vous demandez",
        choices=RightsRequest.Right.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que vous demandez."},
    )
    body = forms.CharField(
        label="Précisions",
        max_length=3000,
        help_text="Quelles données, pourquoi, et ce que vous attendez.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Dites de quelles données il s’agit."},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ErasureForm(forms.Form):
    """The wish to be forgotten, confirmed."""

    understood = forms.BooleanField(
        label="J’ai lu ce qui sera effacé, ce que la loi oblige à garder, et que mon espace sera fermé.",
        error_messages={"required": "Cochez cette case pour confirmer que vous avez lu ce qui précède."},
    )
    body = forms.CharField(
        label="Un mot pour le service (facultatif)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
