"""What a sheet sends: the whole form of a browser without JavaScript, or the touches kept by a tablet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.http import QueryDict

from castres_portal.base.clock import in_paris
from castres_portal.base.errors import Refusal
from reservations.queries.attendance.sheet import Line, Sheet
from reservations.rules.attendance import CLEARED, PRESENT, STATES, UNBOOKED, Touch

MOST_TOUCHES = 200
UNREADABLE = "Cet envoi est illisible\u00a0: rechargez la feuille."


# --- Touches of a tablet ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sending:
    """What a tablet sends: its clock, its touches, and those (by key) that cannot be read."""

    now: datetime
    touches: list[Touch]
    unreadable: list[str] = field(default_factory=list)


def read_sending(body: bytes) -> Sending:
    """Read a sending (JSON). Raises Refusal when nothing can be made of it; a single bad touch is set apart."""
    try:
        said = json.loads(body)
        now, rows = _instant(said["now"]), said["touches"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(UNREADABLE) from None
    if not isinstance(rows, list) or len(rows) > MOST_TOUCHES:
        raise Refusal(UNREADABLE)
    sending = Sending(now, [])
    for row in rows:
        try:
            sending.touches.append(_touch(row))
        except (ValueError, KeyError, TypeError, AttributeError):
            if not isinstance(row, dict) or not isinstance(row.get("key"), str):
                raise Refusal(UNREADABLE) from None
            sending.unreadable.append(row["key"][:64])
    return sending


def _touch(row: Mapping[str, Any]) -> Touch:
    if row["state"] not in STATES:
        raise ValueError(row["state"])
    return Touch(
        key=UUID(row["key"]),
        site=_number(row["site"]),
        day=date.fromisoformat(row["day"]),
        child=_number(row["child"]),
        state=row["state"],
        at=_instant(row["at"]),
        arrived=_hour(row.get("arrived")),
        left=_hour(row.get("left")),
    )


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**53:
        raise ValueError(value)
    return value


def _instant(text: Any) -> datetime:
    """Read « 2026-11-26T15:31:02.120Z » ; an instant without its zone is nobody's."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 <= found.year < 2200:
        raise ValueError(text)
    return in_paris(found)


def _hour(text: Any) -> time | datetime | None:
    if not text:
        return None
    return _instant(text) if "T" in text else time.fromisoformat(text[:5])


# --- The form of a browser --------------------------------------------------------------------------------------------


class SheetForm:
    """A sheet as a form: what was shown is carried along, so that only what was changed on this page is touched."""

    def __init__(self, sheet: Sheet, data: QueryDict) -> None:
        self.sheet, self.data = sheet, data
        self.typed: dict[int, dict[str, str]] = {}
        self.errors: dict[int, str] = {}
        self.submission = forms.UUIDField().clean(data.get("submission"))

    def touches(self, *, at: datetime) -> list[Touch]:
        """Return what was changed; fills ``errors`` by child (id) for an hour that cannot be read."""
        everybody = "tous" in self.data
        lines = [(line, self._wanted(line, everybody)) for line in self.sheet.lines]
        found = [self._touch(line.child.pk, wanted, at) for line, wanted in lines if wanted]
        known = {one.pk for one in self.sheet.candidates}
        for value in self.data.getlist("venu"):
            if value.isdecimal() and int(value) in known:
                found.append(self._touch(int(value), {"etat": UNBOOKED}, at))
        return [touch for touch in found if touch]

    def _wanted(self, line: Line, everybody: bool) -> dict[str, str] | None:
        """Return what the line says, when it is not what was shown."""
        child = line.child.pk
        names = ("etat", "arrivee", "depart")
        said = {name: self.data.get(f"{name}-{child}", "").strip() for name in names}
        self.typed[child] = said
        if f"vu-{child}" not in self.data:  # a child who came on the sheet since it was shown
            return None
        shown = dict(zip(names, self.data[f"vu-{child}"].split("|"), strict=False))
        if everybody and not said["etat"] and line.is_expected:
            said["etat"] = PRESENT
        return said if said != shown else None

    def _touch(self, child: int, said: Mapping[str, str], at: datetime) -> Touch | None:
        try:
            hours = [self._hour(said.get(name, "")) for name in ("arrivee", "depart")]
        except ValueError:
            self.errors[child] = "Écrivez l’heure comme ceci\u00a0: 16:30."
            return None
        return Touch(
            key=uuid5(self.submission, str(child)),
            site=self.sheet.site.pk,
            day=self.sheet.day,
            child=child,
            state=said["etat"] or CLEARED,
            at=at,
            arrived=hours[0],
            left=hours[1],
        )

    @staticmethod
    def _hour(text: str) -> time | None:
        text = text.replace(" ", "").replace("h", ":").removesuffix(":")
        if not text:
            return None
        return time.fromisoformat((text if ":" in text else f"{text}:00").zfill(5)).replace(tzinfo=None)


def shown_of(line: Line) -> str:
    """Return what a line shows, as the form carries it: state and hours."""
    known = line.attendance if line.state else None
    hours = [f"{hour:%H:%M}" if hour else "" for hour in (known and known.arrived_at, known and known.left_at)]
    return "|".join([line.state, *hours])


class DayForm(forms.Form):
    """Which day is asked for, in an address; what cannot be read is today."""

    jour = forms.DateField(required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y"])

    def day(self, today: date) -> date:
        """Return the day asked for."""
        found = self.cleaned_data.get("jour") if self.is_valid() else None
        return found if found and 2000 <= found.year < 2100 else today
