"""Reads about what families asked: a household's own list, one request whole, and what waits for the agents."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from families import attachments, request_kinds
from families.attachments import AttachmentLink
from families.models import Family, FamilyRequest, RequestMessage
from families.rules.requests import Stage

Status = FamilyRequest.Status
OPEN, CLOSED, TO_ANSWER = "en-cours", "terminees", "a-vous"
WAITING_FIRST = ("rank", F("soonest").asc(nulls_last=True), "-received_at", "-pk")  # of requests_for_agents()
STATES = {TO_ANSWER: "À vous de répondre", OPEN: "En cours", CLOSED: "Terminées"}


def requests_of(family: Family, *, state: str = "", kind: str = "") -> QuerySet[FamilyRequest]:
    """Return a household's requests, the latest first; ``state`` is a key of STATES, ``kind`` the slug of a kind."""
    rows = FamilyRequest.objects.filter(family=family).select_related("guardian")
    if state in STATES:
        rows = rows.filter(_in_state(state))
    return rows.filter(kind=kind) if kind else rows


def _in_state(state: str) -> Q:
    if state == TO_ANSWER:
        return Q(status=Status.WAITING) | Q(unread_by_family=True)
    is_open = Q(status__in=FamilyRequest.OPEN)
    return is_open if state == OPEN else ~is_open


def kinds_used_by(family: Family) -> list[tuple[str, str]]:
    """Return (slug, label) of the kinds of request that a household has made, by label. One query."""
    slugs = set(FamilyRequest.objects.filter(family=family).order_by().values_list("kind", flat=True).distinct())
    return [(kind.slug, kind.label) for kind in request_kinds.all_kinds() if kind.slug in slugs]


@dataclass(frozen=True)
class ThreadEntry:
    """One message with the papers that came with it."""

    message: RequestMessage
    papers: list[AttachmentLink] = field(default_factory=list)


@dataclass(frozen=True)
class RequestFile:
    """One request whole: its stages, its thread, the papers that came with the request itself."""

    stages: list[Stage]
    thread: list[ThreadEntry]
    papers: list[AttachmentLink]


def file_of(request: FamilyRequest) -> RequestFile:
    """Return all that a page says of a request; two queries and those of its papers."""
    papers = attachments.desk().papers_of(request)
    thread = [
        ThreadEntry(message, [paper for paper in papers if paper.message == message.pk])
        for message in RequestMessage.objects.filter(request=request)
    ]
    return RequestFile(_stages(request), thread, [paper for paper in papers if paper.message is None])


def _stages(request: FamilyRequest) -> list[Stage]:
    found = [Stage("Reçue", request.received_at, f"par {request.sender}" if request.sender else "")]
    steps = list(request.steps.select_related("by"))
    found += [Stage(step.get_status_display(), step.at, step.words) for step in steps]
    if not steps and request.decided_at:
        found.append(Stage(request.get_status_display(), request.decided_at, "automatiquement"))
    return found


def requests_for_agents(*, today: date) -> QuerySet[FamilyRequest]:
    """Return every request, what waits longer than promised first, then what is open by promised day, then the rest."""
    rank = Case(
        When(status__in=FamilyRequest.OPEN, promised_on__lt=today, then=Value(0)),
        When(Q(status__in=FamilyRequest.OPEN) | Q(unread_by_service=True), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    soonest = Case(When(status__in=FamilyRequest.OPEN, then=F("promised_on")), default=None)
    rows = FamilyRequest.objects.select_related("family", "guardian", "handler")
    return rows.annotate(rank=rank, soonest=soonest).order_by(*WAITING_FIRST)


def open_requests() -> QuerySet[FamilyRequest]:
    """Return the requests that somebody must answer, or whose family wrote again."""
    return FamilyRequest.objects.filter(Q(status__in=FamilyRequest.OPEN) | Q(unread_by_service=True))


def late_requests(*, today: date) -> QuerySet[FamilyRequest]:
    """Return the requests that wait longer than the service promised."""
    return FamilyRequest.objects.filter(status__in=FamilyRequest.OPEN, promised_on__lt=today)
