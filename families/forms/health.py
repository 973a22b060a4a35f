"""What parents tell of a child’s health: the sheet, the people to call, what they authorise, a PAI."""

import re
from datetime import date, time
from typing import Any

from django import forms
from django.conf import settings

from families.forms.activation import BIRTH_DATE_FORMATS
from families.rules.health import ALLERGENS, DIETS, Answers, HealthSheet, confessional_word

CONFESSIONAL = (
    "Ce texte contient « {word} » : la Ville n’enregistre aucune religion. Dites seulement ce que l’enfant ne mange pas, "
    "dans « Régime » (par exemple « Sans porc » ou « Sans viande »)."
)
PHONE = re.compile(r"^(?:0\d{9}|\+\d{8,14})$")
WRONG_DATE = "Écrivez la date comme ceci : 31/08/2027."


def neutral(text: str) -> None:
    """Refuse a text that tells a religion, and say what to write instead."""
    if word := confessional_word(text):
        raise forms.ValidationError(CONFESSIONAL.format(word=word), code="confessional")


def readable_phone(text: str) -> None:
    """Refuse what no telephone can dial."""
    if not PHONE.match(re.sub(r"[ .\-()\u00a0]", "", text)):
        raise forms.ValidationError("Ce numéro n’est pas complet. Exemple : 06 12 34 56 78.", code="phone")


def words(label: str, help_text: str = "", *, rows: int = 0, limit: int = 300, **options: Any) -> forms.CharField:
    """Return a text that is not compulsory: one line, or ``rows`` lines."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=limit, widget=widget, **options)


def telephone(label: str, **options: Any) -> forms.CharField:
    """Return a telephone number."""
    return forms.CharField(
        label=label,
        required=options.pop("required", False),
        max_length=25,
        validators=[readable_phone],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        **options,
    )


def day(label: str, help_text: str = "Par exemple 31/08/2027.", **options: Any) -> forms.DateField:
    """Return a date typed as French writes it."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=options.pop("required", False),
        input_formats=BIRTH_DATE_FORMATS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"invalid": WRONG_DATE, **options.pop("error_messages", {})},
        **options,
    )


def plausible(value: date | None) -> date | None:
    """Refuse a year that was mistyped."""
    if value is not None and not 2000 <= value.year <= 2100:
        raise forms.ValidationError(WRONG_DATE)
    return value


class HealthForm(forms.Form):
    """The child's sheet; ``version`` is the one that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    food = forms.MultipleChoiceField(
        label="Allergies alimentaires",
        required=False,
        choices=ALLERGENS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    food_other = words(
        "Autre aliment", "Un aliment qui n’est pas dans la liste, par exemple : kiwi.", validators=[neutral]
    )
    drug = words("Médicaments", "Par exemple : pénicilline.", validators=[neutral])
    other_allergy = words("Autre allergie", "Par exemple : piqûres de guêpe, latex.", validators=[neutral])
    no_allergy = forms.BooleanField(
        label="Aucune allergie connue",
        required=False,
        help_text="Cochez-la pour que les équipes ne se demandent pas si la question a été oubliée.",
    )
    diet = forms.MultipleChoiceField(
        label="Régime",
        required=False,
        choices=DIETS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez dans la liste."},
    )
    support = words(
        "Besoin d’accompagnement",
        "Ce qui aide l’enfant au quotidien, par exemple : « une place près de l’adulte », « un temps calme après le repas ». "
        "Ne nommez ni maladie ni handicap.",
        rows=3,
        limit=600,
        validators=[neutral],
    )
    doctor_name = words("Médecin traitant", limit=120)
    doctor_phone = telephone("Téléphone du médecin")
    vaccines_until = day("Vaccins à jour jusqu’au", "La date du prochain rappel, dans le carnet de santé : 31/08/2027.")
    insurance = words("Assureur", "Assurance scolaire et extrascolaire (responsabilité civile).", limit=120)
    policy = words("Numéro de contrat", limit=60)
    insured_until = day("Valable jusqu’au")

    def clean(self) -> dict[str, Any]:
        """Refuse « no known allergy » beside an allergy: nobody would know which to believe."""
        data = super().clean() or {}
        told = [data.get(name) for name in ("food", "food_other", "drug", "other_allergy")]
        if data.get("no_allergy") and any(told):
            self.add_error("no_allergy", "Vous nommez une allergie : décochez cette case, ou retirez l’allergie.")
        return data

    def clean_vaccines_until(self) -> date | None:
        """Refuse a mistyped year."""
        return plausible(self.cleaned_data["vaccines_until"])

    def clean_insured_until(self) -> date | None:
        """Refuse a mistyped year."""
        return plausible(self.cleaned_data["insured_until"])

    @property
    def sheet(self) -> HealthSheet:
        """What was typed, as the rules read it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        data["food"] = tuple(code for code, _ in ALLERGENS if code in data["food"])
        data["diet"] = tuple(code for code, _ in DIETS if code in data["diet"])
        return HealthSheet(**data)


def shown_form(sheet: HealthSheet, version: int) -> HealthForm:
    """Return the form filled with a sheet."""
    return HealthForm(
        initial={**{name: getattr(sheet, name) for name in HealthSheet.__dataclass_fields__}, "version": version}
    )


class VersionForm(forms.Form):
    """The version that a page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class YesNo(forms.TypedChoiceField):
    """Yes or no, neither of them chosen beforehand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=(("oui", "Oui"), ("non", "Non")),
            coerce=lambda value: value == "oui",
            widget=forms.RadioSelect,
            error_messages={
                "required": "Répondez par oui ou par non.",
                "invalid_choice": "Répondez par oui ou par non.",
            },
            **options,
        )


class AuthorisationsForm(forms.Form):
    """What one guardian authorises."""

    image = YesNo(label="Photos et vidéos de l’enfant pendant les activités, dans les publications de la Ville")
    hospital = YesNo(
        label="Transport à l’hôpital et soins décidés par le médecin en cas d’urgence, parents prévenus aussitôt"
    )
    alone = YesNo(label="L’enfant peut partir seul")
    alone_age = forms.IntegerField(
        label="À partir de quel âge",
        required=False,
        max_value=17,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez l’âge en chiffres, par exemple 9."},
    )
    alone_from = forms.TimeField(
        label="À partir de quelle heure",
        required=False,
        input_formats=("%H:%M", "%Hh%M", "%H h %M", "%Hh", "%H h", "%H"),
        help_text="Par exemple 17:30.",
        widget=forms.TimeInput(format="%H:%M", attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Écrivez l’heure comme ceci : 17:30."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least_age = int(settings.HEALTH["alone_from_age"])
        self.fields["alone_age"].help_text = f"Au moins {self.least_age} ans."

    def clean(self) -> dict[str, Any]:
        """Ask for the age with a « yes »; an age or an hour beside a « no » means nothing and is left out."""
        data = super().clean() or {}
        if data.get("alone"):
            age = data.get("alone_age")
            if "alone_age" not in self.errors and (age is None or age < self.least_age):
                self.add_error("alone_age", f"Indiquez un âge d’au moins {self.least_age} ans.")
        elif "alone_age" not in self.errors and "alone_from" not in self.errors:
            data["alone_age"] = data["alone_from"] = None
        return data

    @property
    def answers(self) -> Answers:
        """What was answered, as the rules read it."""
        return Answers(**self.cleaned_data)


def answered_form(answers: Answers | None) -> AuthorisationsForm:
    """Return the form with a guardian's own answers, or empty."""
    if answers is None:
        return AuthorisationsForm()
    yes_no = {name: "oui" if getattr(answers, name) else "non" for name in ("image", "hospital", "alone")}
    hour: time | None = answers.alone_from
    return AuthorisationsForm(initial={**yes_no, "alone_age": answers.alone_age, "alone_from": hour})


class PlanForm(forms.Form):
    """A PAI to put in force."""

    needs = forms.CharField(
        label="Ce qu’il faut faire",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[neutral],
        help_text="Ce que dit le protocole signé avec le médecin et l’école : signes, gestes, traitement et où il se trouve.",
        error_messages={"required": "Dites ce qu’il faut faire."},
    )
    basket_meal = forms.BooleanField(label="La famille fournit le repas (panier)", required=False)
    valid_until = day(
        "Valable jusqu’au",
        "Le plus souvent la fin de l’année scolaire : 03/07/2027.",
        required=True,
        error_messages={"required": "Indiquez jusqu’à quand il vaut."},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_valid_until(self) -> date | None:
        """Refuse a day that is past."""
        value = plausible(self.cleaned_data["valid_until"])
        if value is not None and value < self.today:
            raise forms.ValidationError("Cette date est passée.")
        return value

    @property
    def content(self) -> dict[str, Any]:
        """What was typed, as it is stored."""
        return {**self.cleaned_data, "valid_until": self.cleaned_data["valid_until"].isoformat()}
