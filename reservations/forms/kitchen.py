"""What the cook types: adults' meals and picnics, place by place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from reservations.models import ActivitySite, KitchenExtra
from reservations.services.kitchen.extras import MOST, What


@dataclass(frozen=True)
class ExtrasRow:
    """A place and its fields, one a kind, each with who typed what holds."""

    name: str
    cells: Sequence[tuple[str, forms.BoundField, KitchenExtra | None]]


class ExtrasForm(forms.Form):
    """A number for each place and kind; an empty box is none."""

    def __init__(
        self, sites: Iterable[ActivitySite], standing: Mapping[What, KitchenExtra], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites, self.standing = list(sites), standing
        for site in self.sites:
            for kind in KitchenExtra.Kind:
                row = standing.get((site.pk, kind.value))
                self.fields[_name(site.pk, kind)] = forms.IntegerField(
                    label=f"{kind.label} : {site.place_name}",
                    required=False,
                    min_value=0,
                    max_value=MOST,
                    initial=row.quantity if row else None,
                    widget=forms.NumberInput(attrs={"class": "extras__box", "inputmode": "numeric"}),
                    error_messages={
                        "invalid": "Écrivez un nombre.",
                        "min_value": "Un nombre, 0 ou plus.",
                        "max_value": f"{MOST} au plus.",
                    },
                )

    def rows(self) -> list[ExtrasRow]:
        """Return the table to fill in."""
        return [
            ExtrasRow(
                site.place_name,
                [
                    (str(kind.label), self[_name(site.pk, kind)], self.standing.get((site.pk, kind.value)))
                    for kind in KitchenExtra.Kind
                ],
            )
            for site in self.sites
        ]

    def quantities(self) -> dict[What, int]:
        """Return what was typed, by site and kind."""
        return {
            (site.pk, kind.value): self.cleaned_data.get(_name(site.pk, kind)) or 0
            for site in self.sites
            for kind in KitchenExtra.Kind
        }


def _name(site: int, kind: str) -> str:
    return f"lieu-{site}-{kind}"
