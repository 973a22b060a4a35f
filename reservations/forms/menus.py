"""What the kitchen types of the menus: a week, or a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget

from families.rules.health import ALLERGENS
from reservations.rules.menu_file import MOST_BYTES
from reservations.rules.menus import LONGEST_DISH, Course, Dish, Label, MenuOfDay, ordered
from reservations.services.menus import Key, fingerprint


@dataclass(frozen=True)
class DishFields:
    """The fields of one dish."""

    course: str
    name: forms.BoundField
    allergens: forms.BoundField
    labels: forms.BoundField

    @property
    def chosen(self) -> int:
        """How many boxes are ticked, for the line that folds them."""
        return len(self.allergens.value() or []) + len(self.labels.value() or [])


@dataclass(frozen=True)
class DayFields:
    """The fields of one day; ``shown`` is the fingerprint of what stood when the page was drawn."""

    day: date
    dishes: Sequence[DishFields]
    note: forms.BoundField
    shown: forms.BoundField


class WeekForm(forms.Form):
    """The menus of some days for one meal: a line a course, more when a course has several dishes."""

    def __init__(
        self, days: Sequence[date], meal: str, standing: Mapping[date, MenuOfDay], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.days, self.meal = days, meal
        self.lines: dict[date, list[tuple[str, str]]] = {}
        for day in days:
            menu = standing.get(day)
            self._add_day(day, menu)

    def _add_day(self, day: date, menu: MenuOfDay | None) -> None:
        lines = []
        for course in Course:
            dishes: list[Dish | None] = [dish for dish in (menu.dishes if menu else ()) if dish.course == course]
            for number, dish in enumerate(dishes or [None]):
                name = f"{day:%Y%m%d}-{course.value}-{number}"
                lines.append((course.value, name))
                self._add_dish(name, f"{course.label}, {day:%d/%m}", dish)
        self.lines[day] = lines
        self.fields[f"{day:%Y%m%d}-note"] = forms.CharField(
            label=f"Remarque, {day:%d/%m}",
            required=False,
            max_length=200,
            initial=menu.note if menu else "",
            widget=forms.TextInput(attrs={"class": "menu-week__note"}),
        )
        self.fields[f"{day:%Y%m%d}-vu"] = forms.CharField(
            required=False, initial=fingerprint(menu), widget=forms.HiddenInput
        )

    def _add_dish(self, name: str, label: str, dish: Dish | None) -> None:
        self.fields[name] = forms.CharField(
            label=label,
            required=False,
            max_length=LONGEST_DISH,
            initial=dish.name if dish else "",
            widget=forms.TextInput(attrs={"class": "menu-week__dish"}),
            error_messages={"max_length": f"Trop long : {LONGEST_DISH} signes au plus."},
        )
        for suffix, title, choices, initial in (
            ("a", "Allergènes", ALLERGENS, dish.allergens if dish else ()),
            ("m", "Mentions", Label.choices, dish.labels if dish else ()),
        ):
            self.fields[f"{name}-{suffix}"] = forms.MultipleChoiceField(
                label=title,
                choices=choices,
                required=False,
                initial=list(initial),
                widget=forms.CheckboxSelectMultiple,
            )

    def by_day(self) -> list[DayFields]:
        """Return the page to fill in."""
        return [
            DayFields(
                day,
                [
                    DishFields(str(Course(course).label), self[name], self[f"{name}-a"], self[f"{name}-m"])
                    for course, name in self.lines[day]
                ],
                self[f"{day:%Y%m%d}-note"],
                self[f"{day:%Y%m%d}-vu"],
            )
            for day in self.days
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse allergens or labels of no dish."""
        data = super().clean() or {}
        for lines in self.lines.values():
            for _, name in lines:
                if (
                    not data.get(name)
                    and not self.errors.get(name)
                    and (data.get(f"{name}-a") or data.get(f"{name}-m"))
                ):
                    self.add_error(name, "Écrivez le plat, ou décochez ses allergènes et ses mentions.")
        return data

    def menus(self) -> list[MenuOfDay]:
        """Return what was typed, once valid; a day without a dish is an empty menu."""
        data = self.cleaned_data
        found = []
        for day, lines in self.lines.items():
            dishes = [
                Dish(
                    course,
                    " ".join(data[name].split()),
                    _in_order(data[f"{name}-a"], ALLERGENS),
                    _in_order(data[f"{name}-m"], Label.choices),
                )
                for course, name in lines
                if data[name].strip()
            ]
            found.append(
                MenuOfDay(day, self.meal, ordered(dishes), data[f"{day:%Y%m%d}-note"].strip() if dishes else "")
            )
        return found

    def shown(self) -> dict[Key, str]:
        """Return what stood when the page was drawn, by day and meal."""
        return {(day, self.meal): self.cleaned_data[f"{day:%Y%m%d}-vu"] for day in self.days}

    def show_again(self, standing: Mapping[date, MenuOfDay], days: Sequence[date]) -> None:
        """Take note that these days have been read again: what was typed stays, and may now replace what stands."""
        data = self.data.copy()
        for day in days:
            data[f"{day:%Y%m%d}-vu"] = fingerprint(standing.get(day))
        self.data = data


def _in_order(chosen: Sequence[str], choices: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(code for code, _ in choices if code in chosen)


class MenuFileForm(forms.Form):
    """A file of menus."""

    file = forms.FileField(
        label="Fichier CSV",
        widget=UnfoldAdminFileFieldWidget,
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def clean_file(self) -> bytes:
        """Return the content of the file, unless it is too heavy to be read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("Ce fichier est trop lourd pour des menus : un mégaoctet au plus.")
        content: bytes = file.read()
        return content
