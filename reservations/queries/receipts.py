"""What a numbered request of the reservations contains, for its page and its mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from castres_portal.base.french import month_name
from families.models import Child, FamilyRequest
from reservations.models import Activity, BookingReceipt, Enrolment, ReceiptLine
from reservations.rules.decide import FULL
from reservations.rules.formulas import formula_label

Outcome = ReceiptLine.Outcome

WORDS = {
    (Outcome.BOOKED, True): "Réservé",
    (Outcome.CANCELLED, False): "Annulé",
    (Outcome.REFUSED, True): "Ajout refusé",
    (Outcome.REFUSED, False): "Retrait refusé",
    (Outcome.UNCHANGED, True): "Inchangé",
    (Outcome.UNCHANGED, False): "Inchangé",
    (Outcome.SWITCHED, True): "Formule changée",
    (Outcome.WAITING, True): "En liste d’attente",
    (Outcome.GIVEN_BACK, False): "Rendu",
    (Outcome.TAKEN_BACK, True): "Repris",
}
TONES = {
    Outcome.BOOKED: "booked",
    Outcome.CANCELLED: "cancelled",
    Outcome.REFUSED: "refused",
    Outcome.UNCHANGED: "unchanged",
    Outcome.SWITCHED: "booked",
    Outcome.WAITING: "waiting",
    Outcome.GIVEN_BACK: "cancelled",
    Outcome.TAKEN_BACK: "booked",
}


@dataclass(frozen=True)
class Answer:
    """One day of a receipt, in words; ``tone`` names the state for the ``status`` component."""

    day: date
    word: str
    tone: str
    reason: str
    formula: str = ""


@dataclass(frozen=True)
class ChildAnswers:
    """What became of one child's days in one activity; ``month`` leads back to the calendar, ``full`` are the days refused for
    want of a place that can be waited for."""

    child: Child
    activity: Activity
    answers: Sequence[Answer]
    month: date
    full: Sequence[date] = ()

    @property
    def full_query(self) -> str:
        """What the address of the waiting list takes: « 2026-12-11,2026-12-18 »."""
        return ",".join(day.isoformat() for day in self.full)


def answers_by_child(lines: Iterable[ReceiptLine], first: int | None = None) -> list[ChildAnswers]:
    """Group the lines of a receipt by child and activity; the eldest first, or the child (id) whose page this is."""
    ordered = sorted(lines, key=lambda line: (line.child_id != first, line.child.birth_date, *_of_slot(line), line.day))
    groups = []
    for _, group in groupby(ordered, key=_of_slot):
        rows = list(group)
        answers = [_answer(line) for line in rows]
        groups.append(ChildAnswers(rows[0].child, rows[0].activity, answers, rows[0].day.replace(day=1), _full(rows)))
    return groups


def _full(lines: Sequence[ReceiptLine]) -> list[date]:
    if not lines[0].activity.has_waiting_list:
        return []
    return [
        line.day for line in lines if line.outcome == Outcome.REFUSED and line.adding and line.reason == FULL.sentence
    ]


def _of_slot(line: ReceiptLine) -> tuple[int, int, int]:
    return line.child_id, line.activity.position, line.activity_id


def word_of(line: ReceiptLine) -> str:
    """Say in two words what became of a day."""
    return WORDS[Outcome(line.outcome), line.adding]


def _answer(line: ReceiptLine) -> Answer:
    return Answer(line.day, word_of(line), TONES[Outcome(line.outcome)], line.reason, formula_label(line.formula))


def lines_of(receipt: BookingReceipt) -> list[ReceiptLine]:
    """Return the lines of a receipt with their child and activity; one query."""
    return list(receipt.lines.select_related("child", "activity"))


def booking_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of a reservation request shows; two queries."""
    receipt = BookingReceipt.objects.get(request=request)
    return {"answers": answers_by_child(lines_of(receipt))}


def enrolment_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of an enrolment request shows; one query."""
    related = (
        "child",
        "activity",
        "site__school",
        "site__venue",
        "school_year",
        "acceptance__version__regulation",
        "acceptance__guardian",
    )
    enrolment = Enrolment.objects.select_related(*related).get(request=request)
    return {"enrolment": enrolment, "first_month": enrolment.starts_on.replace(day=1)}


MOST_NAMED = 2


def summary_of(lines: Sequence[ReceiptLine]) -> str:
    """Say a submit in one line: « Restauration scolaire, décembre 2026 : 2 ajouts, 1 retrait (Zoé) »."""
    activities = list(dict.fromkeys(line.activity.name for line in lines))
    said_of = ", ".join(activities) if len(activities) <= MOST_NAMED else f"{len(activities)} activités"
    months = sorted({line.day.replace(day=1) for line in lines})
    names = list(dict.fromkeys(line.child.first_name for line in lines))
    counts = [
        _count(lines, Outcome.BOOKED, "ajout"),
        _count(lines, Outcome.CANCELLED, "retrait"),
        _count(lines, Outcome.SWITCHED, "formule changée"),
        _count(lines, Outcome.REFUSED, "refus"),
        _count(lines, Outcome.UNCHANGED, "sans changement"),
    ]
    said = ", ".join(count for count in counts if count)
    when = (
        f"{month_name(months[0])} à {month_name(months[-1])}"
        if len(months) > MOST_NAMED
        else ", ".join(map(month_name, months))
    )
    return f"{said_of}, {when} : {said} ({', '.join(names)})"[:200]


def _count(lines: Iterable[ReceiptLine], outcome: Outcome, word: str) -> str:
    number = sum(line.outcome == outcome for line in lines)
    if word == "formule changée" and number > 1:
        return f"{number} formules changées"
    plural = "s" if number > 1 and word in ("ajout", "retrait") else ""
    return f"{number} {word}{plural}" if number else ""
