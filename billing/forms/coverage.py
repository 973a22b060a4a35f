"""What an agent types about who else pays: an organisation, a decision, its end."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from billing.forms.till import money_field, text_field
from billing.models import PayingBody
from billing.services.coverage import Decided
from families.models import Child, Family, Guardian
from reservations.models import Activity


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """Return a box for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=UnfoldAdminSingleDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class CoverageForm(forms.Form):
    """Who pays which part of which days, by which decision."""

    child = forms.ModelChoiceField(Child.objects.none(), label="Enfant", widget=UnfoldAdminSelectWidget)
    body = forms.ModelChoiceField(
        PayingBody.objects.select_related("family"),
        label="Organisme qui paie",
        required=False,
        empty_label="Aucun\u00a0: une autre personne",
        widget=UnfoldAdminSelectWidget,
        help_text="CCAS, employeur… Il s’ajoute d’abord dans «\u00a0Organismes payeurs\u00a0».",
    )
    file = forms.CharField(
        label="Ou n° de dossier de l’autre payeur",
        required=False,
        max_length=12,
        widget=UnfoldAdminTextInputWidget,
        help_text="L’autre parent, par exemple. S’il n’a pas de dossier, ouvrez-lui-en un, sans enfant.",
    )
    activity = forms.ModelChoiceField(
        Activity.objects.order_by("name"),
        label="Prestation",
        required=False,
        empty_label="Toutes",
        widget=UnfoldAdminSelectWidget,
    )
    percent = forms.DecimalField(
        label="Part prise en charge (%)",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": "Indiquez la part.",
            "invalid": "Écrivez un pourcentage, par exemple 50 ou 33,33.",
            "max_value": "La part va de 0,01 à 100\u00a0%.",
            "min_value": "La part va de 0,01 à 100\u00a0%.",
        },
    )
    ceiling = money_field("Plafond par mois (€)", required=False, help_text="Vide\u00a0: sans plafond.")
    starts_on = day_field("Du")
    ends_on = day_field("Au", required=False, help_text="Vide\u00a0: jusqu’à ce que vous l’arrêtiez.")
    decision = text_field("Décision n°", most=60, required=True)
    decided_on = day_field("Décision du")

    def __init__(self, *args: Any, family: Family, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.family = family
        self.fields["child"].queryset = (  # type: ignore[attr-defined]
            Child.objects.filter(custodies__family=family).distinct().order_by("first_name")
        )

    def clean_file(self) -> Family | None:
        """Find the file by its number."""
        number = self.cleaned_data["file"].strip().upper()
        if not number:
            return None
        found = Family.objects.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(f"Aucun dossier ne porte le n° {number}.")
        if found.pk == self.family.pk:
            raise forms.ValidationError("C’est le dossier du foyer lui-même\u00a0: indiquez celui de l’autre payeur.")
        return found

    def clean(self) -> dict[str, Any]:
        """One payer, no more; a period in its order; something rather than nothing."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "file" in data and bool(data.get("body")) == bool(data["file"]):
            self.add_error("body", "Choisissez un organisme, ou donnez un numéro de dossier\u00a0: l’un des deux.")
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", "La fin précède le début.")
        if data.get("percent") == 0:
            self.add_error("percent", "La part va de 0,01 à 100\u00a0%.")
        if data.get("ceiling") == 0:
            self.add_error("ceiling", "Le plafond est supérieur à zéro, ou vide.")
        return data

    @property
    def payer(self) -> Family:
        """The file that is to pay."""
        body: PayingBody | None = self.cleaned_data["body"]
        payer: Family = body.family if body else self.cleaned_data["file"]
        return payer

    def decided(self) -> Decided:
        """What was decided."""
        names = ("percent", "ceiling", "starts_on", "ends_on", "decision", "decided_on", "activity")
        return Decided(**{name: self.cleaned_data[name] for name in names})


class EndForm(forms.Form):
    """The last day, and why."""

    last_day = day_field(
        "Dernier jour pris en charge",
        help_text="Un jour avant le début\u00a0: elle n’aura jamais compté. Les factures émises ne changent pas.",
    )
    why = text_field("Motif", most=200, required=True)


class PayingBodyForm(forms.Form):
    """An organisation, its address, who reads its invoices there."""

    name = text_field("Nom de l’organisme", most=120, required=True)
    kind = forms.ChoiceField(label="Nature", choices=PayingBody.Kind.choices, widget=UnfoldAdminSelectWidget)
    names_children = forms.BooleanField(
        label="Ses factures nomment les enfants",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Pour un CCAS, qui connaît les enfants qu’il aide. Sinon, elles portent leurs initiales.",
    )
    street = text_field("Adresse", most=160, required=True)
    street_more = text_field("Complément", most=160)
    postcode = forms.RegexField(
        r"^\d{5}$",
        label="Code postal",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez les cinq chiffres du code postal."},
    )
    city = text_field("Commune", most=80, required=True)
    title = forms.ChoiceField(
        label="Civilité du correspondant", choices=Guardian.Title.choices, widget=UnfoldAdminSelectWidget
    )
    first_name = text_field("Prénom du correspondant", most=80, required=True)
    last_name = text_field("Nom du correspondant", most=80, required=True)
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        widget=UnfoldAdminEmailInputWidget,
        help_text="Les factures y partent en pièce jointe. Vide\u00a0: elles partent par courrier.",
    )
    phone = text_field("Téléphone", most=20)
