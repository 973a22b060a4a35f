"""« Relevé de compte »: what was asked of the household, what it paid, what it owes."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.queries.account import movements_of
from billing.rules.statement import statement_between
from castres_portal.base import clock


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show the movements of a calendar year, the latest one unless another is asked for."""
    if request.family is None:
        return redirect("dashboard")
    today, movements = clock.today(), movements_of(request.family)
    years = sorted({movement.day.year for movement in movements}, reverse=True)
    asked = request.GET.get("annee", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else next(iter(years), today.year)
    statement = statement_between(movements, date(year, 1, 1), min(date(year, 12, 31), today))
    return render(request, "billing/account.html", {"statement": statement, "years": years, "year": year})
