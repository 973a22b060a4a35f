"""A calendar page as a browser sees it: its form, its boxes and lists, and what posting them sends."""

from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser


@dataclass
class Box:
    """One day's tick box, or its list of formulas (``choices`` are what it can send, ``chosen`` what it does)."""

    day: date
    enabled: bool
    checked: bool
    booked: bool
    note: str = ""
    choices: list[str] = field(default_factory=list)
    chosen: str = ""


@dataclass
class CalendarPage(HTMLParser):
    """The form of a rendered calendar. ``slots`` holds its boxes by key (``12-restauration``), then by day.

    With one child in one activity, ``boxes`` are these days.
    """

    html: str
    hidden: dict[str, list[str]] = field(default_factory=dict)
    slots: dict[str, dict[date, Box]] = field(default_factory=dict)
    siblings: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self._inside = False
        self._list = None
        self._cell = []
        self.action = ""
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._inside = "data-portal-month" in attrs
            self.action = attrs["action"] if self._inside else self.action
        if tag == "td":
            self._cell = attrs.get("class", "").split()
        if not self._inside or tag not in ("input", "select", "option"):
            return
        if tag == "select":
            self._list = (attrs["name"], attrs["data-booked"])
        elif tag == "option":
            self._option(attrs)
        elif attrs["name"][:1].isdigit():
            day = date.fromisoformat(attrs["value"])
            booked = bool({"booked", "day--booked"} & set(self._cell))
            box = Box(day, "disabled" not in attrs, "checked" in attrs, booked)
            self.slots.setdefault(attrs["name"], {})[day] = box
        elif attrs["name"] == "aussi":
            self.siblings.append(attrs.get("value", ""))
        else:
            self.hidden.setdefault(attrs["name"], []).append(attrs.get("value", ""))

    def _option(self, attrs):
        name, booked = self._list
        if not attrs["value"]:
            return
        day = date.fromisoformat(attrs["value"].partition("=")[0])
        box = self.slots.setdefault(name, {}).setdefault(day, Box(day, True, False, bool(booked)))
        box.choices.append(attrs.get("value", ""))
        if "selected" in attrs:
            box.checked, box.chosen = True, attrs["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False

    @property
    def key(self):
        """The only child and activity of the page: ``12-restauration`` of /reservations/12/restauration/2026-12/."""
        _, _, child, activity, *_ = self.action.split("/")
        return f"{child}-{activity}"

    @property
    def boxes(self):
        """The days of the only child and activity of the page."""
        return self.slots.get(self.key, {}) if self.slots else {}

    def send(self, ticked=None, also=(), **more):
        """What the form of one child in one activity sends: by default as it is, else with these days ticked (those that are
        disabled are not sent)."""
        days = [box.day for box in self.boxes.values() if box.checked] if ticked is None else ticked
        sent = [day for day in days if day not in self.boxes or self.boxes[day].enabled]
        return self.hidden | {self.key: [day.isoformat() for day in sent], "aussi": list(also)} | more

    def send_all(self, wanted=None, **more):
        """What the whole form sends: as it is, but for the keys of ``wanted``, each with its days (or ``day=formula`` texts)."""
        sent = dict(self.hidden)
        for key, boxes in self.slots.items():
            sent[key] = [box.chosen or box.day.isoformat() for box in boxes.values() if box.checked and box.enabled]
        for key, days in (wanted or {}).items():
            sent[key] = [day if isinstance(day, str) else day.isoformat() for day in days]
        return sent | more

    def forge(self, ticked, shown):
        """What a forged form sends: any day, whatever the page showed."""
        return self.hidden | {
            self.key: [day.isoformat() for day in ticked],
            "affiches": f"{self.key} " + " ".join(day.isoformat() for day in shown),
            "libres": self.key,
        }

    @property
    def ticked(self):
        """The days ticked."""
        return {day for day, box in self.boxes.items() if box.checked}

    @property
    def open(self):
        """The days that can change."""
        return {day for day, box in self.boxes.items() if box.enabled}
