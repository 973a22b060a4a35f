"""« Simulation des tarifs »: what the services would cost, day by day of the school calendar. Public; nothing is stored."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from reservations.forms.simulation import SimulationForm, first_data
from reservations.pricing.words import rule_in_words
from reservations.queries.simulation import Market, market, own_file
from reservations.rules.formulas import formula_label
from reservations.rules.simulation import Line, Simulation
from reservations.rules.tariffs import SURCHARGES


@never_cache
@login_not_required
@require_safe
def simulation(request: HttpRequest) -> HttpResponse:
    """Show the form, and the prices when it can be answered; a family that has signed in starts from its own file."""
    today = clock.today()
    offered = market(today=today)
    own = own_file(request.family, today=today, cases=offered.cases) if request.family else None  # type: ignore[attr-defined]
    asked = bool(request.GET)
    names = [child.name for child in own.children] if own else []
    form = SimulationForm(offered, request.GET if asked else first_data(offered, own), names)
    shown = (asked or own is not None) and form.is_valid()
    context: dict[str, Any] = {"form": form, "market": offered, "own": own, "asked": asked, "result": None}
    if shown:
        result = offered.price(form.wishes(), year=form.year, quotient=form.known_quotient, resident=form.resident)
        context |= {"result": result, "lines": _lines(form, result), "quotient": form.known_quotient}
    return render(request, "reservations/simulation.html", context)


def _surcharges(market: Market, line: Line) -> list[str]:
    """Say what a day taken too late would cost besides."""
    if not line.units:
        return []
    rules = market.prices.rules(line.wish.activity, line.units[-1].last)
    return [rule_in_words(rule) for rule in rules if rule.when in SURCHARGES]


def _lines(form: SimulationForm, result: Simulation) -> list[dict[str, Any]]:
    """Name each line: which child, which service, which days."""
    activities = {activity.pk: activity for activity in form.market.activities}
    return [
        {
            "child": form.rows[line.wish.child - 1],
            "activity": activities[line.wish.activity],
            "per_week": len(line.wish.weekdays),
            "weeks": line.wish.weeks.value,
            "formula": formula_label(line.wish.formula),
            "line": line,
            "later": _surcharges(form.market, line),
        }
        for line in result.lines
    ]
