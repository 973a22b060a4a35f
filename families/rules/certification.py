"""When a family is asked to confirm its file and its children’s sheets, and when a sheet that was not confirmed goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from castres_portal.base.clock import midnight


class Year(Protocol):
    """What the rules read of a school year."""

    @property
    def label(self) -> str:
        """« 2026-2027 »."""

    @property
    def starts_on(self) -> date:
        """Its first day of class."""

    @property
    def ends_on(self) -> date:
        """Its last day of class."""


@dataclass(frozen=True)
class Campaign:
    """The yearly certification: for which school year, from which day, to be done by which day (included)."""

    year: str
    opens_on: date
    due_on: date


def campaign_of(year: Year, *, opens: tuple[int, int], due: tuple[int, int]) -> Campaign:
    """Return the campaign of a school year; ``opens`` and ``due`` are (month, day) of the year in which it begins."""
    autumn = year.starts_on.year
    return Campaign(year.label, date(autumn, *opens), date(autumn, *due))


def campaign_on(today: date, years: Sequence[Year], *, opens: tuple[int, int], due: tuple[int, int]) -> Campaign | None:
    """Return the campaign that runs on a day: the last one that has opened for a year not over, or None.

    From its opening day (in spring) families certify for the year to come; until the next opening, the one before stays.
    """
    campaigns = [campaign_of(year, opens=opens, due=due) for year in years if year.ends_on >= today]
    opened = [campaign for campaign in campaigns if campaign.opens_on <= today]
    return opened[-1] if opened else None


def is_to_confirm(confirmed_at: datetime | None, campaign: Campaign | None) -> bool:
    """Say whether what was confirmed at an instant (or never) is to be confirmed again for the campaign that runs."""
    return campaign is not None and (confirmed_at is None or confirmed_at < midnight(campaign.opens_on))


@dataclass(frozen=True)
class Ending:
    """A school year that is over: sheets last confirmed before ``confirmed_since`` are to be erased."""

    year: str
    confirmed_since: date


def ending_to_erase(today: date, years: Sequence[Year], *, opens: tuple[int, int], days: int) -> Ending | None:
    """Return the latest school year that ended ``days`` days ago or more, or None.

    A sheet lives until the end of the school year (reference of the CNIL, norme simplifiée 58). Confirmed or changed since
    the spring in which that year ended, it is told for the year to come and stays.
    """
    over = [year for year in years if year.ends_on + timedelta(days=days) <= today]
    if not over:
        return None
    last = max(over, key=lambda year: year.ends_on)
    return Ending(last.label, date(last.ends_on.year, *opens))
