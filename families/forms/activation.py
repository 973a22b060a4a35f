"""What parents type: a code and a birth date, an address and a password."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.models import User
from accounts.passwords import EntropyValidator
from families.models import Guardian
from families.rules import codes

# Digits alone are enough: the keypad of some telephones has no stroke.
BIRTH_DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d")


class CodeForm(forms.Form):
    """The code received, and the birth date of one of the household's children."""

    code = forms.CharField(
        label="Code d’activation",
        max_length=40,
        help_text="Dix lettres et chiffres, dans le courrier ou le courriel reçu. Le tiret et les majuscules sont facultatifs.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autocorrect": "off"}
        ),
        error_messages={"required": "Saisissez votre code."},
    )
    birth_date = forms.DateField(
        label="Date de naissance de l’un de vos enfants",
        input_formats=BIRTH_DATE_FORMATS,
        help_text="Par exemple 07/05/2018.",
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={
            "required": "Saisissez une date de naissance.",
            "invalid": "Écrivez la date comme ceci : 07/05/2018.",
        },
    )

    def clean_code(self) -> str:
        """Say at once that a sign is missing or too many: it tells nothing of which codes exist."""
        typed: str = self.cleaned_data["code"]
        if len(codes.normalise(typed)) != codes.LENGTH:
            raise forms.ValidationError("Le code compte dix lettres et chiffres : il en manque, ou il y en a trop.")
        return typed


class NewAccountForm(forms.Form):
    """The address and the password of the account to come."""

    email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="Elle servira à vous connecter et à recevoir vos factures. Un lien de confirmation y est envoyé.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez votre adresse électronique.",
            "invalid": "Cette adresse n’est pas complète. Exemple : nom@exemple.fr.",
        },
    )
    password = forms.CharField(
        label="Choisissez un mot de passe",
        strip=False,
        max_length=128,
        help_text=EntropyValidator().get_help_text(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )

    def __init__(self, *args: Any, guardian: Guardian, shown: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guardian = guardian
        if shown:
            self.fields["password"].widget = forms.TextInput(
                attrs={"autocomplete": "new-password", "autocapitalize": "none", "spellcheck": "false"}
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is weak, common, or made of the person's own name or address."""
        data = super().clean() or {}
        if password := data.get("password"):
            someone = User(
                email=data.get("email", ""), first_name=self.guardian.first_name, last_name=self.guardian.last_name
            )
            try:
                validate_password(password, someone)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data
