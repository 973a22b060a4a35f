"""What a household's calendar feed says: its days, the last moments to change them, the openings of the holidays. Pure.

The instants are those of ``decide``: the feed quotes the calendar of the portal, it has no rule of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from castres_portal.base.clock import PARIS, in_paris
from castres_portal.base.french import long_day
from reservations.rules.deadlines import last_moment
from reservations.rules.decide import DayContext, ReasonCode, decide
from reservations.rules.holidays import HolidaySpan, monday_of

MOMENT = timedelta(minutes=30)  # how long an instant lasts on the screen of a calendar
DAY = timedelta(days=1)
KEPT = timedelta(days=7)  # a past opening stays so long


@dataclass(frozen=True)
class FeedEvent:
    """An event: whole days (dates) or instants (aware), its end excluded; ``uid`` without its domain."""

    uid: str
    summary: str
    starts: date
    ends: date
    changed_at: datetime
    sequence: int = 0
    description: str = ""
    location: str = ""


# --- Whose day --------------------------------------------------------------------------------------------------------


def short_names(first_names: Sequence[str]) -> list[str]:
    """Name siblings by as few letters as tell them apart: « L. », « Zo. », « Zé. »; the eldest first.

    The feed lives on the servers of others: a child has no name there. Those who cannot be told apart are numbered.
    """
    found = []
    for place, name in enumerate(first_names):
        others = [other for number, other in enumerate(first_names) if number != place]
        same = [number for number, other in enumerate(first_names) if other.casefold() == name.casefold()]
        found.append(f"{name[:1]}. {same.index(place) + 1}" if len(same) > 1 else _shortest(name, others))
    return found


def _shortest(name: str, others: Iterable[str]) -> str:
    taken = [other.casefold() for other in others]
    for length in range(1, len(name)):
        if not any(other.startswith(name[:length].casefold()) for other in taken):
            return f"{name[:length]}."
    return name


def hours_of(day: date, opens_at: time, closes_at: time) -> tuple[date, date]:
    """Return when an activity runs on a day, as instants of Paris; the whole day when its hours say nothing."""
    if opens_at >= closes_at:
        return day, day + DAY
    return datetime.combine(day, opens_at, PARIS), datetime.combine(day, closes_at, PARIS)


# --- Until when -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """Until when a day of an activity (its name) can change: ``until`` is the first instant at which it no longer can."""

    day: date
    activity: str
    until: datetime
    hour: time | None

    @property
    def words(self) -> str:
        """« jusqu’au mardi 1er décembre 2026 »."""
        return last_moment(self.until, self.hour)


def limit_of(context: DayContext, activity: str, at: datetime) -> Limit | None:
    """Return until when a household could or can change a day, None for a day that it could not change anyway."""
    decision = decide(context, at)
    if decision.until is not None:
        return Limit(context.day, activity, decision.until, decision.hour)
    if decision.reason and decision.reason.code in (ReasonCode.DEADLINE, ReasonCode.PAST):
        own = context.booked_by == context.family
        rule = context.policy.cancel if own else context.policy.add
        return Limit(context.day, activity, rule.until(context.day), rule.hour)
    return None


def week_limits(limits: Iterable[Limit], *, changed_at: datetime) -> list[FeedEvent]:
    """Return an event for each week and for each first last moment in it: then the whole week can still change.

    It ends at that instant. The description says each day's own last moment. Its name in calendars holds the instant, so that one
    that moves is another event.
    """
    weeks: dict[tuple[date, str], list[Limit]] = defaultdict(list)
    for limit in limits:
        weeks[monday_of(limit.day), limit.activity].append(limit)
    together: dict[tuple[date, datetime, bool], list[list[Limit]]] = defaultdict(list)
    for (monday, _), found in weeks.items():
        first = min(found, key=lambda limit: limit.until)
        together[monday, first.until, first.hour is None].append(found)
    return [
        _week_event(monday, until, whole_day, groups, changed_at)
        for (monday, until, whole_day), groups in sorted(together.items(), key=lambda item: item[0])
    ]


def _week_event(
    monday: date, until: datetime, whole_day: bool, groups: Sequence[Sequence[Limit]], changed_at: datetime
) -> FeedEvent:
    starts, ends = moment_before(until, whole_day=whole_day)
    activities = ", ".join(group[0].activity for group in groups)
    said = {(limit.day, limit.words, limit.activity) for group in groups for limit in group}
    lines: dict[tuple[date, str], list[str]] = defaultdict(list)
    for day, words, activity in sorted(said):
        lines[day, words].append(activity)
    days = [
        f"{long_day(day).capitalize()}\u00a0: {words} ({', '.join(names)})" for (day, words), names in lines.items()
    ]
    return FeedEvent(
        uid=f"delai-{monday:%Y%m%d}-{in_paris(until):%Y%m%d%H%M}{'' if whole_day else 'h'}",
        summary=f"Dernier moment pour changer la semaine du {' '.join(long_day(monday).split()[1:3])}\u00a0: {activities}",
        starts=starts,
        ends=ends,
        changed_at=changed_at,
        description="\n".join(["Passé ce moment, la semaine ne change plus en entier. Jour par jour\u00a0:", *days]),
    )


def moment_before(until: datetime, *, whole_day: bool) -> tuple[date, date]:
    """Return the event that ends at an instant: the last whole day before it, or half an hour."""
    if whole_day:
        last = in_paris(until).date()
        return last - DAY, last
    return in_paris(_later(until, -MOMENT)), in_paris(until)


def _later(instant: datetime, much: timedelta) -> datetime:
    """Count on the real time, not on the clocks of Paris, which jump twice a year."""
    return instant.astimezone(UTC) + much


def period_events(
    period: HolidaySpan, label: str, *, at: datetime, changed_at: datetime, since: timedelta = KEPT
) -> list[FeedEvent]:
    """Return the openings and closings of a holiday period, those of wishes and those of what is left, old ones left out."""
    asked = "les vœux" if period.wishes else "les demandes"
    moments: list[tuple[str, datetime, bool, str]] = [
        ("ouverture", period.opens_at, True, f"Ouverture\u00a0: {asked} pour {label}"),
        ("cloture", period.closes_at, False, f"Dernier moment\u00a0: {asked} pour {label}"),
    ]
    if period.second_opens_at and period.second_closes_at:
        moments += [
            ("places", period.second_opens_at, True, f"Ouverture\u00a0: places restantes de {label}"),
            ("fin-places", period.second_closes_at, False, f"Dernier moment\u00a0: places restantes de {label}"),
        ]
    return [
        FeedEvent(
            uid=f"periode-{period.pk}-{word}-{in_paris(instant):%Y%m%d%H%M}",
            summary=summary,
            starts=in_paris(instant if opens else _later(instant, -MOMENT)),
            ends=in_paris(_later(instant, MOMENT) if opens else instant),
            changed_at=changed_at,
        )
        for word, instant, opens, summary in moments
        if instant >= at - since
    ]
