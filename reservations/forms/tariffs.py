"""What an agent types of a tariff: bands that leave no gap, rules that mean something, nothing above the cost per user."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from castres_portal.base.french import euros, plain_day
from reservations.models import Activity, Residence, Tariff, TariffBand, TariffRule
from reservations.models.tariffs import NUMBER_LENGTH
from reservations.pricing.prices import dearest
from reservations.rules.bands import problem_of
from reservations.rules.formulas import formula_label

MEAL_LAW = "code de l’éducation, article\u00a0R531-53"
OTHER_LAW = "loi n°\u00a098-657 du 29 juillet 1998, article\u00a0147"


class TariffForm(forms.ModelForm):
    """A tariff that begins and ends beside the others of its activity, and says who voted it and when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("number", "voted_on"):
            if name in self.fields:
                self.fields[name].required = not self.instance.deliberation

    def clean(self) -> dict[str, object]:
        """Refuse a period that another tariff of the activity covers, and a vote that comes after the first day."""
        data = super().clean() or {}
        activity, first, voted = data.get("activity"), data.get("starts_on"), data.get("voted_on")
        if activity and first:
            others = Tariff.objects.filter(activity=activity).exclude(pk=self.instance.pk)
            last = data.get("ends_on") or date.max
            if others.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last).exists():
                raise ValidationError("Un autre tarif de cette activité couvre déjà une partie de cette période.")
        if first and voted and voted > first:
            self.add_error(
                "voted_on", "Un tarif ne s’applique pas avant d’être voté\u00a0: corrigez l’un des deux jours."
            )
        return data


class BandFormSet(PaginationInlineFormSet):
    """Bands that leave no quotient without a price, and give none two, formula by formula."""

    @property
    def kept(self) -> list[TariffBand]:
        """The bands as they are typed, those that are to be removed left out."""
        return [
            form.instance
            for form in self.forms
            if form.instance.quotient_from is not None and not self._should_delete_form(form)
        ]

    def clean(self) -> None:
        """Refuse a gap, an overlap, a first band above 0, a last one that ends, a formula that the activity does not offer, and a
        price above the cost per user, which is typed once a formula."""
        super().clean()
        if any(self.errors):
            return
        if not self.kept:
            raise ValidationError(str(problem_of([])))
        activity: Activity | None = self.instance.activity if self.instance.activity_id else None
        problems = []
        for formula, rows in groupby(sorted(self.kept, key=lambda band: band.formula), key=lambda band: band.formula):
            bands = list(rows)
            problem = problem_of([(band.quotient_from, band.quotient_below) for band in bands])
            problem = problem or _spread_cost(bands, activity)
            if problem:
                problems.append(f"{formula_label(formula)}\u00a0: {problem}" if formula else problem)
        if activity:
            problems += _formulas_missing(activity, {band.formula for band in self.kept})
        if problems:
            raise ValidationError(problems)


def _spread_cost(bands: Sequence[TariffBand], activity: Activity | None) -> str | None:
    """Give the cost per user typed on one band of a formula to the others; say what is wrong with it."""
    costs = {band.cost for band in bands if band.cost is not None}
    if not costs:
        return None
    if len(costs) > 1:
        return "le coût par usager n’est pas le même sur toutes les tranches. Écrivez-le une fois."
    (cost,) = costs
    for band in bands:
        band.cost = cost
        if band.care_part + band.food_part > cost:
            return (
                f"la tranche {band.label} dépasse le coût par usager ({euros(band.care_part + band.food_part)} pour "
                f"{euros(cost)}), ce qu’interdit la loi ({law(activity)})."
            )
    return None


def _formulas_missing(activity: Activity, typed: set[str]) -> list[str]:
    offered = set(activity.formulas.values_list("formula", flat=True)) or {""}
    unknown = [formula_label(formula) or "sans formule" for formula in sorted(typed - offered)]
    missing = [formula_label(formula) or "sans formule" for formula in sorted(offered - typed)]
    return [
        *([f"Cette activité ne propose pas\u00a0: {', '.join(unknown)}."] if unknown else []),
        *([f"Il manque les tranches de\u00a0: {', '.join(missing)}."] if missing else []),
    ]


def law(activity: Activity | None) -> str:
    """Return the text that keeps a price under the cost per user: of school meals, or of the other services."""
    return MEAL_LAW if activity is None or activity.is_meal else OTHER_LAW


class RuleFormSet(PaginationInlineFormSet):
    """Rules whose dearest case stays under the cost per user; ``bands`` is the formset of the same page."""

    bands: BandFormSet | None = None

    def clean(self) -> None:
        """Refuse what the law does, named with its article."""
        super().clean()
        if any(self.errors) or self.bands is None or not self.bands.is_valid():
            return
        rules: list[TariffRule] = [
            form.instance for form in self.forms if form.instance.when and not self._should_delete_form(form)
        ]
        problems = []
        ordered = sorted(self.bands.kept, key=lambda band: band.formula)
        for formula, rows in groupby(ordered, key=lambda band: band.formula):
            bands = list(rows)
            cost: Decimal | None = bands[0].cost
            most = dearest(bands, rules)
            if cost is not None and most is not None and most.total > cost:
                head = f"{formula_label(formula)}\u00a0: avec" if formula else "Avec"
                steps = "\u00a0; ".join(most.steps[1:])
                problems.append(
                    f"{head} ces règles, le prix peut atteindre {euros(most.total)} ({steps}), plus que le coût par usager de "
                    f"{euros(cost)}, ce qu’interdit la loi ({law(self.instance.activity)})."
                )
        if problems:
            raise ValidationError(problems)


class NewVersionForm(forms.Form):
    """From which day another vote applies."""

    starts_on = forms.DateField(
        label="À partir du",
        widget=UnfoldAdminSingleDateWidget,
        help_text="Le tarif d’aujourd’hui s’arrête la veille.",
        error_messages={"required": "Indiquez le premier jour du nouveau tarif."},
    )
    number = forms.CharField(
        label="Délibération n°",
        max_length=NUMBER_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Indiquez le numéro de la délibération."},
    )
    voted_on = forms.DateField(
        label="Votée le",
        widget=UnfoldAdminSingleDateWidget,
        error_messages={"required": "Indiquez le jour du vote."},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a tariff that would apply before it was voted."""
        data = super().clean() or {}
        first, voted = data.get("starts_on"), data.get("voted_on")
        if first and voted and voted > first:
            self.add_error(
                "voted_on", "Un tarif ne s’applique pas avant d’être voté\u00a0: corrigez l’un des deux jours."
            )
        return data


class ResidenceForm(forms.ModelForm):
    """A decision that leaves each day of a household to one decision at most."""

    class Meta:
        model = Residence
        fields = ("family", "is_resident", "starts_on", "ends_on", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse a period that another decision covers."""
        data = super().clean() or {}
        family, first = data.get("family"), data.get("starts_on")
        if family and first:
            last = data.get("ends_on") or date.max
            others = Residence.objects.filter(family=family, starts_on__lte=last).exclude(pk=self.instance.pk)
            other = others.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first)).first()
            if other is not None:
                until = f" au {plain_day(other.ends_on)}" if other.ends_on else ""
                raise ValidationError(
                    f"Une décision couvre déjà ces jours pour cette famille, du {plain_day(other.starts_on)}{until}\u00a0: "
                    "terminez-la d’abord."
                )
        return data
