"""What somebody types to write to the service, and what keeps programs out without asking people to prove anything."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core import signing

SALT = "portal.contact.page"
LONGEST = 4000
DAY_SECONDS = 86_400


def page_token(at: datetime) -> str:
    """Return what the page carries: which sending this is, and when the page was shown (signed)."""
    return signing.dumps({"at": int(at.timestamp()), "id": uuid4().hex}, salt=SALT)


class ContactForm(forms.Form):
    """A subject, a message, a telephone number if one likes; a name and an address from whoever is not known."""

    subject = forms.ChoiceField(label="Sujet", error_messages={"required": "Choisissez un sujet."})
    # The name opens the acknowledgement: letters only, so that nobody has the town mail a stranger a text of her own.
    name = forms.RegexField(
        r"^[^\W\d_][^\d_:/@<>\r\n]*$",
        label="Votre nom",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Saisissez votre nom.", "invalid": "Écrivez seulement votre prénom et votre nom."},
    )
    email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="La réponse y est envoyée.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez votre adresse électronique : la réponse y est envoyée.",
            "invalid": "Cette adresse n’est pas complète. Exemple : nom@exemple.fr.",
        },
    )
    phone = forms.RegexField(
        r"^[0-9+][0-9 .\-+]{5,18}$",
        label="Un téléphone, si vous préférez être rappelé (facultatif)",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"invalid": "Écrivez le numéro en chiffres, par exemple 05 63 00 00 00."},
    )
    body = forms.CharField(
        label="Votre message",
        max_length=LONGEST,
        help_text="Indiquez le nom de l’enfant ou le numéro de la facture dont vous parlez. N’écrivez ni mot de passe ni code.",
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": "Votre message est trop long : %(limit_value)d caractères au plus, il en compte %(show_value)d.",
        },
    )
    # Hidden from everybody: a program fills it, a person does not see it.
    website = forms.CharField(
        label="Laissez ce champ vide",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    page = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, at: datetime, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.submission: UUID | None = None
        self.fields["subject"].choices = [("", "Choisissez…"), *settings.CONTACT_SUBJECTS.items()]
        if known:
            del self.fields["name"], self.fields["email"]

    def clean(self) -> dict[str, Any]:
        """Read the page's token: a form sent faster than anybody types, or without its page, waits for one more click."""
        data = super().clean() or {}
        if data.get("website"):
            self.renew(website="")
            raise forms.ValidationError(
                "Un champ que l’on ne voit pas a été rempli, sans doute par un logiciel. Il est vidé : relisez votre message, "
                "puis envoyez-le de nouveau."
            )
        try:
            token = signing.loads(data.get("page", ""), salt=SALT)
        except signing.BadSignature:
            self.renew()
            raise forms.ValidationError(
                "Cette page était incomplète. Relisez votre message, puis envoyez-le."
            ) from None
        age = self.at.timestamp() - token["at"]
        if age < settings.CONTACT_LEAST_SECONDS:
            raise forms.ValidationError(
                "Le formulaire est parti très vite. Relisez votre message quelques secondes, puis envoyez-le de nouveau."
            )
        if age > DAY_SECONDS:
            self.renew()
            raise forms.ValidationError(
                "Cette page est ouverte depuis plus d’un jour. Relisez votre message, puis envoyez-le."
            )
        self.submission = UUID(token["id"])
        return data

    def renew(self, **fields: str) -> None:
        """Give the page shown again a token of its own; what was typed stays, but for the ``fields`` named."""
        self.data = {key: self.data[key] for key in self.data} | fields | {"page": page_token(self.at)}

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """The fields that people see."""
        return [field for field in self.visible_fields() if field.name != "website"]
