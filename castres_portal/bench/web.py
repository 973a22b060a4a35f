"""Pages under measure: SQL queries, weight, time alone and with eight families at once."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from castres_portal.base import clock
from castres_portal.bench.households import open_sessions
from castres_portal.bench.server import site
from castres_portal.bench.table import Row
from castres_portal.bench.visitor import Form, Visitor, median, percentile, together
from reservations.models import Enrolment

FAMILIES_AT_ONCE = 8
SLOW = "temps d’horloge : à rapporter à la page de référence, mesurée au même moment sur la même machine"
COUNTED = "lieu aux places comptées : créer, verrouiller puis compter les jours rares coûte trois requêtes de plus"
ALONE = 60
ROUNDS = 25


def measure(folder: Path) -> list[Row]:
    """Start two web processes over the present database and measure the pages of its families."""
    families = _families()
    with site(folder, "web") as port:
        return _rows(port, families)


class _Family:
    """A family under measure: her account's session and the address of her month."""

    def __init__(self, user: User, enrolment: Enrolment) -> None:
        self.session = open_sessions([user])[0]
        self.month = reverse(
            "reservations:calendar",
            args=[enrolment.child_id, enrolment.activity.slug, clock.today() + timedelta(days=20)],
        )


def _families() -> list[_Family]:
    today = clock.today()
    enrolments = (
        Enrolment.objects.filter(starts_on__lte=today, ends_on__gt=today, family__guardians__user__isnull=False)
        .select_related("activity", "family")
        .order_by("family_id", "child_id")
        .distinct()
    )
    chosen: dict[int, Enrolment] = {}
    for enrolment in enrolments:
        chosen.setdefault(enrolment.family_id, enrolment)
        if len(chosen) == FAMILIES_AT_ONCE:
            break
    found = []
    for enrolment in chosen.values():
        guardian = enrolment.family.guardians.filter(user__isnull=False).select_related("user").first()
        if guardian and guardian.user:
            found.append(_Family(guardian.user, enrolment))
    return found


def queries_of(path: str, session: str) -> int:
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.get(path)
    with CaptureQueriesContext(connection) as context:
        response = client.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path} répond {response.status_code}")
    return len(context)


def _rows(port: int, families: list[_Family]) -> list[Row]:
    first = families[0]
    nobody = Visitor(port, "")
    nobody.get(reverse("terms"))
    reference = median([nobody.get(reverse("terms")).milliseconds for _ in range(ALONE)])
    rows = [Row("page de référence, sans base (conditions) : médiane", reference, None, "ms")]
    pages = (
        ("calendrier d’un mois", lambda family: family.month, 10, 40, 25),
        ("accueil de la famille", lambda family: reverse("dashboard"), 10, 40, 20),
        ("liste des factures", lambda family: reverse("billing:invoices"), 10, 40, 25),
    )
    for name, path_of, queries, weight, alone in pages:
        visitor = Visitor(port, first.session)
        answer = visitor.get(path_of(first))
        times = [visitor.get(path_of(first)).milliseconds for _ in range(ALONE)]
        crowd = [Visitor(port, family.session) for family in families]
        together(crowd, {family.session: path_of(family) for family in families}, 3)
        crowded, rate = together(crowd, {family.session: path_of(family) for family in families}, ROUNDS)
        rows += [
            Row(f"{name} : requêtes SQL", queries_of(path_of(first), first.session), queries),
            Row(f"{name} : poids sur le réseau", answer.weight / 1000, weight, "ko"),
            Row(f"{name} : médiane, une famille", median(times), alone, "ms", note=SLOW),
            Row(f"{name} : médiane, {len(crowd)} familles à la fois", median(crowded), None, "ms"),
            Row(f"{name} : 95e centile, {len(crowd)} familles à la fois", percentile(crowded, 0.95), None, "ms"),
            Row(f"{name} : pages par seconde", rate, 120 if "calendrier" in name else None, at_least=True, note=SLOW),
        ]
    rows += _saving(port, first)
    anybody = Visitor(port, "")
    anybody.get(reverse("account_login"))
    times = [anybody.get(reverse("account_login")).milliseconds for _ in range(ALONE)]
    rows.append(Row("page de connexion : médiane, un visiteur", median(times), 10, "ms", note=SLOW))
    return rows


def _saving(port: int, family: _Family) -> list[Row]:
    """Two days added and two removed, back and forth."""
    visitor = Visitor(port, family.session)
    times = []
    for _ in range(21):
        form = Form(visitor.get(family.month).text)
        answer = visitor.post(family.month, form.changed(4))
        if answer.status not in (200, 302):
            raise SystemExit(f"l’envoi du calendrier répond {answer.status}")
        times.append(answer.milliseconds)
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = family.session
    fields: dict[str, list[str]] = {}
    for name, value in Form(client.get(family.month).content.decode()).changed(4):
        fields.setdefault(name, []).append(value)
    with CaptureQueriesContext(connection) as context:
        client.post(family.month, fields)
    return [
        Row("enregistrer quatre jours : requêtes SQL", len(context), 15, note=COUNTED),
        Row("enregistrer quatre jours : médiane", median(times[1:]), 30, "ms", note=SLOW),
    ]
