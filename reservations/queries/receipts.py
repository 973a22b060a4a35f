"""What a numbered request of the reservations contains, for its page and its mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from castres_portal.base.french import month_name
from families.models import Child, FamilyRequest
from reservations.models import Activity, BookingReceipt, Enrolment, ReceiptLine
from reservations.queries.enrolling import papers_of
from reservations.queries.enrolments import demand_of, ended_under
from reservations.rules.day_runs import say_days
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


ONE_BY_ONE = (Outcome.REFUSED, Outcome.UNCHANGED)


@dataclass(frozen=True)
class Answer:
    """Days of a receipt that were answered alike, in words; ``tone`` names the state for the ``status`` component.

    What was done is said in runs of days, « les lundis et mardis du 7 au 18 décembre 2026 »; what was not, day by day.
    """

    days: Sequence[date]
    word: str
    tone: str
    reason: str
    formula: str = ""

    @property
    def said(self) -> str:
        """The days, in words."""
        return say_days(self.days)


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
        answers = _answers(rows)
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


def _answers(lines: Iterable[ReceiptLine]) -> list[Answer]:
    """Say together the days that have the same answer, in the order of the first of each; a refusal is said for its day alone."""
    alike: dict[tuple[object, ...], list[ReceiptLine]] = {}
    for line in lines:
        alone = line.day if line.outcome in ONE_BY_ONE else None
        alike.setdefault((line.outcome, line.adding, line.formula, line.reason, alone), []).append(line)
    return [_answer(rows) for rows in alike.values()]


def _answer(lines: Sequence[ReceiptLine]) -> Answer:
    line = lines[0]
    days = [each.day for each in lines]
    return Answer(days, word_of(line), TONES[Outcome(line.outcome)], line.reason, formula_label(line.formula))


def lines_of(receipt: BookingReceipt) -> list[ReceiptLine]:
    """Return the lines of a receipt with their child and activity; one query."""
    return list(receipt.lines.select_related("child", "activity"))


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


def demand_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of an enrolment that an agent accepts shows: what was asked, the papers, the enrolment once made."""
    from castres_portal.base import clock

    demand = demand_of(request.pk)
    enrolment = Enrolment.objects.filter(request=request).select_related("site__school", "site__venue").first()
    return {
        "demand": demand,
        "enrolment": enrolment,
        "papers": papers_of(demand.family, demand.activity, demand.child, clock.today()),
        "first_month": (enrolment or demand.school_year).starts_on.replace(day=1),
    }


def ending_detail(request: FamilyRequest) -> dict[str, Any]:
    """Return what the page of the end of an enrolment shows: the enrolments, and what became of each day."""
    receipt = BookingReceipt.objects.filter(request=request).first()
    return {
        "ended": ended_under(request.pk),
        "answers": answers_by_child(lines_of(receipt)) if receipt else [],
        "is_ending": True,
    }


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
