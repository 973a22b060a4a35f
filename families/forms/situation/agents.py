"""The families' forms in the agents' hands: what was asked, to be put right, and what an agent says besides."""

from datetime import date
from typing import Any

from django import forms
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultiple,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from castres_portal.base import clock
from families.forms.situation.changes import FORMS, Subject, initial_of
from families.models import ChangeProposal, FamilyRequest
from families.rules.situation import Change, drift
from families.services.situation.applying import MOVE

SAID = ("same_child", "enrolments", "despite")


def accept_form_for(request: FamilyRequest) -> type[forms.Form]:
    """Return the form with which an agent accepts a change: what was asked, to be put right, and what she must say."""
    proposal = ChangeProposal.objects.select_related("child__school", "guardian", "adult").get(request=request)
    family = request.family
    assert family is not None  # a change is never asked by a stranger
    subject = Subject(
        proposal.change, family, clock.today(), child=proposal.child, target=proposal.guardian, adult=proposal.adult
    )

    class AcceptForm(FORMS[proposal.change]):  # type: ignore[misc]
        def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
            super().__init__(data, files, subject=subject, **kwargs)
            for name in ("submission", "shown", "reason"):
                self.fields.pop(name, None)
            for name, value in initial_of(proposal.proposed).items():
                if name in self.fields:
                    self.fields[name].initial = value
            self.fields |= agent_fields(proposal, moved=bool(drift(proposal.before, self.before)))
            for field in self.fields.values():
                dress(field)

        def clean(self) -> dict[str, Any]:
            """Give the state decided, and what the agent said besides."""
            data = super().clean() or {}
            self.cleaned_data = data
            return {**self.asked(), **{name: data[name] for name in SAID if name in data}}

        def _near(self, day: date) -> date:
            return day  # an agent may put right a day of long ago

    return AcceptForm


def agent_fields(proposal: ChangeProposal, *, moved: bool) -> dict[str, forms.Field]:
    """Return what an agent answers besides the change itself; ``moved`` says that the file is no longer as it was."""
    extra: dict[str, forms.Field] = {}
    if proposal.change in (Change.BIRTH, Change.ARRIVAL):
        label = "C’est un enfant déjà connu : le rattacher à ce foyer, sans doublon"
        extra["same_child"] = forms.BooleanField(label=label, required=False)
    if proposal.change == Change.SCHOOL:
        extra["enrolments"] = forms.ChoiceField(
            label="Inscriptions et réservations",
            choices=[
                (MOVE, "Suivent l’enfant dans sa nouvelle école"),
                ("restent", "Restent où elles sont : je les reverrai moi-même"),
            ],
            initial=MOVE,
        )
    if moved:
        extra["despite"] = forms.BooleanField(label="Appliquer malgré le changement du dossier", required=False)
    return extra


def dress(field: forms.Field) -> None:
    """Give a field the look of the back office."""
    widget = field.widget
    if isinstance(widget, forms.Textarea):
        field.widget = UnfoldAdminTextareaWidget(attrs=widget.attrs)
    elif isinstance(widget, forms.CheckboxSelectMultiple):
        assert isinstance(field, forms.ChoiceField)
        field.widget = UnfoldAdminCheckboxSelectMultiple(attrs=widget.attrs)
        field.widget.choices = field.choices
    elif isinstance(widget, forms.CheckboxInput):
        field.widget = UnfoldBooleanWidget()
    elif isinstance(widget, forms.Select):
        assert isinstance(field, forms.ChoiceField)
        field.widget = UnfoldAdminSelectWidget(attrs=widget.attrs)
        field.widget.choices = field.choices
    else:
        widget.attrs["class"] = " ".join(INPUT_CLASSES)
