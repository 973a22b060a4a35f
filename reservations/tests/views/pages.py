"""A calendar page as a browser sees it: its form, its boxes, and what posting them sends."""

from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser


@dataclass
class Box:
    """One day's tick box."""

    day: date
    enabled: bool
    checked: bool
    booked: bool
    note: str = ""


@dataclass
class CalendarPage(HTMLParser):
    """The form of a rendered calendar."""

    html: str
    hidden: dict[str, str] = field(default_factory=dict)
    boxes: dict[date, Box] = field(default_factory=dict)
    siblings: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self._inside = False
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self._inside = "data-portal-month" in attrs
        if tag != "input" or not self._inside:
            return
        if attrs["name"] == "jour":
            day = date.fromisoformat(attrs["value"])
            self.boxes[day] = Box(day, "disabled" not in attrs, "checked" in attrs, attrs.get("data-booked") == "1")
        elif attrs["name"] == "aussi":
            self.siblings.append(attrs["value"])
        else:
            self.hidden[attrs["name"]] = attrs["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False

    def send(self, ticked=None, also=()):
        """What the form sends: by default as it is, else with these days ticked (those that are disabled are not sent)."""
        days = [box.day for box in self.boxes.values() if box.checked] if ticked is None else ticked
        sent = [day for day in days if day not in self.boxes or self.boxes[day].enabled]
        return self.hidden | {"jour": [day.isoformat() for day in sent], "aussi": list(also)}

    def forge(self, ticked, shown):
        """What a forged form sends: any day, whatever the page showed."""
        return self.hidden | {
            "jour": [day.isoformat() for day in ticked],
            "affiches": " ".join(day.isoformat() for day in shown),
            "libres": "",
        }

    @property
    def ticked(self):
        """The days ticked."""
        return {day for day, box in self.boxes.items() if box.checked}

    @property
    def open(self):
        """The days that can change."""
        return {day for day, box in self.boxes.items() if box.enabled}
