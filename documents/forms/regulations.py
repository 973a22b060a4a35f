"""The one box that accepts a règlement."""

from django import forms


class AcceptForm(forms.Form):
    """Accept the version that the page shows."""

    accepted = forms.BooleanField(
        label="J’ai lu ce règlement et je l’accepte.",
        error_messages={"required": "Cochez cette case pour accepter le règlement."},
    )
