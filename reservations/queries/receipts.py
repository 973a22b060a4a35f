"""What a numbered request of the reservations contains, for its page and its mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from castres_portal.base.french import month_name
from families.models import Child, FamilyRequest
from reservations.models import Activity, BookingReceipt, Enrolment, ReceiptLine

Outcome = ReceiptLine.Outcome

WORDS = {
    (Outcome.BOOKED, True): "Réservé",
    (Outcome.CANCELLED, False): "Annulé",
    (Outcome.REFUSED, True): "Ajout refusé",
    (Outcome.REFUSED, False): "Retrait refusé",
    (Outcome.UNCHANGED, True): "Inchangé",
    (Outcome.UNCHANGED, False): "Inchangé",
}
TONES = {
    Outcome.BOOKED: "booked",
    Outcome.CANCELLED: "cancelled",
    Outcome.REFUSED: "refused",
    Outcome.UNCHANGED: "unchanged",
}


@dataclass(frozen=True)
class Answer:
    """One day of a receipt, in words; ``tone`` names the state for the ``status`` component."""

    day: date
    word: str
    tone: str
    reason: str


@dataclass(frozen=True)
class ChildAnswers:
    """What became of one child's days; ``month`` leads back to the calendar."""

    child: Child
    answers: Sequence[Answer]
    month: date


def answers_by_child(lines: Iterable[ReceiptLine], first: int | None = None) -> list[ChildAnswers]:
    """Group the lines of a receipt by child, each day in order; the eldest first, or the child (id) whose page this is."""
    ordered = sorted(lines, key=lambda line: (line.child_id != first, line.child.birth_date, line.child_id, line.day))
    groups = []
    for _, group in groupby(ordered, key=lambda line: line.child_id):
        rows = list(group)
        answers = [_answer(line) for line in rows]
        groups.append(ChildAnswers(rows[0].child, answers, rows[0].day.replace(day=1)))
    return groups


def word_of(line: ReceiptLine) -> str:
    """Say in two words what became of a day."""
    return WORDS[Outcome(line.outcome), line.adding]


def _answer(line: ReceiptLine) -> Answer:
    return Answer(line.day, word_of(line), TONES[Outcome(line.outcome)], line.reason)


def lines_of(receipt: BookingReceipt) -> list[ReceiptLine]:
    """Return the lines of a receipt with their child; one query."""
    return list(receipt.lines.select_related("child"))


def booking_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a reservation request shows; two queries."""
    receipt = BookingReceipt.objects.select_related("activity").get(request=request)
    return {"activity": receipt.activity, "answers": answers_by_child(lines_of(receipt))}


def enrolment_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of an enrolment request shows; one query."""
    related = (
        "child",
        "activity",
        "site__school",
        "school_year",
        "acceptance__version__regulation",
        "acceptance__guardian",
    )
    enrolment = Enrolment.objects.select_related(*related).get(request=request)
    return {"enrolment": enrolment, "first_month": enrolment.starts_on.replace(day=1)}


def summary_of(activity: Activity, lines: Sequence[ReceiptLine]) -> str:
    """Say a submit in one line: « Restauration scolaire, décembre 2026 : 2 ajouts, 1 retrait (Zoé) »."""
    months = sorted({line.day.replace(day=1) for line in lines})
    names = list(dict.fromkeys(line.child.first_name for line in lines))
    counts = [
        _count(lines, Outcome.BOOKED, "ajout"),
        _count(lines, Outcome.CANCELLED, "retrait"),
        _count(lines, Outcome.REFUSED, "refus"),
        _count(lines, Outcome.UNCHANGED, "sans changement"),
    ]
    said = ", ".join(count for count in counts if count)
    return f"{activity.name}, {', '.join(map(month_name, months[:2]))} : {said} ({', '.join(names)})"


def _count(lines: Iterable[ReceiptLine], outcome: Outcome, word: str) -> str:
    number = sum(line.outcome == outcome for line in lines)
    plural = "s" if number > 1 and word in ("ajout", "retrait") else ""
    return f"{number} {word}{plural}" if number else ""
