"""What the tools of the week are asked. All of it stands in the address, so that nothing typed is lost: the preview is a page
like another, which the browser can go back from; only what it shows is sent, once, by its own form."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from castres_portal.base.french import WEEKDAYS, month_name
from families.models import Child
from reservations.queries.patterns import (
    Desk,
    Plan,
    Service,
    Wish,
    plan_clearing,
    plan_copy_to,
    plan_month_copy,
    plan_pattern,
)
from reservations.rules.formulas import formula_label
from reservations.rules.months import next_month
from reservations.rules.patterns import EndChoice, EndKind, WeekPattern, ends_from
from reservations.rules.simulation import Weeks

LONGEST = 400  # days: a school year and what comes before it
ALL_TOGETHER = "tous"
SHORT_DAYS = ("Lun", "Mar", "Mer", "Jeu", "Ven", "Sam", "Dim")
WEEKS = [
    (Weeks.ALL.value, "Toutes les semaines"),
    (Weeks.ODD.value, "Les semaines impaires"),
    (Weeks.EVEN.value, "Les semaines paires"),
]
WRONG_DAY = "Écrivez un jour qui existe, par exemple 07/12/2026."


class Several(forms.MultipleChoiceField):
    """Boxes to tick, of which none is asked for."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label: str, choices: Iterable[tuple[str, str]], message: str = "", **options: Any) -> None:
        messages = {"invalid_choice": "Ce choix n’est pas dans la liste."}
        if message:
            messages["required"] = message
        super().__init__(label=label, choices=list(choices), required=bool(message), error_messages=messages, **options)


def _day(label: str, message: str = "", **options: Any) -> forms.DateField:
    messages = {"invalid": WRONG_DAY} | ({"required": message} if message else {})
    return forms.DateField(
        label=label,
        required=bool(message),
        error_messages=messages,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        **options,
    )


class ToolForm(forms.Form):
    """What the tools have in common: whose days they are, and in which services."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(data)
        self.desk = desk

    @abstractmethod
    def plan(self) -> Plan:
        """Return what is asked for; the form is valid."""

    @classmethod
    def first_data(cls, desk: Desk) -> QueryDict:
        """Return what the page starts from."""
        return QueryDict(mutable=True)

    def _children(self, name: str) -> list[Child]:
        chosen = set(self.cleaned_data[name])
        return [child for child in self.desk.children if str(child.pk) in chosen]

    def _services(self, name: str) -> list[Service]:
        chosen = set(self.cleaned_data[name])
        return [service for service in self.desk.services if service.activity.slug in chosen]

    def _check_span(self, first: date | None, last: date | None, name: str) -> None:
        if not first or not last:
            return
        if last < first:
            self.add_error(name, "Ce jour est avant le premier. Vérifiez les deux dates.")
        elif (last - first).days > LONGEST:
            self.add_error(name, "C’est plus d’une année scolaire. Choisissez un jour plus proche.")


def _children_choices(desk: Desk) -> list[tuple[str, str]]:
    return [(str(child.pk), child.first_name) for child in desk.children]


def _service_choices(services: Iterable[Service]) -> list[tuple[str, str]]:
    return [(service.activity.slug, service.activity.name) for service in services]


class SpanForm(ToolForm):
    """A tool that works from a day to a day."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(desk, data)
        self.fields["du"] = _day("À partir du", "Choisissez le premier jour.")
        self.fields["au"] = _day("Jusqu’au", "Choisissez le dernier jour.")

    def clean(self) -> dict[str, Any]:
        """Refuse days that are past or the wrong way round."""
        data = super().clean() or {}
        _refuse_past(self, data.get("du"))
        self._check_span(data.get("du"), data.get("au"), "au")
        return data


def _refuse_past(form: ToolForm, first: date | None) -> None:
    if first and first < form.desk.today:
        form.add_error("du", "Ce jour est passé. Choisissez un jour à venir.")


# --- The week pattern -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Children who share a pattern, and the fields of each service: its days, its formula where there is one."""

    key: str
    name: str
    rows: list[tuple[Service, BoundField, BoundField | None]]


class PatternForm(ToolForm):
    """Weekdays of each service, for all the children together or for each alone, until a day."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(desk, _laid_out(desk, data))
        self.apart = self.data.get("chacun") == "1"
        if not self.apart:
            self.fields["enfants"] = Several("Pour qui\u00a0?", _children_choices(desk), "Cochez au moins un enfant.")
        for key, _, services in self._groups():
            for service in services:
                self._add_service(key, service)
        self.fields["jusqu"] = forms.ChoiceField(
            label="Jusqu’à quand\u00a0?",
            choices=[(end.kind.value, end.words) for end in self.ends] + [(EndKind.DATE.value, "Une autre date")],
            widget=forms.RadioSelect,
            error_messages={"required": "Choisissez jusqu’à quand.", "invalid_choice": "Choisissez jusqu’à quand."},
        )
        self.fields["au"] = _day("Dernier jour")
        self.fields["du"] = _day("À partir du", "Choisissez le premier jour.")
        self.fields["semaines"] = forms.ChoiceField(
            label="Quelles semaines\u00a0?",
            choices=WEEKS,
            error_messages={"required": "Choisissez les semaines.", "invalid_choice": "Choisissez les semaines."},
        )

    def _add_service(self, key: str, service: Service) -> None:
        activity = service.activity
        days = [(WEEKDAYS[day], SHORT_DAYS[day]) for day in sorted(activity.weekdays)]
        self.fields[_days_name(key, activity.slug)] = Several(activity.name, days)
        if service.formulas:
            self.fields[_formula_name(key, activity.slug)] = forms.ChoiceField(
                label="Formule",
                choices=[(formula, formula_label(formula)) for formula in service.formulas],
                required=False,
                error_messages={"invalid_choice": "Choisissez une des formules proposées."},
            )

    def _groups(self) -> list[tuple[str, str, list[Service]]]:
        weekly = self.desk.weekly
        if not self.apart:
            return [(ALL_TOGETHER, "", weekly)]
        return [
            (str(child.pk), child.first_name, [service for service in weekly if child.pk in service.children])
            for child in self.desk.children
        ]

    @property
    def groups(self) -> list[Group]:
        """The groups of the page."""
        return [
            Group(
                key,
                name,
                [
                    (
                        service,
                        self[_days_name(key, service.activity.slug)],
                        self[_formula_name(key, service.activity.slug)] if service.formulas else None,
                    )
                    for service in services
                ],
            )
            for key, name, services in self._groups()
        ]

    @cached_property
    def ends(self) -> list[EndChoice]:
        """The last days offered, from the first day of the form."""
        try:
            first = date.fromisoformat(str(self.data.get("du", "")))
        except ValueError:
            first = self.desk.first_day or self.desk.today
        return ends_from(first, self.desk.calendar)

    @property
    def details_open(self) -> bool:
        """Whether what is seldom changed differs from what it starts from, or is wrong."""
        first = self.desk.first_day
        return bool(
            {"du", "semaines"} & self.errors.keys()
            or self["semaines"].value() != Weeks.ALL
            or (first and self["du"].value() != first.isoformat())
        )

    @classmethod
    def first_data(cls, desk: Desk) -> QueryDict:
        """Start from the habits of the household: the days that it books at present, each child apart when they differ."""
        data = QueryDict(mutable=True)
        weekly = desk.weekly
        if any(_differ(desk, service) for service in weekly):
            data["chacun"] = "1"
            for child in desk.children:
                _fill(data, desk, str(child.pk), [child], weekly)
        else:
            data.setlist("enfants", [str(child.pk) for child in desk.children])
            _fill(data, desk, ALL_TOGETHER, desk.children, weekly)
        return data

    def clean(self) -> dict[str, Any]:
        """Ask for a day at least, and for a last day that follows the first."""
        data = super().clean() or {}
        if data.get("jusqu") == EndKind.DATE and not data.get("au") and "au" not in self.errors:
            self.add_error("au", "Choisissez le dernier jour.")
        first = data.get("du")
        _refuse_past(self, first)
        self._check_span(first, self._last(data), "au" if data.get("jusqu") == EndKind.DATE else "du")
        if not self.errors and not self.wishes:
            self.add_error(None, "Cochez au moins un jour d’un service où un de ces enfants est inscrit.")
        return data

    def _last(self, data: Mapping[str, Any]) -> date | None:
        if data.get("jusqu") == EndKind.DATE:
            last: date | None = data.get("au")
            return last
        return next((end.day for end in self.ends if end.kind == data.get("jusqu")), None)

    @property
    def wishes(self) -> list[Wish]:
        """The pattern of each child in each service."""
        found = []
        weeks = Weeks(self.cleaned_data["semaines"])
        for key, _, services in self._groups():
            chosen = self._children("enfants") if key == ALL_TOGETHER else self._only(key)
            for child in chosen:
                for service in services:
                    days = self.cleaned_data.get(_days_name(key, service.activity.slug)) or []
                    if days and child.pk in service.children:
                        pattern = WeekPattern(frozenset(WEEKDAYS.index(day) for day in days), weeks)
                        found.append(Wish(child, service, pattern, self._formula(key, service)))
        return found

    def _only(self, key: str) -> list[Child]:
        return [child for child in self.desk.children if str(child.pk) == key]

    def _formula(self, key: str, service: Service) -> str:
        if not service.formulas:
            return ""
        return self.cleaned_data.get(_formula_name(key, service.activity.slug)) or service.formulas[0]

    def plan(self) -> Plan:
        """Ask for the days of the patterns."""
        last = self._last(self.cleaned_data)
        assert last is not None  # clean() said so
        plan = plan_pattern(self.desk, self.wishes, self.cleaned_data["du"], last)
        if not self.apart:
            plan.not_enrolled = [
                (child.first_name, service.activity.name)
                for child in self._children("enfants")
                for service in self.desk.weekly
                if self.cleaned_data.get(_days_name(ALL_TOGETHER, service.activity.slug))
                and child.pk not in service.children
            ]
        return plan


def _days_name(key: str, slug: str) -> str:
    return f"jours-{key}-{slug}"


def _formula_name(key: str, slug: str) -> str:
    return f"formule-{key}-{slug}"


def _differ(desk: Desk, service: Service) -> bool:
    """Whether the children of a service have different habits in it; those who have none yet do not count."""
    known = {desk.usual.get((child, service.activity.pk)) for child in service.children}
    return len(known - {None}) > 1


def _fill(data: QueryDict, desk: Desk, key: str, children: Iterable[Child], services: Iterable[Service]) -> None:
    """Tick the weekdays that are usual for the first of some children who has any."""
    children = list(children)
    for service in services:
        weeks = [desk.usual.get((child.pk, service.activity.pk)) for child in children if child.pk in service.children]
        week = next((week for week in weeks if week), None)
        if week is None:
            continue
        days = sorted(week.weekdays & service.activity.weekdays)
        data.setlist(_days_name(key, service.activity.slug), [WEEKDAYS[day] for day in days])
        if week.formula in service.formulas:
            data[_formula_name(key, service.activity.slug)] = week.formula


def _laid_out(desk: Desk, data: QueryDict) -> QueryDict:
    """Complete what the address does not say: the usual period, every week; and give to each child apart the days that were
    ticked for all, when the page has just been laid out otherwise."""
    full = data.copy()
    full.setdefault("du", (desk.first_day or desk.today).isoformat())
    full.setdefault("jusqu", EndKind.YEAR.value)
    full.setdefault("semaines", Weeks.ALL.value)
    apart, shown = full.get("chacun") == "1", full.get("vus", "")
    if shown and (shown == "chacun") != apart:
        keys = [str(child.pk) for child in desk.children]
        sources, targets = ([ALL_TOGETHER], keys) if apart else (keys, [ALL_TOGETHER])
        for service in desk.weekly:
            _carry(full, service, sources, targets)
        if not apart:
            full.setlist("enfants", keys)
    return full


def _carry(full: QueryDict, service: Service, sources: Iterable[str], targets: Iterable[str]) -> None:
    slug = service.activity.slug
    names = [_days_name(key, slug) for key in sources]
    days = next((full.getlist(name) for name in names if full.getlist(name)), [])
    formulas = [full[name] for key in sources if (name := _formula_name(key, slug)) in full]
    for key in targets:
        full.setlist(_days_name(key, slug), days)
        if formulas:
            full[_formula_name(key, slug)] = formulas[0]


# --- Copies and clearing ----------------------------------------------------------------------------------------------


class MonthCopyForm(ToolForm):
    """A month as the one before it was booked."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(desk, data)
        months = desk.months()
        self.fields["mois"] = forms.ChoiceField(
            label="Quel mois remplir\u00a0?",
            choices=[(f"{month:%Y-%m}", month_name(month).capitalize()) for month in months],
            error_messages={"required": "Choisissez un mois.", "invalid_choice": "Choisissez un mois de la liste."},
        )
        self.fields["enfants"] = Several("Pour qui\u00a0?", _children_choices(desk), "Cochez au moins un enfant.")
        self.fields["services"] = Several(
            "Quels services\u00a0?", _service_choices(desk.weekly), "Cochez au moins un service."
        )

    @classmethod
    def first_data(cls, desk: Desk) -> QueryDict:
        """Everybody, every service, the next month."""
        data = QueryDict(mutable=True)
        months = desk.months()
        coming = [month for month in months if month > desk.today] or months
        if coming:
            data["mois"] = f"{coming[0]:%Y-%m}"
        data.setlist("enfants", [str(child.pk) for child in desk.children])
        data.setlist("services", [service.activity.slug for service in desk.weekly])
        return data

    @property
    def target(self) -> date:
        """The month to fill, by its first day."""
        return date.fromisoformat(f"{self.cleaned_data['mois']}-01")

    def plan(self) -> Plan:
        """Ask for the days of the month before, weekday by weekday."""
        slots = self.desk.slots({int(pk) for pk in self.cleaned_data["enfants"]}, self._services("services"))
        return plan_month_copy(self.desk, slots, next_month(self.target, -1), self.target)


class CopyToForm(SpanForm):
    """What one child has booked, for brothers and sisters."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(desk, data)
        self.fields["de"] = forms.ChoiceField(
            label="Copier les jours de",
            choices=_children_choices(desk),
            widget=forms.RadioSelect,
            error_messages={"required": "Choisissez un enfant.", "invalid_choice": "Choisissez un enfant de la liste."},
        )
        self.fields["enfants"] = Several("Pour", _children_choices(desk), "Cochez au moins un frère ou une sœur.")
        self.fields["services"] = Several(
            "Quels services\u00a0?", _service_choices(desk.weekly), "Cochez au moins un service."
        )

    @classmethod
    def first_data(cls, desk: Desk) -> QueryDict:
        """From the eldest to the others, until the end of the year."""
        data = QueryDict(mutable=True)
        keys = [str(child.pk) for child in desk.children]
        if keys:
            data["de"] = keys[0]
            data.setlist("enfants", keys[1:])
        data.setlist("services", [service.activity.slug for service in desk.weekly])
        data["du"], data["au"] = (desk.first_day or desk.today).isoformat(), desk.year_end.isoformat()
        return data

    def clean(self) -> dict[str, Any]:
        """Refuse a copy onto oneself alone."""
        data = super().clean() or {}
        if data.get("enfants") and set(data["enfants"]) == {data.get("de")}:
            self.add_error("enfants", "Cochez un autre enfant que celui dont vous copiez les jours.")
        return data

    def plan(self) -> Plan:
        """Ask for the days of the first child."""
        source = next(child for child in self.desk.children if str(child.pk) == self.cleaned_data["de"])
        others = [child for child in self._children("enfants") if child != source]
        span = (self.cleaned_data["du"], self.cleaned_data["au"])
        return plan_copy_to(self.desk, source, others, self._services("services"), *span)


class ClearForm(SpanForm):
    """Days to give back."""

    def __init__(self, desk: Desk, data: QueryDict) -> None:
        super().__init__(desk, data)
        self.fields["enfants"] = Several("Pour qui\u00a0?", _children_choices(desk), "Cochez au moins un enfant.")
        self.fields["services"] = Several(
            "Quels services\u00a0?", _service_choices(desk.services), "Cochez au moins un service."
        )

    @classmethod
    def first_data(cls, desk: Desk) -> QueryDict:
        """Nothing that could be cleared by a hasty thumb: the period is the family's to say."""
        data = QueryDict(mutable=True)
        data.setlist("enfants", [str(child.pk) for child in desk.children])
        data.setlist("services", [service.activity.slug for service in desk.services])
        data["du"] = desk.today.isoformat()
        return data

    def plan(self) -> Plan:
        """Ask to give back every day booked."""
        slots = self.desk.slots({int(pk) for pk in self.cleaned_data["enfants"]}, self._services("services"))
        return plan_clearing(self.desk, slots, self.cleaned_data["du"], self.cleaned_data["au"])
