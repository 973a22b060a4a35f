"""What a family sends to announce an absence, and what an agent ticks to grant it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from castres_portal.base.french import long_day
from families import attachments
from families.models import FamilyRequest
from reservations.forms.widgets import Ticks
from reservations.kinds import ABSENCE
from reservations.models import AbsenceDay
from reservations.queries.absences import Board
from reservations.rules.absences import AbsenceEffect

LONGEST_WORDS = 500


class DaysField(forms.MultipleChoiceField):
    """Days of a school calendar, as ISO dates; those that were taken back meanwhile are answered for, not dropped."""

    def valid_value(self, value: Any) -> bool:
        """Take any day that a school calendar may hold."""
        try:
            return 2000 <= date.fromisoformat(value).year < 2100
        except ValueError:
            return False

    def clean(self, value: Any) -> list[date]:
        """Return the days, in order."""
        return sorted({date.fromisoformat(text) for text in super().clean(value)})


class AbsenceForm(forms.Form):
    """Which days a child misses, and why. ``seen`` carries what the page said of each day before sending."""

    days = DaysField(
        label="Quels jours ?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un jour.", "invalid_choice": "Ce jour n’existe pas."},
    )
    reason = forms.ChoiceField(
        label="Pour quel motif ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un motif.", "invalid_choice": "Ce motif n’est pas dans la liste."},
    )
    words = forms.CharField(
        label="Une précision",
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Facultatif. N’écrivez aucun détail médical : le service n’en a pas besoin.",
        error_messages={"max_length": "Ce texte est trop long : %(limit_value)d caractères au plus."},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, board: Board, *args: Any, with_papers: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.board = board
        self.fields["submission"].initial = uuid4
        self.fields["reason"].choices = [(row.kind, row.get_kind_display()) for row in board.reasons.values()]  # type: ignore[attr-defined]
        self.papers: list[str] = []
        if with_papers:
            asked = FamilyRequest(kind=ABSENCE, family_id=board.family)
            fields = attachments.desk().fields(asked)
            self.fields |= fields
            self.papers = list(fields)

    def clean_seen(self) -> dict[date, str] | None:
        """Read what was shown of each day: ``2026-12-07:facturee …``; None when nothing was."""
        try:
            pairs = (text.split(":", 1) for text in self.cleaned_data["seen"].split())
            return {date.fromisoformat(day): effect for day, effect in pairs} or None
        except ValueError:
            raise ValidationError("Relisez ce qu’il advient de chaque jour avant d’envoyer.") from None

    def paper_answers(self) -> dict[str, Any]:
        """Return what the fields of the papers brought, empty ones left out."""
        return {name: self.cleaned_data[name] for name in self.papers if self.cleaned_data.get(name)}


def seen_of(effects: Mapping[date, AbsenceEffect]) -> str:
    """Write what the page shows of each day, for the form to send back."""
    return " ".join(f"{day.isoformat()}:{effect.effect}" for day, effect in effects.items())


def grant_form(request: FamilyRequest) -> type[forms.Form]:
    """Return the form by which an agent grants some days of an absence: all of them, unless she unticks one."""
    waiting = AbsenceDay.objects.filter(absence__request=request, outcome=AbsenceDay.Outcome.PENDING).order_by("day")
    choices = [(row.day.isoformat(), long_day(row.day)) for row in waiting]

    class GrantForm(forms.Form):
        days = forms.MultipleChoiceField(
            label="Jours acceptés",
            choices=choices,
            initial=[value for value, _ in choices],
            widget=Ticks,
            help_text="Un jour accepté n’est pas facturé. Un jour non coché est refusé et reste facturé : dites pourquoi.",
            error_messages={"required": "Cochez au moins un jour accepté, ou refusez la demande."},
        )

    return GrantForm
