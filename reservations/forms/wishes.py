"""What the page of wishes sends."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from reservations.forms.holidays import as_child, as_day
from reservations.queries.wishes import Asked
from reservations.rules.formulas import Formula


@dataclass(frozen=True)
class WishForm:
    """What is asked for each child (by id), and whether brothers and sisters stay together."""

    submission: UUID
    asked: dict[int, Asked]
    together: bool

    @classmethod
    def read(cls, data: QueryDict) -> "WishForm":
        """Read what a browser sent; raise SuspiciousOperation (a 400 answer) for what the page could not have made."""
        try:
            ranks: dict[int, dict[date, tuple[int, tuple[int, ...]]]] = {}
            for key in data:
                if key.startswith("rang-"):
                    child, _, monday = key.removeprefix("rang-").partition("-")
                    mine = ranks.setdefault(as_child(child), {})
                    if data[key]:
                        sites = data.get(f"lieu-{child}-{monday}", "")
                        mine[as_day(monday)] = (
                            as_child(data[key]),
                            tuple(as_child(one) for one in sites.split("-") if one),
                        )
            return cls(
                submission=UUID(data.get("envoi", "")),
                asked={
                    child: Asked(
                        found, as_child(data.get(f"semaines-{child}", "1")), _formula(data.get(f"formule-{child}", ""))
                    )
                    for child, found in ranks.items()
                },
                together="ensemble" in data,
            )
        except ValueError as error:
            raise SuspiciousOperation("wish form") from error


def _formula(text: str) -> str:
    return str(Formula(text)) if text else ""
