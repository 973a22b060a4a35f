"""What « Simulation des tarifs » is asked, all of it in the address: nothing is stored."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict

from castres_portal.base.french import WEEKDAYS
from reservations.models import Activity
from reservations.queries.simulation import Market, OwnFile
from reservations.rules.calendar import YearSpan
from reservations.rules.formulas import formula_label
from reservations.rules.simulation import Weeks, Wish, quotient_from_income
from reservations.rules.tariffs import When

MOST_CHILDREN = 8
RESIDENCE = [("oui", "Oui"), ("non", "Non")]
WEEKS = [
    (Weeks.ALL.value, "Toutes les semaines"),
    (Weeks.ODD.value, "Les semaines impaires"),
    (Weeks.EVEN.value, "Les semaines paires"),
]


class Amount(forms.DecimalField):
    """An amount as people type it: « 24 000,50 € »."""

    def to_python(self, value: Any) -> Decimal | None:
        """Read a French number."""
        text = str(value or "").translate(str.maketrans({" ": "", "\u00a0": "", "\u202f": "", "€": "", ",": "."}))
        return super().to_python(text)


def _amount(label: str, name: str, *, most: int, least: int = 0, help_text: str, places: int = 2) -> Amount:
    return Amount(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        decimal_places=places,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=help_text,
        error_messages={
            "invalid": f"Écrivez {name} en chiffres.",
            "min_value": f"Ce nombre est trop petit : {least} au moins.",
            "max_value": "Ce nombre est trop grand.",
            "max_decimal_places": f"Écrivez {name} {'sans centimes' if places == 0 else 'avec deux décimales au plus'}.",
        },
    )


class SimulationForm(forms.Form):
    """Quotient, or income and parts; children, and for each the days of each service. The fields bear the address's names."""

    quotient = _amount(
        "Votre quotient familial",
        "le quotient",
        most=99_999,
        places=0,
        help_text="Il est sur votre attestation CAF ou MSA. Laissez vide si vous ne le connaissez pas.",
    )
    revenu = _amount(
        "Ou : revenu fiscal de référence de l’année",
        "le revenu",
        most=9_999_999,
        help_text="Sur votre avis d’impôt, en euros.",
    )
    parts = _amount(
        "Nombre de parts", "le nombre de parts", most=20, least=1, help_text="Sur votre avis d’impôt. Exemple : 2,5."
    )
    enfants = forms.IntegerField(
        label="Nombre d’enfants",
        min_value=1,
        max_value=MOST_CHILDREN,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Indiquez le nombre d’enfants.",
            "invalid": "Écrivez le nombre d’enfants en chiffres.",
            "min_value": "Indiquez au moins un enfant.",
            "max_value": "La simulation va jusqu’à %(limit_value)d enfants.",
        },
    )
    annee = forms.ChoiceField(
        label="Année scolaire", error_messages={"invalid_choice": "Cette année scolaire n’est pas proposée."}
    )

    def __init__(self, market: Market, data: QueryDict, names: Iterable[str] = ()) -> None:
        super().__init__(_complete(market, data))
        self.market = market
        self.fields["annee"].choices = [(year.label, year.label) for year in market.years]  # type: ignore[attr-defined]
        names = list(names)
        eldest = "Enfant 1 (l’aîné)" if When.SIBLING in market.cases else "Enfant 1"
        others = [f"Enfant {n}" for n in range(2, MOST_CHILDREN + 1)]
        self.rows = [*names, *[eldest, *others][len(names) :]][: _count(self.data)]
        if When.OUTSIDE in market.cases:
            self.fields["commune"] = forms.ChoiceField(
                label=f"Votre foyer habite {settings.TOWN['name']}\u00a0?",
                choices=RESIDENCE,
                required=False,
                error_messages={"invalid_choice": "Répondez par oui ou par non."},
            )
        for number, _ in enumerate(self.rows, 1):
            self.fields[f"semaines-{number}"] = forms.ChoiceField(
                label="Semaines chez vous",
                choices=WEEKS,
                required=False,
                error_messages={"invalid_choice": "Choisissez les semaines dans la liste."},
            )
            if When.BASKET in market.cases:
                self.fields[f"panier-{number}"] = forms.BooleanField(
                    label="Panier repas\u00a0: le repas est fourni par la famille (PAI)", required=False
                )
            for activity in market.activities:
                self.fields[_days_name(number, activity)] = forms.MultipleChoiceField(
                    label=activity.name,
                    choices=[(WEEKDAYS[day], WEEKDAYS[day].capitalize()) for day in sorted(activity.weekdays)],
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                    error_messages={"invalid_choice": "Ce service ne fonctionne pas ce jour-là."},
                )
                if formulas := market.formulas.get(activity.pk):
                    self.fields[_formula_name(number, activity)] = forms.ChoiceField(
                        label="Formule",
                        choices=[(formula, formula_label(formula)) for formula in formulas],
                        required=False,
                        error_messages={"invalid_choice": "Cette formule n’est pas proposée."},
                    )

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of an estimate, and for a day at least."""
        data = super().clean() or {}
        if data.get("revenu") is not None and data.get("parts") is None and "parts" not in self.errors:
            self.add_error("parts", "Indiquez aussi le nombre de parts.")
        if data.get("parts") is not None and data.get("revenu") is None and "revenu" not in self.errors:
            self.add_error("revenu", "Indiquez aussi le revenu, ou effacez le nombre de parts.")
        if not self.errors and not self.wishes():
            self.add_error(None, "Cochez au moins un jour d’un service.")
        return data

    def wishes(self) -> list[Wish]:
        """Return the days asked for, child by child."""
        found = []
        for number, _ in enumerate(self.rows, 1):
            weeks = Weeks(self.cleaned_data.get(f"semaines-{number}") or Weeks.ALL)
            for activity in self.market.activities:
                days = frozenset(WEEKDAYS.index(day) for day in self.cleaned_data.get(_days_name(number, activity), []))
                formulas = self.market.formulas.get(activity.pk, ())
                formula = self.cleaned_data.get(_formula_name(number, activity)) or next(iter(formulas), "")
                if days:
                    basket = bool(self.cleaned_data.get(f"panier-{number}"))
                    found.append(Wish(number, activity.pk, days, weeks, formula, basket))
        return found

    @property
    def year(self) -> YearSpan:
        """The school year asked for."""
        return next(year for year in self.market.years if year.label == self.cleaned_data["annee"])

    @property
    def resident(self) -> bool:
        """Whether the household lives in the town, as it does unless it says otherwise."""
        return self.cleaned_data.get("commune") != "non"

    @property
    def estimated(self) -> int | None:
        """The quotient estimated from income and parts, when none was typed."""
        if self.cleaned_data["quotient"] is not None or self.cleaned_data["revenu"] is None:
            return None
        return quotient_from_income(self.cleaned_data["revenu"], self.cleaned_data["parts"])

    @property
    def known_quotient(self) -> int | None:
        """The quotient to price by: typed, else estimated, else not known."""
        typed = self.cleaned_data["quotient"]
        return self.estimated if typed is None else int(typed)

    def child_rows(self) -> list[dict[str, Any]]:
        """Return each child's name and fields: of each service its days, and its formula where there are several."""
        return [
            {
                "name": name,
                "weeks": self[f"semaines-{n}"],
                "basket": self[f"panier-{n}"] if f"panier-{n}" in self.fields else None,
                "services": [self._fields_of(n, activity) for activity in self.market.activities],
            }
            for n, name in enumerate(self.rows, 1)
        ]

    def _fields_of(self, number: int, activity: Activity) -> tuple[BoundField, BoundField | None]:
        formula = _formula_name(number, activity)
        return self[_days_name(number, activity)], self[formula] if formula in self.fields else None


def _formula_name(number: int, activity: Activity) -> str:
    return f"formule-{number}-{activity.slug}"


def _days_name(number: int, activity: Activity) -> str:
    return f"jours-{number}-{activity.slug}"


def _count(data: Mapping[str, Any]) -> int:
    """Return how many children to show, whatever was typed."""
    text = str(data.get("enfants", "1"))
    return min(max(int(text), 1), MOST_CHILDREN) if text.isdecimal() and len(text) < 4 else 1


def _complete(market: Market, data: QueryDict) -> QueryDict:
    """Give what the address does not say: the running year, one child, and to each child more the days of the first."""
    full = data.copy()
    if market.years:
        full.setdefault("annee", market.years[0].label)
    full.setdefault("enfants", "1")
    shown = str(full.get("vus", ""))
    if shown.isdecimal() and int(shown) >= 1:
        for number in range(int(shown) + 1, _count(full) + 1):
            full.setdefault(f"semaines-{number}", full.get("semaines-1", Weeks.ALL.value))
            for activity in market.activities:
                full.setlist(_days_name(number, activity), full.getlist(_days_name(1, activity)))
                if chosen := full.get(_formula_name(1, activity)):
                    full.setdefault(_formula_name(number, activity), chosen)
    return full


def first_data(market: Market, own: OwnFile | None) -> QueryDict:
    """Return what the page starts from: the household's own file, else one child on every day of the first service."""
    data = QueryDict(mutable=True)
    if own is None or not own.children:
        for activity in market.activities[:1]:
            data.setlist(_days_name(1, activity), [WEEKDAYS[day] for day in sorted(activity.weekdays)])
    if own is not None:
        if own.quotient is not None:
            data["quotient"] = str(own.quotient)
        data["commune"] = "oui" if own.resident else "non"
        data["enfants"] = str(min(max(len(own.children), 1), MOST_CHILDREN))
        for number, child in enumerate(own.children[:MOST_CHILDREN], 1):
            data[f"semaines-{number}"] = child.weeks.value
            if child.basket:
                data[f"panier-{number}"] = "on"
            for activity in market.activities:
                days = sorted(child.weekdays.get(activity.pk, set()) & activity.weekdays)
                data.setlist(_days_name(number, activity), [WEEKDAYS[day] for day in days])
                if child.formulas.get(activity.pk) in market.formulas.get(activity.pk, ()):
                    data[_formula_name(number, activity)] = child.formulas[activity.pk]
    return data
