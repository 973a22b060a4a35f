"""What a family says to have an appointment for a place in a crèche, and what an agent says to open slots."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from django import forms

from castres_portal.base.french import WEEKDAYS, plain_day
from families.models import Child
from reservations.forms.booking import new_submission
from reservations.queries.appointments import CRECHE_YEARS
from reservations.services.appointments import Asked

# Digits alone are enough: the keypad of some telephones has no stroke.
DATE_FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d")
TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh", "%H h", "%H")
BORN, UNBORN = "ne", "a-naitre"
PREGNANCY = timedelta(days=294)
OVERDUE = timedelta(days=21)
FARTHEST_WISH = timedelta(days=3 * 366)
MON_TO_FRI = [(str(day), WEEKDAYS[day]) for day in range(5)]


def day_field(label: str, required: bool = False, **options: Any) -> forms.DateField:
    """Return a day typed as French people write it."""
    return forms.DateField(
        label=label,
        required=required,
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "Saisissez une date.", "invalid": "Écrivez la date comme ceci : 07/05/2027."},
        **options,
    )


def hour_field(label: str, required: bool = True, **options: Any) -> forms.TimeField:
    """Return an hour of the day."""
    return forms.TimeField(
        label=label,
        required=required,
        input_formats=TIME_FORMATS,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": "900"}),
        error_messages={"required": "Saisissez une heure.", "invalid": "Écrivez l’heure comme ceci : 8:30."},
        **options,
    )


def slot_field() -> forms.IntegerField:
    """Return the choice of a slot, by its id."""
    said = dict.fromkeys(("required", "invalid", "min_value", "max_value"), "Choisissez un créneau.")
    return forms.IntegerField(min_value=1, max_value=2**62, error_messages=said)


class AppointmentForm(forms.Form):
    """A slot, a child, a wish, a word. Nothing medical is asked."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=new_submission)
    slot = forms.IntegerField(
        error_messages={"required": "Choisissez un créneau.", "invalid": "Choisissez un créneau."}
    )
    child = forms.ChoiceField(
        label="Pour quel enfant ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pour quel enfant.", "invalid_choice": "Dites pour quel enfant."},
    )
    child_name = forms.CharField(
        label="Prénom de l’enfant", max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    born_on = day_field("Date de naissance", help_text="Par exemple 07/05/2026.")
    due_on = day_field("Naissance prévue le", help_text="Même approximative. Par exemple 07/05/2027.")
    wished_on = day_field("À partir du", required=True, help_text="Même approximative. Par exemple 01/09/2027.")
    wished_days = forms.MultipleChoiceField(
        label="Quels jours ?",
        choices=MON_TO_FRI,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un jour."},
    )
    wished_from = hour_field("Arrivée vers", initial=time(8))
    wished_until = hour_field("Départ vers", initial=time(18))
    words = forms.CharField(
        label="Un mot pour le service (facultatif)",
        required=False,
        max_length=1000,
        help_text="Horaires décalés, frère ou sœur déjà accueilli… N’écrivez rien sur la santé : vous en parlerez de vive voix.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "Ce mot est trop long : 1 000 caractères au plus."},
    )

    def __init__(self, children: Sequence[Child], today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.children, self.today = {str(child.pk): child for child in children}, today
        own = [
            (pk, f"{child.full_name}, né(e) le {plain_day(child.birth_date)}") for pk, child in self.children.items()
        ]
        other = "Un autre enfant, déjà né" if own else "Un enfant déjà né"
        self.fields["child"].choices = [*own, (BORN, other), (UNBORN, "Un enfant à naître")]

    def clean(self) -> dict[str, Any]:
        """Ask what belongs to the child chosen, and hours and days that can be."""
        data = super().clean() or {}
        kind = data.get("child")
        if kind == BORN:
            self._clean_born(data)
        elif kind == UNBORN:
            self._clean_unborn(data)
        wish = data.get("wished_on")
        if wish and not self.today <= wish <= self.today + FARTHEST_WISH:
            self.add_error("wished_on", "Donnez une date à venir, dans les trois ans.")
        if data.get("wished_from") and data.get("wished_until") and data["wished_until"] <= data["wished_from"]:
            self.add_error("wished_until", "Le départ doit suivre l’arrivée.")
        return data

    def _clean_born(self, data: dict[str, Any]) -> None:
        if not data.get("child_name"):
            self.add_error("child_name", "Saisissez le prénom de l’enfant.")
        born = data.get("born_on")
        if born is None and "born_on" not in self.errors:
            self.add_error("born_on", "Saisissez la date de naissance.")
        elif born and born > self.today:
            self.add_error("born_on", "Cette date est à venir : choisissez « un enfant à naître ».")
        elif born and born <= self.today - timedelta(days=366 * CRECHE_YEARS):
            self.add_error("born_on", "Une crèche accueille les enfants de moins de six ans.")

    def _clean_unborn(self, data: dict[str, Any]) -> None:
        due = data.get("due_on")
        if due is None and "due_on" not in self.errors:
            self.add_error("due_on", "Saisissez la date prévue, même approximative.")
        elif due and not self.today - OVERDUE <= due <= self.today + PREGNANCY:
            self.add_error("due_on", "Donnez la date prévue de la naissance, dans les dix mois.")

    def asked(self) -> Asked:
        """Return what the family said, once valid."""
        data = self.cleaned_data
        kind = data["child"]
        return Asked(
            child=self.children.get(kind),
            child_name=data["child_name"] if kind in (BORN, UNBORN) else "",
            born_on=data["born_on"] if kind == BORN else None,
            due_on=data["due_on"] if kind == UNBORN else None,
            wished_on=data["wished_on"],
            wished_days=frozenset(int(day) for day in data["wished_days"]),
            wished_from=data["wished_from"],
            wished_until=data["wished_until"],
            words=data["words"],
        )


class SlotForm(forms.Form):
    """Another slot for the same appointment."""

    slot = forms.IntegerField(
        error_messages={"required": "Choisissez un créneau.", "invalid": "Choisissez un créneau."}
    )
