"""What is typed about direct debits: a mandate, a day of collection, a file of returns."""

from datetime import date
from typing import Any

from django import forms
from schwifty import IBAN

from billing.services.debits.mandates import read_iban
from castres_portal.base.errors import Refusal


class MandateForm(forms.Form):
    """The account from which the town may take what is owed, and the signature."""

    holder = forms.CharField(
        label="Titulaire du compte",
        max_length=70,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Écrivez le nom du titulaire, comme sur le RIB."},
    )
    iban = forms.CharField(
        label="IBAN",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="Sur votre RIB. Par exemple FR76 suivi de 23 signes.",
        error_messages={"required": "Écrivez l’IBAN de votre compte."},
    )
    agreed = forms.BooleanField(
        label="Je signe ce mandat",
        error_messages={"required": "Cochez la case pour signer le mandat."},
    )

    def clean_iban(self) -> IBAN:
        """Read the IBAN; what was typed stays in the field when it is wrong."""
        try:
            return read_iban(self.cleaned_data["iban"])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class CollectionForm(forms.Form):
    """The day when the money is taken."""

    collect_on = forms.DateField(
        label="Jour du prélèvement",
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        error_messages={"required": "Choisissez un jour.", "invalid": "Écrivez la date comme ceci : 15/12/2026."},
    )

    def __init__(self, *args: Any, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collect_on"].initial = first


class ReturnsForm(forms.Form):
    """The bank's file of returns."""

    returns = forms.FileField(
        label="Fichier des rejets",
        help_text="CSV avec les colonnes « reference », « motif » et « date », ou pain.002 de la banque.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )
