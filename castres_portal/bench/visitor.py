"""A signed-in family that asks for pages over one kept connection, and the time that they take."""

import gzip
import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode


@dataclass
class Answer:
    """What came back: status, weight on the wire in bytes, time in milliseconds, text."""

    status: int
    weight: int
    milliseconds: float
    text: str
    location: str = ""


@dataclass
class Visitor:
    """One browser: its session cookie and its connection."""

    port: int
    session: str
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = {"espace_session": self.session, **self.cookies}
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Accept-Encoding": "gzip",
            "Host": f"127.0.0.1:{self.port}",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        raw = response.read()
        spent = (time.perf_counter() - started) * 1000
        for header in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        text = gzip.decompress(raw) if response.headers.get("Content-Encoding") == "gzip" else raw
        return Answer(response.status, len(raw), spent, text.decode(), response.headers.get("Location", ""))


class Form(HTMLParser):
    """The fields of the month's form, as a browser without JavaScript would send them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.open_boxes: list[tuple[str, str, bool]] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect inputs inside the form that holds the month."""
        attributes = dict(attrs)
        if tag == "form":
            self._inside = "data-portal-month" in attributes
        if tag != "input" or not self._inside or "name" not in attributes or "disabled" in attributes:
            return
        name, value = attributes["name"] or "", attributes.get("value") or ""
        if attributes.get("type") == "checkbox":
            self.open_boxes.append((name, value, "checked" in attributes))
        else:
            self.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self._inside = False

    def changed(self, count: int) -> list[tuple[str, str]]:
        """Return what is sent when the first ``count`` days are ticked or unticked; names of days hold a date."""
        days = [box for box in self.open_boxes if re.search(r"\d{4}-\d{2}-\d{2}", f"{box[0]} {box[1]}")]
        flipped = {(name, value) for name, value, _ in days[:count]}
        ticked = [(name, value) for name, value, checked in days if checked != ((name, value) in flipped)]
        return [*self.fields, *ticked]


def median(values: list[float]) -> float:
    """Return the middle value."""
    return sorted(values)[len(values) // 2]


def percentile(values: list[float], share: float) -> float:
    """Return the value under which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def together(visitors: list[Visitor], path_of: dict[str, str], rounds: int) -> tuple[list[float], float]:
    """Let all visitors ask for their own page at once, ``rounds`` times each; return times (ms) and pages per second."""
    started = time.perf_counter()

    def stroll(visitor: Visitor) -> list[float]:
        return [visitor.get(path_of[visitor.session]).milliseconds for _ in range(rounds)]

    with ThreadPoolExecutor(len(visitors)) as pool:
        times = [spent for spents in pool.map(stroll, visitors) for spent in spents]
    return times, len(times) / (time.perf_counter() - started)
