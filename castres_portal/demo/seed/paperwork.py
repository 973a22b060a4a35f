"""Writing enrolments and receipts, each with its numbered request, its instant and the règlement accepted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from castres_portal.base.french import month_name, of_name
from castres_portal.base.numbering import take_numbers
from castres_portal.demo.seed.diary import BookedMonth, Diary, Joining
from castres_portal.demo.seed.households import Home
from castres_portal.demo.seed.people import People
from castres_portal.demo.seed.progress import Progress
from castres_portal.demo.seed.rows import stored_day, write, write_plain
from documents.models import RegulationAcceptance, RegulationVersion
from families.models import FamilyRequest
from reservations.kinds import BOOKING, ENROLMENT
from reservations.models import Activity, BookingReceipt, Enrolment, ReceiptLine, SchoolYear

SUBMISSIONS = UUID("5f2c1c7e-2f0b-4a67-9a5e-0f6a3b1d8a10")


@dataclass
class Submit:
    """One submit of the calendar: a month of a household, child by child."""

    home: Home
    month: date
    at: datetime
    months: list[tuple[Joining, BookedMonth]] = field(default_factory=list)


@dataclass
class Paperwork:
    """What was written: the enrolment of each joining, the receipt of each submit kept."""

    enrolments: dict[Joining, Enrolment]
    receipts: dict[tuple[Home, datetime, date], BookingReceipt]


def write_paperwork(
    joinings: Sequence[Joining], *, diary: Diary, people: People, canteen: Activity, progress: Progress
) -> Paperwork:
    """Create the enrolments, and the receipts of the households that keep them; requests are numbered as they came."""
    submits = _submits(joinings, diary)
    with progress.phase("Inscriptions", len(joinings) + len(submits)) as bar:
        requests = {id(joining): _enrolment_request(joining, people, canteen) for joining in joinings}
        requests |= {id(submit): _booking_request(submit, people, canteen) for submit in submits}
        _write_requests(list(requests.values()))
        enrolments = _write_enrolments(joinings, requests, people, canteen)
        bar.update(len(joinings))
        receipts = _write_receipts(submits, requests, people, canteen)
        bar.update(len(submits))
    return Paperwork(enrolments, receipts)


def _submits(joinings: Sequence[Joining], diary: Diary) -> list[Submit]:
    found: dict[tuple[Home, datetime, date], Submit] = {}
    for joining in joinings:
        if joining.home.keeps_receipts:
            for booked in diary.booked_months(joining):
                key = (joining.home, booked.booked_at, booked.month)
                submit = found.setdefault(key, Submit(joining.home, booked.month, booked.booked_at))
                submit.months.append((joining, booked))
    return list(found.values())


# --- Requests ---------------------------------------------------------------------------------------------------------


def _enrolment_request(joining: Joining, people: People, canteen: Activity) -> FamilyRequest:
    summary = f"Inscription {of_name(joining.kid.first_name)} : {canteen.name}, {joining.year.label}"
    return _request(ENROLMENT, joining.home, joining.at, summary, people)


def _booking_request(submit: Submit, people: People, canteen: Activity) -> FamilyRequest:
    days = sum(len(booked.days) for _, booked in submit.months)
    names = ", ".join(dict.fromkeys(joining.kid.first_name for joining, _ in submit.months))
    said = f"{days} ajout{'s' if days > 1 else ''}"
    summary = f"{canteen.name}, {month_name(submit.month)} : {said} ({names})"
    return _request(BOOKING, submit.home, submit.at, summary, people)


def _request(kind: str, home: Home, at: datetime, summary: str, people: People) -> FamilyRequest:
    service = settings.SERVICES["espace-famille"]
    return FamilyRequest(
        kind=kind,
        family=people.family[home],
        guardian=people.payer[home],
        entered_by=people.account[home] or people.agent,
        summary=summary,
        status=FamilyRequest.Status.DONE,
        received_at=at,
        decided_at=at,
        service=service["name"],
        service_address=service["address"],
        service_phone=service["phone"],
        service_email=service["email"],
    )


def _write_requests(rows: list[FamilyRequest]) -> None:
    rows.sort(key=lambda request: request.received_at)
    by_year: dict[int, list[FamilyRequest]] = defaultdict(list)
    for request in rows:
        by_year[request.received_at.year].append(request)
    for year, requests in by_year.items():
        for rank, request in enumerate(requests, take_numbers(f"demandes-{year}", len(requests))):
            request.number = f"D{year}-{rank:06d}"
    write(FamilyRequest, rows)


# --- Enrolments -------------------------------------------------------------------------------------------------------


def _write_enrolments(
    joinings: Sequence[Joining], requests: dict[int, FamilyRequest], people: People, canteen: Activity
) -> dict[Joining, Enrolment]:
    acceptances = _write_acceptances(joinings, people, canteen)
    years = {year.label: year for year in SchoolYear.objects.all()}
    sites = {site.school.uai: site for site in canteen.sites.select_related("school") if site.school}
    rows = [
        Enrolment(
            child=people.child[joining.kid],
            family=people.family[joining.home],
            site=sites[joining.uai],
            activity=canteen,
            school_year=years[joining.year.label],
            starts_on=joining.year.starts_on,
            ends_on=joining.year.ends_on,
            request=requests[id(joining)],
            acceptance=acceptances[joining],
        )
        for joining in joinings
    ]
    return dict(zip(joinings, write(Enrolment, rows), strict=True))


def _write_acceptances(
    joinings: Sequence[Joining], people: People, canteen: Activity
) -> dict[Joining, RegulationAcceptance]:
    versions = list(RegulationVersion.objects.filter(regulation=canteen.regulation).order_by("in_force_on"))
    rows: dict[tuple[Home, int], RegulationAcceptance] = {}
    accepted = {}
    for joining in sorted(joinings, key=lambda joining: joining.at):
        version = [version for version in versions if version.in_force_on <= joining.at.date()][-1]
        acceptance = RegulationAcceptance(
            version=version,
            family=people.family[joining.home],
            guardian=people.payer[joining.home],
            accepted_at=joining.at,
        )
        accepted[joining] = rows.setdefault((joining.home, version.pk), acceptance)
    write(RegulationAcceptance, list(rows.values()))
    return accepted


# --- Receipts ---------------------------------------------------------------------------------------------------------


def _write_receipts(
    submits: list[Submit], requests: dict[int, FamilyRequest], people: People, canteen: Activity
) -> dict[tuple[Home, datetime, date], BookingReceipt]:
    rows = [
        BookingReceipt(
            request=requests[id(submit)],
            submission=uuid5(SUBMISSIONS, requests[id(submit)].number),
            activity=canteen,
        )
        for submit in submits
    ]
    write(BookingReceipt, rows)
    lines = (
        line for submit, row in zip(submits, rows, strict=True) for line in _lines(submit, row.pk, people, canteen.pk)
    )
    write_plain(ReceiptLine, ("receipt_id", "child_id", "activity_id", "day", "adding", "outcome", "reason"), lines)
    return {(submit.home, submit.at, submit.month): row for submit, row in zip(submits, rows, strict=True)}


def _lines(submit: Submit, receipt: int, people: People, canteen: int) -> Iterator[tuple[Any, ...]]:
    for joining, booked in submit.months:
        child = people.child[joining.kid].pk
        for day in booked.days:
            yield receipt, child, canteen, stored_day(day), True, ReceiptLine.Outcome.BOOKED.value, ""
