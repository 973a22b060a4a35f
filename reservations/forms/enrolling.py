"""What the forms about enrolments send: choosing, accepting an enrolment that was asked for, ending one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from castres_portal.base import clock
from castres_portal.base.french import plain_day
from documents.models import RegulationVersion
from families.models import FamilyRequest
from reservations.models import Enrolment
from reservations.queries.enrolling import Choice
from reservations.queries.enrolments import demand_of
from reservations.services import Wished

NEEDS_AGREEMENT = "Cochez cette case pour inscrire\u00a0: l’inscription vaut acceptation du règlement."
CHANGED = "Le règlement intérieur a changé pendant que vous le lisiez\u00a0: relisez-le avant d’inscrire."


@dataclass(frozen=True)
class Line:
    """One choice of the form, with its box and, for a centre, its places."""

    choice: Choice
    is_ticked: bool
    places: BoundField | None
    number: int

    @property
    def for_years(self) -> str:
        """What tells two lines of one activity apart."""
        return f"Année scolaire {self.choice.year.label}"


class EnrolForm(forms.Form):
    """Some children in some activities: which to keep, where, and the règlements accepted."""

    choix = forms.MultipleChoiceField(
        label="Inscriptions",
        error_messages={
            "required": "Cochez au moins une inscription.",
            "invalid_choice": "Une des inscriptions cochées n’est plus possible\u00a0: revoyez la liste.",
        },
    )
    accepted = forms.MultipleChoiceField(
        label="Règlement intérieur", required=False, error_messages={"invalid_choice": CHANGED}
    )

    def __init__(self, choices: Sequence[Choice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = [choice for choice in choices if choice.offer.is_open and choice.version]
        self.fields["choix"].choices = [(choice.key, choice.key) for choice in self.open]  # type: ignore[attr-defined]
        self.versions = _versions(self.open)
        self.fields["accepted"].choices = [(str(v.pk), v.regulation.title) for v in self.versions]  # type: ignore[attr-defined]
        for choice in self.open:
            if choice.site is None:
                self.fields[_place_name(choice)] = forms.ChoiceField(
                    label="Lieu",
                    required=False,
                    widget=forms.RadioSelect,
                    choices=[(str(site.pk), site.place_name) for site in choice.sites],
                    error_messages={"invalid_choice": "Choisissez un lieu de la liste."},
                )

    def clean(self) -> dict[str, Any]:
        """Ask for the place of each centre ticked, and for the agreement to each règlement concerned."""
        data = super().clean() or {}
        wanted = [choice for choice in self.open if choice.key in data.get("choix", [])]
        for choice in wanted:
            name = _place_name(choice)
            if choice.site is None and not data.get(name) and name not in self.errors:
                self.add_error(name, f"Choisissez le lieu pour {choice.child.first_name}.")
        if "accepted" not in self.errors:
            needed = {str(choice.version.pk) for choice in wanted if choice.version}
            if needed - set(data.get("accepted", [])):
                self.add_error("accepted", NEEDS_AGREEMENT)
        return data

    def wished(self) -> list[Wished]:
        """Return what is asked for."""
        data = self.cleaned_data
        return [
            Wished(choice.key, int(data[_place_name(choice)]) if choice.site is None else None)
            for choice in self.open
            if choice.key in data["choix"]
        ]

    def lines(self) -> list[Line]:
        """Return the choices with their fields, as they were ticked."""
        ticked = set(self["choix"].value() or [])
        return [
            Line(
                choice,
                choice.key in ticked,
                self[_place_name(choice)] if choice.site is None else None,
                number,
            )
            for number, choice in enumerate(self.open)
        ]

    def agreements(self) -> list[tuple[RegulationVersion, bool]]:
        """Return the règlements to accept, and whether each is ticked."""
        ticked = {str(value) for value in self["accepted"].value() or []}
        return [(version, str(version.pk) in ticked) for version in self.versions]

    def complaints(self) -> list[tuple[str, str]]:
        """Return each thing to put right, with where it is on the page."""
        found = [("", error) for error in self.non_field_errors()]
        found += [("id_choix_0", error) for error in self["choix"].errors]
        found += [
            (f"{line.places.id_for_label or line.places.auto_id}_0", error)
            for line in self.lines()
            if line.places
            for error in line.places.errors
        ]
        return found + [("id_accepted_0", error) for error in self["accepted"].errors]


def _place_name(choice: Choice) -> str:
    return f"lieu-{choice.key.replace('/', '-')}"


def _versions(choices: Collection[Choice]) -> list[RegulationVersion]:
    found: Mapping[int, RegulationVersion] = {c.version.pk: c.version for c in choices if c.version}
    return list(found.values())


def demand_form(request: FamilyRequest) -> type[forms.Form]:
    """Return the form by which an agent accepts an enrolment: from which day, in which place."""
    demand = demand_of(request.pk)
    year, activity = demand.school_year, demand.activity
    places = [
        site
        for site in activity.sites.select_related("school", "venue")
        if site.venue_id or site.school_id == demand.child.school_id
    ]

    class AcceptForm(forms.Form):
        starts_on = forms.DateField(
            label="À partir du",
            initial=max(year.starts_on, clock.today()),
            widget=UnfoldAdminSingleDateWidget,
            help_text=f"L’année scolaire {year.label} commence le {plain_day(year.starts_on)}.",
        )
        site = forms.ChoiceField(
            label="Lieu",
            choices=[(str(site.pk), site.place_name) for site in places],
            initial=str(demand.site_id),
            widget=UnfoldAdminSelectWidget,
        )

    return AcceptForm


class EndForm(forms.Form):
    """End an enrolment: the last day, and why."""

    last_day = forms.DateField(
        label="Dernier jour",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"required": "Indiquez le dernier jour.", "invalid": "Écrivez un jour, par exemple 18/12/2026."},
    )
    reason = forms.ChoiceField(
        label="Pourquoi",
        choices=[(reason.value, reason.label) for reason in Enrolment.ASKED],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites pourquoi.", "invalid_choice": "Choisissez une raison de la liste."},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
