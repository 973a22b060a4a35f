"""What the pages of the filling send: what to show, and which days are to have other places."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from castres_portal.base.french import plain_day
from reservations.models import Activity, ActivitySite, HolidayPeriod
from reservations.models.activities import WEEKDAYS
from reservations.queries.filling import sites_of
from reservations.rules.filling import MOST_PLACES, Deed, PlacesWish
from reservations.services.places import LONGEST

DEEDS = (
    (Deed.SET.value, "Fixer le nombre de places à…"),
    (Deed.ADD.value, "Ajouter des places"),
    (Deed.REMOVE.value, "Retirer des places"),
    (Deed.USUAL.value, "Revenir aux places habituelles du lieu"),
)


class SiteField(forms.ModelChoiceField):
    """A site, said with its activity."""

    def label_from_instance(self, obj: Any) -> str:
        """Return both names."""
        return str(obj)


class FillingForm(forms.Form):
    """What to look at: an activity or all, a place or all, a month or a period of the holidays."""

    activite = forms.ModelChoiceField(
        Activity.objects.all(), label="Activité", required=False, empty_label="Toutes les activités"
    )
    lieu = SiteField(
        ActivitySite.objects.select_related("activity", "school", "venue"),
        label="Lieu",
        required=False,
        empty_label="Tous les lieux",
    )
    mois = forms.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$", label="Mois", required=False, widget=forms.TextInput(attrs={"type": "month"})
    )
    periode = forms.ModelChoiceField(
        HolidayPeriod.objects.select_related("activity").order_by("-starts_on"),
        label="ou période de vacances",
        required=False,
        empty_label="Aucune",
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.fields["periode"].label_from_instance = lambda one: f"{one.label} – {one.activity}"  # type: ignore[attr-defined]
        asked = str(data.get("activite", ""))
        sites = self.fields["lieu"].queryset  # type: ignore[attr-defined]
        self.fields["lieu"].queryset = (  # type: ignore[attr-defined]
            sites.filter(activity=int(asked)) if asked.isdecimal() and len(asked) < 10 else sites.none()
        )

    def read(self, *, today: date) -> tuple[Activity | None, ActivitySite | None, date, date]:
        """Return what to show; what cannot be read is left out, and the month is today's."""
        self.full_clean()
        data = self.cleaned_data
        if period := data.get("periode"):
            return period.activity, data.get("lieu"), period.starts_on, period.ends_on
        month = date.fromisoformat(f"{data.get('mois') or f'{today:%Y-%m}'}-01")
        last = month.replace(day=monthrange(month.year, month.month)[1])
        return data.get("activite"), data.get("lieu"), month, last


class PlacesForm(forms.Form):
    """Which days of which sites, how many places, and why."""

    activity = forms.ModelChoiceField(Activity.objects.all(), label="Activité", widget=UnfoldAdminSelectWidget)
    site = SiteField(
        ActivitySite.objects.exclude(places=None).select_related("activity", "school", "venue"),
        label="Lieu",
        required=False,
        empty_label="Tous les lieux de l’activité",
        widget=UnfoldAdminSelectWidget,
    )
    starts_on = forms.DateField(label="Du", widget=UnfoldAdminSingleDateWidget)
    ends_on = forms.DateField(label="Au (inclus)", widget=UnfoldAdminSingleDateWidget)
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours de la semaine",
        required=False,
        coerce=int,
        choices=list(enumerate(WEEKDAYS[:5])),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Aucun coché\u00a0: tous ceux de l’activité.",
    )
    deed = forms.ChoiceField(label="Que faire\u00a0?", choices=DEEDS, widget=UnfoldAdminRadioSelectWidget)
    number = forms.IntegerField(
        label="Combien\u00a0?",
        required=False,
        min_value=0,
        max_value=MOST_PLACES,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Le nombre de places, ou combien ajouter ou retirer.",
    )
    reason = forms.CharField(
        label="Motif",
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Conservé avec votre nom et l’heure, montré aux agents\u00a0; n’y écrivez le nom d’aucun enfant.",
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    # Sent by the preview only.
    excess_read = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid4
        self.fields["deed"].initial = Deed.SET.value

    def clean(self) -> dict[str, Any]:
        """Refuse a site of another activity, days in disorder, a number that is missing."""
        data = super().clean() or {}
        first, last, site, activity = (data.get(name) for name in ("starts_on", "ends_on", "site", "activity"))
        if first and last and last < first:
            self.add_error("ends_on", f"La fin précède le début ({plain_day(first)}).")
        elif first and last and (last - first).days >= LONGEST:
            self.add_error("ends_on", f"Choisissez {LONGEST} jours au plus.")
        if site and activity and site.activity_id != activity.pk:
            self.add_error("site", "Ce lieu n’est pas de cette activité\u00a0: choisissez-en un autre.")
        deed, number = data.get("deed"), data.get("number")
        if deed and deed != Deed.USUAL and "number" not in self.errors:
            if number is None:
                self.add_error("number", "Écrivez combien de places.")
            elif not number and deed != Deed.SET:
                self.add_error("number", "Écrivez combien de places ajouter ou retirer, 1 au moins.")
        return data

    @property
    def wish(self) -> PlacesWish:
        """What was asked."""
        return PlacesWish(Deed(self.cleaned_data["deed"]), self.cleaned_data["number"] or 0)

    @property
    def span(self) -> dict[str, Any]:
        """The sites and days that were asked for."""
        data = self.cleaned_data
        sites = sites_of(data["activity"].pk, data["site"].pk if data["site"] else None)
        return {
            "sites": sites,
            "first": data["starts_on"],
            "last": data["ends_on"],
            "weekdays": frozenset(data["weekdays"]),
        }
