"""Whether a child can be enrolled in an activity for a school year, and from which day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reservations.rules.calendar import YearSpan
from reservations.rules.decide import Period


class OfferState(StrEnum):
    """Where a child stands with an activity and a year."""

    ENROLLED = "inscrit"
    OPEN = "possible"
    NO_SCHOOL = "sans_ecole"
    NOT_THERE = "non_proposee"


@dataclass(frozen=True)
class Offer:
    """What the household may do; ``sentence`` says why when it may do nothing."""

    state: OfferState
    sentence: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the form can be sent."""
        return self.state == OfferState.OPEN


def offer(*, activity: str, school: str | None, canteen_less: bool, has_site: bool, enrolled: bool) -> Offer:
    """Say whether an activity (by name) can be joined by a child of a school (by name, None when unknown)."""
    if enrolled:
        return Offer(OfferState.ENROLLED)
    if school is None:
        return Offer(
            OfferState.NO_SCHOOL,
            "Son école n’est pas encore connue de l’Espace Famille. Appelez-nous, nous compléterons son dossier.",
        )
    if has_site:
        return Offer(OfferState.OPEN)
    if canteen_less:
        return Offer(
            OfferState.NOT_THERE,
            f"L’école {school} n’a pas de restauration sur place : les enfants déjeunent à la maison.",
        )
    return Offer(OfferState.NOT_THERE, f"« {activity} » n’est pas proposé à l’école {school}.")


def enrolment_period(year: YearSpan, today: date) -> Period:
    """Return the days of an enrolment made today: from the first day of class, or from today in the course of the year."""
    return Period(max(year.starts_on, today), year.ends_on)
