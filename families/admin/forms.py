"""Rows that are edited together are checked together: as typed, not as the database still has them."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Child, Custody, Guardian, QuotientRecord, School, SchoolLevel
from families.services.custody import refuse_overlapping_exceptions, refuse_two_homes
from families.services.quotients import lock_family

CHILD = ("first_name", "last_name", "birth_date", "school", "level", "class_name")


def kept(formset: BaseInlineFormSet) -> list[Any]:
    """Return the valid forms of a formset that will be saved or stay: those deleted and those left blank are out."""
    return [
        form
        for form in formset.forms
        if form.is_valid()
        and (form.instance.pk or form.has_changed())
        and not (formset.can_delete and formset._should_delete_form(form))
    ]


def deleted_ids(formset: BaseInlineFormSet) -> list[int]:
    """Return the ids of the rows ticked for deletion."""
    return [form.instance.pk for form in formset.deleted_forms if form.instance.pk]


class GuardianFormSet(PaginationInlineFormSet):
    """A household's guardians: one of them, and one only, receives the invoices."""

    def clean(self) -> None:
        """Choose the only guardian as payer; refuse none of several, or two."""
        super().clean()
        if any(self.errors):
            return
        people: list[Guardian] = [form.instance for form in kept(self)]
        payers = [person for person in people if person.pays]
        if len(people) == 1 and not payers:
            people[0].pays = True
            for form in kept(self):
                form.changed_data.append("pays")  # or an untouched row would not be saved
        elif len(people) > 1 and len(payers) != 1:
            raise ValidationError("Cochez, pour un responsable et un seul, « reçoit les factures du foyer ».")


class CustodyForm(forms.ModelForm):
    """A child of the household and the rhythm of the stay.

    On a new row the child is one already known, or is typed here. On the others her school, level, class and name are put right
    here too: they are hers, whatever the household.
    """

    first_name = forms.CharField(label="Prénom", max_length=80, required=False, widget=UnfoldAdminTextInputWidget)
    last_name = forms.CharField(label="Nom", max_length=80, required=False, widget=UnfoldAdminTextInputWidget)
    birth_date = forms.DateField(label="Né(e) le", required=False, widget=UnfoldAdminDateWidget)
    school = forms.ModelChoiceField(School.objects.all(), label="École", required=False, widget=UnfoldAdminSelectWidget)
    level = forms.ChoiceField(
        label="Niveau",
        choices=[("", "---------"), *SchoolLevel.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    class_name = forms.CharField(
        label="Classe",
        max_length=40,
        required=False,
        help_text="Par exemple « CE1-CE2 de Mme X ».",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Custody
        fields = ("child", "rhythm", "first_monday", "starts_on", "ends_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checked_together = True
        child = self.fields["child"]
        child.required = False
        if self.instance.pk:
            child.disabled = True
            child.label = "Enfant"
            for name in CHILD:
                self.fields[name].initial = getattr(self.instance.child, name)
        else:
            child.label = "Enfant déjà connu"
            child.help_text = "Enfant d’un autre foyer, par exemple. Sinon, remplissez les cases qui suivent."

    def clean(self) -> dict[str, Any]:
        """Ask for one child and one only; refuse to type again a child who is known."""
        data = super().clean() or {}
        if not self.instance.pk and data.get("child"):
            if any(data.get(name) for name in CHILD):
                raise ValidationError("Choisissez un enfant déjà connu, ou saisissez-en un nouveau : pas les deux.")
        elif self.has_changed():
            missing = [name for name in ("first_name", "last_name", "birth_date") if not data.get(name)]
            for name in missing:
                if name not in self.errors:
                    self.add_error(name, "À remplir.")
            if not missing and not self.instance.pk:
                self._refuse_known_child(data)
        return data

    def _refuse_known_child(self, data: dict[str, Any]) -> None:
        known = Child.objects.filter(
            first_name__iexact=data["first_name"], last_name__iexact=data["last_name"], birth_date=data["birth_date"]
        ).first()
        if known:
            homes = ", ".join(str(family) for family in known.families.all()) or "sans foyer"
            raise ValidationError(
                f"{known.full_name} est déjà connu ({homes}) : choisissez-le dans « enfant déjà connu »."
            )

    def save(self, commit: bool = True) -> Custody:
        """Make or put right the child, then the stay."""
        typed = {name: self.cleaned_data[name] for name in CHILD}
        if not self.instance.child_id:
            self.instance.child = Child.objects.create(**typed)
        elif set(self.changed_data) & set(CHILD):
            child = self.instance.child
            for name, value in typed.items():
                setattr(child, name, value)
            child.save(update_fields=list(CHILD))
        stay: Custody = super().save(commit)
        return stay


class CustodyFormSet(PaginationInlineFormSet):
    """The stays of one household, or those of one child: none may double another, here or elsewhere."""

    def clean(self) -> None:
        """Check under lock what was typed against itself and against the stays that are not on this page."""
        super().clean()
        if any(self.errors):
            return
        try:
            refuse_two_homes([form.instance for form in kept(self)], without=deleted_ids(self))
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


class SwapFormSet(PaginationInlineFormSet):
    """A child's exceptions of custody: a day has one at most."""

    def clean(self) -> None:
        """Check under lock what was typed against itself and against what is not on this page."""
        super().clean()
        if any(self.errors):
            return
        try:
            refuse_overlapping_exceptions([form.instance for form in kept(self)], without=deleted_ids(self))
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


class StayForm(forms.ModelForm):
    """A stay seen from the child's page."""

    class Meta:
        model = Custody
        fields = ("family", "rhythm", "first_monday", "starts_on", "ends_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checked_together = True


class QuotientForm(forms.ModelForm):
    """A quotient and its period."""

    class Meta:
        model = QuotientRecord
        fields = ("value", "month", "source", "starts_on", "ends_on", "proof")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checked_together = True

    def clean_month(self) -> date:
        """Keep the month alone."""
        month: date = self.cleaned_data["month"]
        return month.replace(day=1)


class QuotientFormSet(PaginationInlineFormSet):
    """A household's quotients follow each other. A new one ends the one before, the day before it starts.

    ``refusal`` is what somebody who counts with quotients said of these when they were saved a moment ago.
    """

    refusal = ""

    def clean(self) -> None:
        """Close the open period that a new one replaces, then refuse two quotients for one day."""
        super().clean()
        if self.refusal:
            raise ValidationError(self.refusal)
        if any(self.errors):
            return
        self._refuse_what_the_page_did_not_show()
        rows = sorted(kept(self), key=lambda form: form.instance.starts_on)
        for earlier, later in pairwise(rows):
            if earlier.instance.ends_on is None and later.instance.pk is None and _starts_later(earlier, later):
                earlier.instance.ends_on = later.instance.starts_on - timedelta(days=1)
                earlier.changed_data.append("ends_on")  # or an untouched row would not be saved
        if day := first_overlap(form.instance for form in rows):
            raise ValidationError(f"Deux quotients vaudraient le {plain_day(day)} : vérifiez les périodes.")

    def _refuse_what_the_page_did_not_show(self) -> None:
        """Lock the household, then refuse to save over a period that was written since the page was read."""
        if self.instance.pk is None:
            return
        lock_family(self.instance)
        shown = {form.instance.pk for form in self.forms if form.instance.pk}
        if QuotientRecord.objects.filter(family=self.instance).exclude(pk__in=shown).exists():
            raise ValidationError(
                "Un quotient de ce foyer vient d’être enregistré : rechargez la page avant de changer les périodes."
            )


def changed_from(formset: QuotientFormSet) -> list[date]:
    """Return the first days of the periods that a saved formset made, changed or deleted, as they were and as they are."""
    touched = [form for form in formset.forms if form.has_changed() or formset._should_delete_form(form)]
    days = [form.initial.get("starts_on") for form in touched] + [form.instance.starts_on for form in touched]
    return [day for day in days if day]


def _starts_later(earlier: Any, later: Any) -> bool:
    return bool(later.instance.starts_on > earlier.instance.starts_on)


def first_overlap(periods: Iterable[QuotientRecord]) -> date | None:
    """Return the first day that two periods, sorted by start, both cover, or None."""
    for earlier, later in pairwise(periods):
        if earlier.ends_on is None or earlier.ends_on >= later.starts_on:
            return later.starts_on
    return None
