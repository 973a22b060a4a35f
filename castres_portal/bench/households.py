"""Households made for a measure: an account, a parent, children enrolled for the year; nothing of them is left to chance."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from castres_portal.base import clock
from documents.models import RegulationAcceptance, RegulationVersion
from families.models import Child, Custody, Family, FamilyRequest, Guardian, School
from reservations.kinds import ENROLMENT
from reservations.models import Activity, ActivitySite, Enrolment, SchoolYear


def make_households(
    name: str, number: int, *, activity: Activity, sites: Sequence[ActivitySite], children: int = 1
) -> list[Enrolment]:
    """Make so many households, each with its children enrolled in an activity, at these sites in turn; return the enrolments.

    ``name`` is a short word that no other measure uses.
    """
    today, ranks = clock.today(), range(number)
    users = User.objects.bulk_create(
        [User(email=f"{name}{n}@example.org", first_name="Ana", last_name=f"Mesure{n}", password="!") for n in ranks]
    )
    homes = Family.objects.bulk_create(
        [
            Family(
                number=f"{name[:3].upper()}{n:05d}",
                name=f"Mesure {n}",
                street="1 rue de la Mesure",
                postcode="81100",
                is_demo=True,
            )
            for n in ranks
        ]
    )
    parents = Guardian.objects.bulk_create(
        [
            Guardian(family=home, user=user, title="Madame", first_name="Ana", last_name=user.last_name, pays=True)
            for home, user in zip(homes, users, strict=True)
        ]
    )
    born, anywhere = date(today.year - 8, 5, 1), School.objects.order_by("pk")[0]
    seats = [(parent, sites[n % len(sites)]) for n, parent in enumerate(p for p in parents for _ in range(children))]
    kin = Child.objects.bulk_create(
        [
            Child(
                first_name=f"Lou {n % children + 1}" if children > 1 else "Lou",
                last_name=parent.last_name,
                birth_date=born,
                school=site.school or anywhere,
                level="CE1",
            )
            for n, (parent, site) in enumerate(seats)
        ]
    )
    Custody.objects.bulk_create(
        [
            Custody(child=child, family=parent.family, starts_on=born)
            for child, (parent, _) in zip(kin, seats, strict=True)
        ]
    )
    _enrol(name, kin, [parent for parent, _ in seats], [site for _, site in seats], activity)
    found = Enrolment.objects.filter(child__in=[child.pk for child in kin], activity=activity)
    return list(found.select_related("family", "child", "site", "activity").order_by("family_id", "child_id"))


def _enrol(
    name: str, kin: Sequence[Child], parents: Sequence[Guardian], sites: Sequence[ActivitySite], activity: Activity
) -> None:
    today, at = clock.today(), clock.now()
    versions = RegulationVersion.objects.filter(regulation=activity.regulation, in_force_on__lte=today)
    version = versions.order_by("-in_force_on")[0]
    payers = {parent.pk: parent for parent in parents}
    accepted = {
        row.guardian_id: row
        for row in RegulationAcceptance.objects.bulk_create(
            [
                RegulationAcceptance(version=version, family=row.family, guardian=row, accepted_at=at)
                for row in payers.values()
            ]
        )
    }
    requests = FamilyRequest.objects.bulk_create(
        [
            FamilyRequest(
                number=f"{name[:3].upper()}-{n:06d}",
                kind=ENROLMENT,
                family=row.family,
                guardian=row,
                summary="Inscription",
                status=FamilyRequest.Status.DONE,
                received_at=at,
                decided_at=at,
                service="Mesure",
            )
            for n, row in enumerate(parents)
        ]
    )
    year = SchoolYear.objects.filter(starts_on__lte=today).order_by("-starts_on")[0]
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                child=child,
                family=parent.family,
                site=site,
                activity=activity,
                school_year=year,
                starts_on=today - timedelta(days=30),
                ends_on=max(year.ends_on, today + timedelta(days=200)),
                request=request,
                acceptance=accepted[parent.pk],
            )
            for child, parent, site, request in zip(kin, parents, sites, requests, strict=True)
        ]
    )


def open_sessions(users: Iterable[User]) -> list[str]:
    """Sign these accounts in, without their password; return a session of each."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    rows = []
    for user in users:
        said = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "seen": int(clock.now().timestamp()) + 3600,
        }
        key = store()._get_new_session_key()
        expires = timezone.now() + timedelta(hours=2)
        rows.append(Session(session_key=key, session_data=store().encode(said), expire_date=expires))
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]
