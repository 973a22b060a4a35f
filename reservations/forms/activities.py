"""The form of an activity: a rule that contradicts itself is refused, beside what is to be put right."""

from datetime import time
from typing import Any

from django import forms
from django.forms import ModelForm
from unfold.widgets import UnfoldAdminSelectWidget

from documents.models import DocumentKind
from families.models import SchoolLevel
from reservations.forms.widgets import Ticks
from reservations.models import Activity
from reservations.models.activities import WEEKDAYS
from reservations.rules.deadlines import DeadlineKind

WHICH = {"add": "l’ajout", "cancel": "l’annulation"}


def _weekday(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "–"), *enumerate(WEEKDAYS)],
        widget=UnfoldAdminSelectWidget,
        help_text="Pour un délai qui se dit par un jour de la semaine.",
    )


class ActivityForm(ModelForm):
    """Days, season, deadlines, who may enrol."""

    levels = forms.MultipleChoiceField(
        label="Niveaux",
        choices=SchoolLevel.choices,
        required=False,
        widget=Ticks,
        help_text="Aucun coché\u00a0: tous les niveaux.",
    )
    required_documents = forms.ModelMultipleChoiceField(
        label="Pièces demandées",
        queryset=DocumentKind.objects.all(),
        required=False,
        widget=Ticks,
        help_text="Une pièce qui manque n’empêche pas l’inscription\u00a0: la famille la voit à donner.",
    )
    add_weekday = _weekday("Ajout\u00a0: jour de la semaine")
    cancel_weekday = _weekday("Annulation\u00a0: jour de la semaine")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for which in WHICH:
            name = f"{which}_days"
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = "0\u00a0: le jour même. Pour un délai en jours."

    def clean(self) -> dict[str, Any]:
        """Refuse a rule that contradicts itself."""
        data = super().clean() or {}
        for which in WHICH:
            self._clean_deadline(which, data)
        first, last = data.get("age_from"), data.get("age_to")
        if first is not None and last is not None and last < first:
            self.add_error("age_to", f"L’âge le plus grand ({last} ans) est en dessous du plus petit ({first} ans).")
        if "on_monday" in self.fields and not any(data.get(f"on_{day}") for day in DAYS):
            self.add_error("on_monday", "Cochez au moins un jour\u00a0: sans jour, personne ne peut réserver.")
        if data.get("has_waiting_list") and data.get("offer_hours") == 0:
            self.add_error("offer_hours", "Laissez au moins une heure pour répondre à une place proposée.")
        return data

    def _clean_deadline(self, which: str, data: dict[str, Any]) -> None:
        kind, days, weekday = data.get(f"{which}_kind"), data.get(f"{which}_days"), data.get(f"{which}_weekday")
        if kind == DeadlineKind.DAYS:
            if days is None and f"{which}_days" not in self.errors:
                hour: time | None = data.get(f"{which}_hour")
                self.add_error(
                    f"{which}_days",
                    "Une heure limite va avec un nombre de jours\u00a0: indiquez-le (0\u00a0: le jour même)."
                    if hour
                    else f"Indiquez combien de jours avant {WHICH[which]} s’arrête (0\u00a0: le jour même).",
                )
        else:
            if weekday is None and f"{which}_weekday" not in self.errors:
                self.add_error(f"{which}_weekday", f"Choisissez le jour de la semaine où {WHICH[which]} s’arrête.")
            if data.get(f"{which}_working"):
                self.add_error(f"{which}_working", "Les jours ouvrés ne comptent que pour un délai en jours.")
        # What the other kind of deadline does not read keeps its value.
        if days is None:
            data[f"{which}_days"] = getattr(self.instance, f"{which}_days")
        if weekday is None:
            data[f"{which}_weekday"] = getattr(self.instance, f"{which}_weekday")

    class Meta:
        model = Activity
        exclude: tuple[str, ...] = ()


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class HoursForm(ModelForm):
    """Hours that go forward."""

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, and places that nobody could take."""
        data = super().clean() or {}
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "La fin précède le début.")
        if data.get("places") == 0:
            self.add_error("places", "Zéro place ne reçoit personne. Laissez vide pour ne pas compter les places.")
        return data
