"""The opening of the holiday centre: 2,500 signed-in families at once, 1,000 weeks to give, a waiting room before the form.

The web server is the demonstration's own (two processes). The families are spread over the first seconds and share as many
connections as a front server opens at once, one a request. They look again when the room tells them to, and send the form that
they receive. Times include the wait for a connection.
"""

import asyncio
import gzip
import html
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as hour
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from accounts.models import User
from castres_portal.base import clock
from castres_portal.bench.households import make_households, open_sessions
from castres_portal.bench.server import site
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import percentile
from documents.models import RegulationVersion
from families.models import FamilyRequest
from reservations.kinds import BOOKING
from reservations.models import Activity, ActivitySite, Booking, HolidayPeriod, Site

SESSIONS, PLACES = 2500, 250  # places of each of two sites in each of two weeks
ARRIVE_WITHIN = 5.0  # seconds
CONNECTIONS = 64
SLUG = "ruee"
HERD = f"{SESSIONS} familles en {ARRIVE_WITHIN:.0f} s"


def measure(folder: Path) -> list[Row]:
    """Make the families, start two web processes, open the period and let everybody in; return what came of it."""
    if not settings.REDIS_URL:
        raise SystemExit("la ruée se mesure avec Redis : lancez tools/bench")
    sessions = _families()
    period = _period(clock.now() + timedelta(minutes=50))
    with site(folder, "rush") as port:
        rush = _Rush(port, reverse("reservations:holiday_period", args=[period.pk]), sessions)
        asyncio.run(rush.wait_before())
        period.opens_at = clock.now() + timedelta(seconds=20)  # longer than a process takes to learn of it
        period.save(update_fields=["opens_at"])
        time.sleep(max(0.0, (period.opens_at - clock.now()).total_seconds()))
        asyncio.run(rush.run())
        return _rows(rush, period)


# --- The scene --------------------------------------------------------------------------------------------------------


def _period(opens_at: datetime) -> HolidayPeriod:
    monday = clock.today() + timedelta(days=35 - clock.today().weekday())
    return HolidayPeriod.objects.create(
        activity=Activity.objects.get(slug=SLUG),
        label="Vacances de la mesure",
        starts_on=monday,
        ends_on=monday + timedelta(days=11),
        by_week=True,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=10),
    )


def _families() -> list[str]:
    """Make the families with a child enrolled in the centre; return a session of each."""
    today = clock.today()
    version = RegulationVersion.objects.filter(in_force_on__lte=today).order_by("-in_force_on")[0]
    centre = Activity.objects.create(
        slug=SLUG,
        name="Accueil de la mesure",
        unit="journée",
        season=Activity.Season.HOLIDAYS,
        on_wednesday=True,
        regulation=version.regulation,
    )
    sites = [
        ActivitySite.objects.create(
            activity=centre,
            venue=Site.objects.create(name=f"Centre de la mesure {number}"),
            opens_at=hour(8),
            closes_at=hour(18),
            places=PLACES,
        )
        for number in (1, 2)
    ]
    enrolments = make_households(SLUG, SESSIONS, activity=centre, sites=sites)
    homes = [row.family_id for row in enrolments]
    return open_sessions(User.objects.filter(guardianships__family__in=homes).order_by("pk"))


# --- The crowd --------------------------------------------------------------------------------------------------------


@dataclass
class _Page:
    status: int
    text: str
    location: str
    refresh: float | None
    weight: int


@dataclass
class _Person:
    """One family: its session, what it did, when its outcome came."""

    rank: int
    cookies: dict[str, str]
    first_place: int | None = None
    came_in_at: float | None = None
    outcome: str = ""
    outcome_at: float = 0.0


@dataclass
class _Rush:
    """The crowd at the door."""

    port: int
    path: str
    sessions: list[str]
    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    people: list[_Person] = field(default_factory=list)
    lost: int = 0

    def __post_init__(self) -> None:
        self.people = [_Person(n, {"espace_session": key}) for n, key in enumerate(self.sessions)]

    async def wait_before(self) -> None:
        """Everybody opens the page before the opening, calmly."""
        self.door = asyncio.Semaphore(8)
        await asyncio.gather(*[self._ask(person, "avant l’ouverture") for person in self.people])
        self.statuses.clear()

    async def run(self) -> None:
        """Everybody comes at the opening."""
        self.door = asyncio.Semaphore(CONNECTIONS)
        self.started = time.perf_counter()
        await asyncio.gather(*[self._live(person) for person in self.people])
        self.spent = time.perf_counter() - self.started

    async def _live(self, person: _Person) -> None:
        await asyncio.sleep(ARRIVE_WITHIN * person.rank / len(self.people))
        page = await self._ask(person, "")
        while page.refresh is not None:
            if person.first_place is None:
                person.first_place = int(re.findall(r"<strong>(\d+)</strong>", page.text)[0])
            await asyncio.sleep(page.refresh)
            page = await self._ask(person, "")
        person.came_in_at = time.perf_counter() - self.started
        fields = _fields(page.text)
        weeks = re.findall(r'name="semaine" value="([^"]+)"', page.text)
        mine = weeks[person.rank // 2 % 2 :: 2] if len(weeks) == 2 else weeks
        if not mine:
            self._end(person, "complet" if "complet" in page.text else "page inattendue")
            return
        answer = await self._ask(person, "envoi", [*fields, ("semaine", mine[0])])
        if answer.status == 302:
            receipt = await self._ask(person, "reçu", path=answer.location)
            self._end(person, "reçu" if receipt.status == 200 else "reçu illisible")
        else:
            self._end(
                person, "refus" if "il ne reste plus de place" in answer.text else f"sans réponse ({answer.status})"
            )

    def _end(self, person: _Person, outcome: str) -> None:
        person.outcome, person.outcome_at = outcome, time.perf_counter() - self.started

    async def _ask(
        self, person: _Person, name: str, fields: list[tuple[str, str]] | None = None, path: str = ""
    ) -> _Page:
        started = time.perf_counter()
        async with self.door:
            page = await self._exchange(person, path or self.path, fields)
        spent = (time.perf_counter() - started) * 1000
        kind = name or ("salle d’attente" if page.refresh is not None else "formulaire")
        self.times.setdefault(kind, []).append(spent)
        self.statuses[page.status] += 1
        return page

    async def _exchange(self, person: _Person, path: str, fields: list[tuple[str, str]] | None) -> _Page:
        body = urlencode(fields).encode() if fields is not None else b""
        lines = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Connection: close",
            "Accept-Encoding: gzip",
            "Cookie: " + "; ".join(f"{name}={value}" for name, value in person.cookies.items()),
        ]
        if fields is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *headers = head.split("\r\n")
        said = [line.partition(": ")[::2] for line in headers if ": " in line]
        named = {name.lower(): value for name, value in said}
        raw = await reader.readexactly(int(named.get("content-length", "0")))
        writer.close()
        for name, value in said:
            if name.lower() == "set-cookie":
                cookie, _, text = value.partition(";")[0].partition("=")
                person.cookies[cookie] = text
        text = (gzip.decompress(raw) if named.get("content-encoding") == "gzip" else raw).decode()
        refresh = float(named["refresh"].partition(";")[0]) if "refresh" in named else None
        return _Page(int(status.split()[1]), text, named.get("location", ""), refresh, len(raw))


def _fields(text: str) -> list[tuple[str, str]]:
    form = text[text.find("data-portal-holidays") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return [(name, html.unescape(value)) for name, value in found]


# --- What came of it --------------------------------------------------------------------------------------------------


def _rows(rush: _Rush, period: HolidayPeriod) -> list[Row]:
    days = Booking.objects.filter(activity=period.activity_id, status=Booking.Status.ACTIVE)
    fullest = max(days.order_by().values("site", "day").annotate(n=Count("pk")).values_list("n", flat=True), default=0)
    weeks = days.order_by().values("child", "day__week").distinct().count()
    outcomes = Counter(person.outcome for person in rush.people)
    answered = sum(outcomes[name] for name in ("reçu", "refus", "complet"))
    stored = FamilyRequest.objects.filter(kind=BOOKING, family__number__startswith="R").count()
    sent = len(rush.times.get("envoi", []))
    given = set(days.order_by().values_list("child", flat=True))
    errors = sum(number for status, number in rush.statuses.items() if status >= 500)
    last = max(person.outcome_at for person in rush.people)
    rows = [
        Row(f"ruée, {HERD} : semaines données", weeks, 4 * PLACES, at_least=True),
        Row("ruée : le jour le plus plein d’un lieu", fullest, PLACES, "places"),
        Row("ruée : enfants servis, sans les reçus", len(given) - outcomes["reçu"], 0),
        Row("ruée : erreurs 500", errors, 0),
        Row("ruée : envois sans reçu numéroté", sent - stored, 0),
        Row("ruée : familles sans issue", len(rush.people) - answered, 0),
        Row("ruée : dernière issue après l’ouverture", last, 90, "s"),
        Row("ruée : entrées dans le désordre d’arrivée, écart du 95e centile", _disorder(rush), None, "rangs"),
    ]
    for name in ("salle d’attente", "formulaire", "envoi", "reçu"):
        if times := rush.times.get(name):
            rows.append(Row(f"ruée, {name} : 95e centile ({len(times)} pages)", percentile(times, 0.95), 2000, "ms"))
    return rows


def _disorder(rush: _Rush) -> float:
    """How far the rank of entry is from the rank of arrival."""
    came = sorted(rush.people, key=lambda person: person.came_in_at or 0.0)
    return percentile([abs(place - person.rank) for place, person in enumerate(came)], 0.95)
