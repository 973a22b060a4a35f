"""The one box of the yearly certification."""

from django import forms


class CertificationForm(forms.Form):
    """What the page showed, and the box."""

    seal = forms.CharField(widget=forms.HiddenInput, max_length=64)
    certified = forms.BooleanField(
        label="Je certifie que ces renseignements sont exacts et complets.",
        error_messages={"required": "Cochez cette case pour certifier le dossier."},
    )
