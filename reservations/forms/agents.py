"""What agents' forms about enrolments send: ending one, moving one."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldBooleanWidget

from reservations.forms.enrolling import EndForm
from reservations.models import ActivitySite, Enrolment


class AgentEndForm(EndForm):
    """End an enrolment from the back office."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].widget = UnfoldAdminSingleDateWidget()
        self.fields["reason"].widget = UnfoldAdminSelectWidget(
            choices=[(reason.value, reason.label) for reason in Enrolment.ASKED]
        )


class MoveForm(forms.Form):
    """Move an enrolment: where, from which day, and whether a full day may stay where it is."""

    site = forms.TypedChoiceField(
        label="Nouveau lieu",
        coerce=int,
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": "Choisissez le lieu.", "invalid_choice": "Choisissez un lieu de la liste."},
    )
    on = forms.DateField(
        label="À partir du",
        widget=UnfoldAdminSingleDateWidget,
        error_messages={"required": "Indiquez le jour.", "invalid": "Écrivez un jour, par exemple 04/01/2027."},
    )
    leave_full_days = forms.BooleanField(
        label="Laisser dans le lieu actuel les jours où le nouveau est complet",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Sans cela, rien n’est déplacé tant qu’un jour est complet.",
    )

    def __init__(self, sites: list[ActivitySite], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [(str(site.pk), site.place_name) for site in sites]  # type: ignore[attr-defined]
