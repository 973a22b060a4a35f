"""What is typed about a quotient: by a family that declares it or asks the CAF for it, by an agent who accepts it."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from castres_portal.base.clock import in_paris
from castres_portal.base.french import month_name
from families import attachments
from families.api_particulier.answers import FRANCE, Beneficiary
from families.forms.activation import BIRTH_DATE_FORMATS
from families.models import Family, FamilyRequest, Guardian, QuotientClaim, QuotientRecord
from families.rules.quotients import LARGEST, add_months, effect_of, month_problem

Source = QuotientRecord.Source
SOURCES = [(Source.CAF, "CAF"), (Source.MSA, "MSA"), (Source.TAX, "Avis d’imposition, si vous n’êtes pas allocataire")]
# INSEE codes (code officiel géographique) of the countries that most parents born abroad name.
COUNTRIES = [
    (FRANCE, "France"),
    ("99352", "Algérie"),
    ("99109", "Allemagne"),
    ("99131", "Belgique"),
    ("99134", "Espagne"),
    ("99127", "Italie"),
    ("99350", "Maroc"),
    ("99139", "Portugal"),
    ("99132", "Royaume-Uni"),
    ("99140", "Suisse"),
    ("99351", "Tunisie"),
    ("", "Un autre pays"),
]
EARLIEST_BIRTH = 1900


def _value_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Quotient familial, en euros",
        min_value=0,
        max_value=LARGEST,
        help_text="Le nombre que porte l’attestation, sans les centimes.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Saisissez votre quotient.",
            "invalid": "Écrivez le quotient en chiffres, sans centimes. Exemple : 845.",
            "min_value": "Un quotient n’est pas négatif.",
            "max_value": f"Ce quotient est trop grand : {LARGEST} au plus.",
        },
    )


class DeclareForm(forms.Form):
    """The quotient of an attestation, with the paper when somebody keeps papers."""

    value = _value_field()
    month = forms.ChoiceField(label="Mois du quotient", error_messages={"required": "Choisissez le mois."})
    source = forms.ChoiceField(
        label="Qui l’a calculé ?",
        choices=SOURCES,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites qui l’a calculé."},
    )

    def __init__(self, *args: Any, family: Family, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [add_months(today, -count) for count in range(settings.QUOTIENT["oldest_months"] + 1)]
        self.fields["month"].choices = [(month.isoformat(), month_name(month)) for month in months]
        self.papers = attachments.desk().fields(FamilyRequest(kind="quotient", family=family))
        self.fields |= self.papers

    def clean_month(self) -> date:
        """Return the first day of the month."""
        return date.fromisoformat(self.cleaned_data["month"])

    def declared(self) -> dict[str, Any]:
        """Return what is declared."""
        return {name: self.cleaned_data[name] for name in ("value", "month", "source")}

    def answers(self) -> dict[str, Any]:
        """Return what the fields of the papers brought; nothing when none was joined."""
        joined = {name: self.cleaned_data.get(name) for name in self.papers}
        return joined if any(joined.values()) else {}


class BeneficiaryForm(forms.Form):
    """The identity that the CAF and the MSA need, once, to find a file."""

    birth_name = forms.CharField(
        label="Nom de naissance",
        max_length=100,
        help_text="Celui de l’acte de naissance, même si vous en portez un autre.",
        error_messages={"required": "Saisissez le nom de naissance."},
    )
    first_names = forms.CharField(
        label="Prénoms",
        max_length=150,
        help_text="Dans l’ordre de l’état civil, séparés par une espace. Exemple : Claire Marie.",
        error_messages={"required": "Saisissez les prénoms."},
    )
    birth_date = forms.DateField(
        label="Date de naissance",
        input_formats=BIRTH_DATE_FORMATS,
        help_text="Par exemple 14/03/1988.",
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "bday", "inputmode": "numeric"}),
        error_messages={
            "required": "Saisissez la date de naissance.",
            "invalid": "Écrivez la date comme ceci : 14/03/1988.",
        },
    )
    sex = forms.ChoiceField(
        label="Sexe à l’état civil",
        choices=[("F", "Féminin"), ("M", "Masculin")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le sexe inscrit à l’état civil."},
    )
    country = forms.ChoiceField(label="Pays de naissance", choices=COUNTRIES, initial=FRANCE, required=False)
    place = forms.CharField(
        label="Commune de naissance", required=False, max_length=100, help_text="Pour une naissance en France."
    )
    department = forms.CharField(
        label="Département de naissance",
        required=False,
        max_length=3,
        help_text="Son numéro : 81 pour le Tarn, 2A, 974… Pour une naissance en France.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, guardian: Guardian | None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if guardian:
            self.fields["birth_name"].initial = guardian.last_name
            self.fields["first_names"].initial = guardian.first_name
            self.fields["sex"].initial = "F" if guardian.title == Guardian.Title.MRS else "M"

    def clean_birth_date(self) -> date:
        """Refuse a day that is no adult's birth."""
        day: date = self.cleaned_data["birth_date"]
        if day.year < EARLIEST_BIRTH or day >= self.today:
            raise forms.ValidationError("Cette date de naissance n’est pas possible.")
        return day

    def clean_department(self) -> str:
        """Return a department's number as INSEE writes it."""
        text = self.cleaned_data["department"].strip().upper()
        if text and not _is_department(text):
            raise forms.ValidationError("Écrivez le numéro du département : 81, 09, 2A, 974…")
        return text.zfill(2) if text else ""

    def clean(self) -> dict[str, Any]:
        """Ask where in France, and say what to do for a country that is not in the list."""
        data = super().clean() or {}
        if not data.get("country"):
            self.add_error(
                "country", "Pour ce pays, la recherche ne peut pas se faire d’ici : déposez votre attestation."
            )
        elif data["country"] == FRANCE:
            for name, missing in (("place", "Saisissez la commune."), ("department", "Saisissez le département.")):
                if name not in self.errors and not data.get(name):
                    self.add_error(name, missing)
        return data

    def beneficiary(self, guardian: Guardian | None) -> Beneficiary:
        """Return who to ask about."""
        data = self.cleaned_data
        usage = guardian.last_name if guardian and guardian.last_name.lower() != data["birth_name"].lower() else ""
        return Beneficiary(
            birth_name=data["birth_name"].strip(),
            first_names=tuple(data["first_names"].replace(",", " ").split()),
            birth_date=data["birth_date"],
            sex=data["sex"],
            country=data["country"],
            place=data["place"].strip(),
            department=data["department"],
            usage_name=usage,
        )


def _is_department(text: str) -> bool:
    if text in ("2A", "2B"):
        return True
    return text.isdecimal() and (1 <= int(text) <= 95 or 971 <= int(text) <= 976)


class AgentDay(UnfoldAdminTextInputWidget, forms.DateInput):
    """A day as agents type it."""

    def __init__(self) -> None:
        super().__init__()
        self.format = "%d/%m/%Y"


class AcceptClaimForm(forms.Form):
    """What an agent read on the paper, and from when until when it holds."""

    claim: QuotientClaim

    value = forms.IntegerField(
        label="Quotient (€)", min_value=0, max_value=LARGEST, widget=UnfoldAdminIntegerFieldWidget
    )
    month = forms.DateField(
        label="Mois du quotient",
        help_text="Le premier jour du mois, par exemple 01/11/2026.",
        widget=AgentDay,
    )
    source = forms.ChoiceField(label="Source", choices=SOURCES, widget=UnfoldAdminSelectWidget)
    starts_on = forms.DateField(label="Valable du", widget=AgentDay)
    ends_on = forms.DateField(label="au (compris)", widget=AgentDay)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        received_on = in_paris(self.claim.request.received_at).date()
        starts_on, ends_on = effect_of(received_on, valid_months=settings.QUOTIENT["valid_months"])
        proposed = {"value": self.claim.value, "month": self.claim.month, "source": self.claim.source}
        for name, value in (proposed | {"starts_on": starts_on, "ends_on": ends_on}).items():
            self.fields[name].initial = value
        self.received_on = received_on

    def clean_month(self) -> date:
        """Keep the month alone, and refuse one that cannot be."""
        month: date = self.cleaned_data["month"].replace(day=1)
        if problem := month_problem(month, today=self.received_on, oldest_months=settings.QUOTIENT["oldest_months"]):
            raise forms.ValidationError(problem)
        return month

    def clean(self) -> dict[str, Any]:
        """Refuse a period upside down."""
        data = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", "La fin précède le début.")
        return data
