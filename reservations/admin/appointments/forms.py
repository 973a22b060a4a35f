"""What agents type about appointments."""

import re
from datetime import date
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from castres_portal.base.french import WEEKDAYS
from families.models import Family, Guardian
from reservations.forms.appointments import DATE_FORMATS, MON_TO_FRI, AppointmentForm, day_field, hour_field
from reservations.models import AppointmentPlace
from reservations.rules.appointments import Opening

MOST_WEEKS = 26


def dressed(field: forms.Field, widget: forms.Widget | None = None) -> forms.Field:
    """Give a field the back office's look."""
    field.widget = widget or UnfoldAdminTextInputWidget()
    return field


class OpeningForm(forms.Form):
    """Slots to open: where, with whom, which days and hours, for how many weeks."""

    place = forms.ModelChoiceField(AppointmentPlace.objects.all(), label="Lieu", widget=UnfoldAdminSelectWidget)
    receives = forms.CharField(
        label="Qui reçoit",
        max_length=600,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Une personne par ligne : plusieurs personnes reçoivent plusieurs familles à la même heure.",
    )
    weekdays = forms.MultipleChoiceField(
        label="Jours", choices=[*MON_TO_FRI, ("5", WEEKDAYS[5])], widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    first_day = dressed(day_field("À partir du", required=True, help_text="Par exemple 07/12/2026."))
    weeks = forms.IntegerField(
        label="Nombre de semaines",
        min_value=1,
        max_value=MOST_WEEKS,
        initial=4,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    opens = dressed(hour_field("De", initial="9:00"))
    closes = dressed(hour_field("À", initial="12:00"))
    minutes = forms.IntegerField(
        label="Durée d’un rendez-vous (minutes)",
        min_value=5,
        max_value=240,
        initial=30,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    pause_from = dressed(hour_field("Pause de", required=False))
    pause_until = dressed(hour_field("Pause jusqu’à", required=False))
    closed_days = forms.CharField(
        label="Autres jours fermés",
        required=False,
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text="Séparés par des virgules : 24/12/2026, 31/12/2026. Les jours fériés sont sautés d’office.",
    )
    skip_school_holidays = forms.BooleanField(
        label="Sauter aussi les vacances scolaires et les ponts", required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_receives(self) -> list[str]:
        """Return the persons, each once."""
        names = [" ".join(line.split()) for line in self.cleaned_data["receives"].splitlines()]
        found = list(dict.fromkeys(name for name in names if name))
        if any(len(name) > 80 for name in found):
            raise forms.ValidationError("Un nom est trop long : 80 caractères au plus.")
        return found

    def clean_first_day(self) -> date:
        """Refuse a day that is past."""
        day: date = self.cleaned_data["first_day"]
        if day < self.today:
            raise forms.ValidationError("Ce jour est passé.")
        return day

    def clean_closed_days(self) -> list[date]:
        """Return the days typed."""
        texts = re.findall(r"[^\s,;]+", self.cleaned_data["closed_days"])
        try:
            return [forms.DateField(input_formats=DATE_FORMATS).clean(text) for text in texts]
        except forms.ValidationError:
            raise forms.ValidationError("Écrivez les jours comme ceci : 24/12/2026, 31/12/2026.") from None

    def clean(self) -> dict[str, Any]:
        """Ask for hours in order."""
        data = super().clean() or {}
        if data.get("opens") and data.get("closes") and data["closes"] <= data["opens"]:
            self.add_error("closes", "La fin doit suivre le début.")
        start, end = data.get("pause_from"), data.get("pause_until")
        if bool(start) != bool(end) or (start and end and end <= start):
            self.add_error("pause_until", "Donnez le début et la fin de la pause, dans l’ordre.")
        return data

    def opening(self) -> Opening:
        """Return what is to be opened, once valid."""
        data = self.cleaned_data
        return Opening(
            receives=data["receives"],
            weekdays=frozenset(int(day) for day in data["weekdays"]),
            first_day=data["first_day"],
            weeks=data["weeks"],
            opens=data["opens"],
            closes=data["closes"],
            minutes=data["minutes"],
            pause_from=data["pause_from"],
            pause_until=data["pause_until"],
        )


class CounterForm(AppointmentForm):
    """An appointment that an agent takes for a family, by telephone or at the counter."""

    guardian = forms.ModelChoiceField(
        Guardian.objects.none(), label="Qui demande ?", widget=UnfoldAdminSelectWidget, empty_label=None
    )

    def __init__(self, family: Family, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guardian"].queryset = family.guardians.exclude(rights=Guardian.Rights.EXCLUDED).select_related(
            "user"
        )
        self.fields["slot"].widget = forms.HiddenInput()
        for name, widget in (
            ("child", UnfoldAdminRadioSelectWidget()),
            ("wished_days", UnfoldAdminCheckboxSelectMultipleWidget()),
            ("words", UnfoldAdminTextareaWidget(attrs={"rows": 3})),
        ):
            widget.choices = getattr(self.fields[name], "choices", [])
            dressed(self.fields[name], widget)
        for name in ("child_name", "born_on", "due_on", "wished_on"):
            self.fields[name].widget = UnfoldAdminTextInputWidget()
        for name in ("wished_from", "wished_until"):
            self.fields[name].widget = UnfoldAdminTextInputWidget()
            self.fields[name].initial = f"{self.fields[name].initial:%H:%M}"
        self.fields["words"].label = "Ce que la famille précise (facultatif)"
        self.fields["words"].help_text = "La famille le relit sur sa demande. Rien sur la santé."
        self.order_fields(["guardian", *[name for name in self.fields if name != "guardian"]])
