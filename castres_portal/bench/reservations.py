"""The calendar of a large household under measure: its month, a month saved at once, a pattern over the year."""

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from castres_portal.base import clock
from castres_portal.bench.households import make_households, open_sessions
from castres_portal.bench.server import site
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import Visitor, median
from castres_portal.bench.web import SLOW, queries_of
from reservations.models import Activity, ActivitySite, Booking, Enrolment
from reservations.queries.planning import policy_of, school_calendar

CHILDREN, SAVED_CHILDREN, SAVED_DAYS = 6, 3, 20
LOOKS, SAVES, PATTERNS = 30, 20, 6  # how often each thing is done; saving and giving back take turns
HIDDEN = re.compile(r'<input type="hidden" name="(csrfmiddlewaretoken|envoi|vu)" value="([^"]*)">')


def measure(folder: Path) -> list[Row]:
    """Make a household of six children in two schools and measure its pages, over HTTP."""
    canteen = Activity.objects.get(is_meal=True, slug="restauration")
    sites = list(ActivitySite.objects.filter(activity=canteen, places=None).select_related("school").order_by("pk")[:2])
    enrolments = make_households("calendrier", 1, activity=canteen, sites=sites, children=CHILDREN)
    account = User.objects.get(guardianships__family=enrolments[0].family)
    session = open_sessions([account])[0]
    with site(folder, "reservations") as port:
        visitor = Visitor(port, session)
        return [
            *_month(visitor),
            *_saving(visitor, enrolments[:SAVED_CHILDREN]),
            *_pattern(visitor, enrolments[:SAVED_CHILDREN]),
        ]


def _month(visitor: Visitor) -> list[Row]:
    path = reverse("reservations:month", args=[clock.today() + timedelta(days=20)])
    visitor.get(path)
    times = [visitor.get(path).milliseconds for _ in range(LOOKS)]
    name = f"mois de {CHILDREN} enfants"
    return [
        Row(f"{name} : requêtes SQL", queries_of(path, visitor.session), 10),
        Row(f"{name} : médiane", median(times), None, "ms"),
    ]


def _saving(visitor: Visitor, enrolments: list[Enrolment]) -> list[Row]:
    """Send twenty days of three children in one form, then give them back, and so on."""
    days = _bookable_days(enrolments[0])
    path = reverse("reservations:month", args=[days[0]])
    times = []
    token = HIDDEN.findall(visitor.get(path).text)[:1]
    for turn in range(SAVES + 1):
        answer = visitor.post(path, [*token, *_form(enrolments, days, book=turn % 2 == 0)])
        booked = Booking.objects.filter(child__in=[row.child_id for row in enrolments], status="active").count()
        if answer.status != 302 or booked != (0 if turn % 2 else len(enrolments) * len(days)):
            raise SystemExit(f"l’envoi de {len(days)} jours répond {answer.status}, et laisse {booked} jours réservés")
        times.append(answer.milliseconds)
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = visitor.session
    fields: dict[str, list[str]] = {}
    for name, value in _form(enrolments, days, book=False):
        fields.setdefault(name, []).append(value)
    with CaptureQueriesContext(connection) as context:
        client.post(path, fields)
    said = f"enregistrer {SAVED_DAYS} jours × {SAVED_CHILDREN} enfants"
    return [
        Row(f"{said} : médiane", median(times[1:]), 200, "ms", note=SLOW),
        Row(f"{said} : requêtes SQL", len(context)),
    ]


def _form(enrolments: list[Enrolment], days: list[date], *, book: bool) -> list[tuple[str, str]]:
    """The calendar's form as a browser sends it (forms/booking.py): what it showed, then what is ticked."""
    shown = "libres" if book else "affiches"
    fields = [("envoi", str(uuid4()))]
    for row in enrolments:
        key = f"{row.child_id}-{row.activity.slug}"
        fields.append((shown, " ".join([key, *[day.isoformat() for day in days]])))
        fields += [(key, day.isoformat()) for day in days if book]
    return fields


def _bookable_days(enrolment: Enrolment) -> list[date]:
    calendar, rule = school_calendar(), policy_of(enrolment.activity)
    day = clock.today() + timedelta(days=15)
    found: list[date] = []
    while len(found) < SAVED_DAYS:
        if day.weekday() in rule.weekdays and calendar.is_school_day(day):
            found.append(day)
        day += timedelta(days=1)
    return found


def _pattern(visitor: Visitor, enrolments: list[Enrolment]) -> list[Row]:
    """Four days a week until the summer for three children: the preview, then its one button; given back in between."""
    fields = {
        "apercu": "1",
        "enfants": [row.child_id for row in enrolments],
        "jours-tous-restauration": ["lundi", "mardi", "jeudi", "vendredi"],
        "du": _bookable_days(enrolments[0])[0].isoformat(),
        "jusqu": "annee",
        "semaines": "toutes",
    }
    address = f"{reverse('reservations:week_pattern')}?{urlencode(fields, doseq=True)}"
    active = Booking.objects.filter(child__in=[row.child_id for row in enrolments], status=Booking.Status.ACTIVE)
    previews, saves, days = [], [], []
    for _ in range(PATTERNS):
        page = visitor.get(address)
        sent = [(name, unescape(value)) for name, value in HIDDEN.findall(page.text)]
        answer = visitor.post(address, sent)
        days = sorted(set(active.values_list("day", flat=True)))
        if answer.status != 302 or not days:
            raise SystemExit(f"la semaine type répond {answer.status}, et laisse {len(days)} jours réservés")
        previews.append(page.milliseconds)
        saves.append(answer.milliseconds)
        sent = [*sent[:1], *_form(enrolments, days, book=False)]
        visitor.post(reverse("reservations:month", args=[days[0]]), sent)
    said = f"semaine type jusqu’à l’été, {len(days)} jours × {SAVED_CHILDREN} enfants"
    return [
        Row(f"{said} : aperçu, médiane", median(previews), None, "ms"),
        Row(f"{said} : enregistrer, médiane", median(saves), None, "ms"),
    ]
