"""What the whole rule of an activity means, in plain French, on the next day on which it runs."""

from collections.abc import Iterable
from datetime import date, timedelta

from castres_portal.base.french import euros, long_day
from reservations.models import Activity
from reservations.pricing import NoTariff, PriceList, QuotientOutsideBands
from reservations.queries.planning import holiday_spans, policy_of, school_calendar
from reservations.rules.calendar import days_between
from reservations.rules.decide import Policy
from reservations.rules.enrolling import ages, levels_label
from reservations.rules.formulas import formula_label
from reservations.rules.holidays import why_no_holiday

AHEAD = timedelta(days=400)
MONDAY = 0


def rule_in_words(activity: Activity, *, today: date) -> list[str]:
    """Say an activity's rule as it is saved: the deadlines of a day, who may enrol and how, what is asked, what it costs.

    The day is the next Monday on which it runs, else the first day on which it does. A dozen queries, for one activity.
    """
    policy = policy_of(activity)
    day = next_day(activity, policy, today)
    return [
        *([] if activity.is_open else ["Elle n’est pas proposée aux familles pour l’instant."]),
        *_deadlines(activity, policy, day),
        _who(activity),
        _how(activity),
        *_prices(activity, day or today),
        *_when_full(activity),
    ]


def next_day(activity: Activity, policy: Policy, today: date) -> date | None:
    """Return the next Monday on which an activity runs, else the first day after today on which it does; None without one."""
    after = today + timedelta(days=1)
    if activity.in_holidays:
        spans = holiday_spans([activity.pk], after, after + AHEAD).get(activity.pk, [])
        running = [
            day
            for span in spans
            for day in days_between(max(span.starts_on, after), span.ends_on)
            if day.weekday() in policy.weekdays and why_no_holiday(spans, day) is None
        ]
        return min(running, default=None)
    calendar = school_calendar()
    days = (day for day in days_between(after, after + AHEAD) if day.weekday() in policy.weekdays)
    return _monday_first(day for day in days if calendar.is_school_day(day))


def _monday_first(days: Iterable[date]) -> date | None:
    """Return the first day, or the Monday that comes within a week of it."""
    first = None
    for day in days:
        first = first or day
        if day.weekday() == MONDAY or day - first >= timedelta(days=7):
            return day if day.weekday() == MONDAY and day - first < timedelta(days=7) else first
    return first


def _deadlines(activity: Activity, policy: Policy, day: date | None) -> list[str]:
    if not policy.weekdays:
        return ["Aucun jour de la semaine n’est coché\u00a0: personne ne peut réserver."]
    if day is None:
        return [
            "Aucune période de vacances n’est saisie\u00a0: personne ne peut réserver."
            if activity.in_holidays
            else "Aucune année scolaire à venir n’est saisie\u00a0: personne ne peut réserver."
        ]
    add, cancel = policy.add.last_moment(day), policy.cancel.last_moment(day)
    if add == cancel:
        return [f"Le {long_day(day)} se réserve et s’annule {add}."]
    return [f"Le {long_day(day)} se réserve {add} et s’annule {cancel}."]


def _who(activity: Activity) -> str:
    schools = activity.sites.filter(school__isnull=False).count()
    centres = activity.sites.filter(venue__isnull=False).count()
    if not schools and not centres:
        return "Aucun lieu n’est saisi\u00a0: personne ne peut s’inscrire."
    whom = ", ".join(filter(None, (ages(activity.age_from, activity.age_to), levels_label(activity.levels))))
    places = [
        f"dans leur école ({schools} école{'s' if schools > 1 else ''})" if schools else "",
        f"dans {centres} lieu{'x' if centres > 1 else ''} d’accueil{', au choix de la famille' if centres > 1 else ''}"
        if centres
        else "",
    ]
    return f"Peuvent s’inscrire\u00a0: les enfants{f' {whom}' if whom else ''}, {' ou '.join(filter(None, places))}."


def _how(activity: Activity) -> str:
    by_agent = activity.enrolling == Activity.Enrolling.AGENT
    how = "L’inscription attend la réponse d’un agent" if by_agent else "L’inscription est acceptée aussitôt"
    papers = [kind.name for kind in activity.required_documents.all()]
    return f"{how}\u00a0; {'pièces demandées' if papers else 'aucune pièce n’est demandée'}{_listed(papers)}."


def _listed(names: list[str]) -> str:
    return f"\u00a0: {', '.join(names)}" if names else ""


def _prices(activity: Activity, day: date) -> list[str]:
    prices = PriceList.load([activity.pk], day, day)
    formulas = list(activity.formulas.values_list("formula", flat=True)) or [""]
    said, missing, demo = [], [], False
    for formula in formulas:
        try:
            most = prices.price(activity.pk, day, None, formula=formula)
            least = prices.price(activity.pk, day, 0, formula=formula).price.total
        except (NoTariff, QuotientOutsideBands):
            missing.append(formula_label(formula).lower() or activity.unit)
            continue
        demo = demo or most.is_demo
        words = formula_label(formula).lower() or f"un {activity.unit}"
        high = most.price.total
        said.append(f"{words}, {euros(least)}" if least == high else f"{words}, de {euros(least)} à {euros(high)}")
    sentences = []
    if said:
        listed = "\u00a0; ".join(said)
        sentences.append(f"Prix ce jour-là\u00a0: {listed}{' (démonstration)' if demo else ''}.")
    if missing:
        sentences.append(f"Aucun tarif n’est voté ce jour-là pour\u00a0: {', '.join(missing)}.")
    return sentences


def _when_full(activity: Activity) -> list[str]:
    if not activity.sites.filter(places__isnull=False).exists():
        return []
    said = (
        f"Un jour complet ouvre une liste d’attente\u00a0; une place proposée se garde {activity.offer_hours} heures."
        if activity.has_waiting_list
        else "Un jour complet est refusé, sans liste d’attente."
    )
    return [said]
