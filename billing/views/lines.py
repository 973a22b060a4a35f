"""One line of an invoice: what it rests on, and how to contest it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.forms.disputes import DisputeForm
from billing.queries.lines import explain, lines_of
from billing.services.disputes import dispute_lines
from castres_portal.base import clock
from castres_portal.base.errors import Refusal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Explain a line of the household's invoice; what is sent contests it."""
    found = get_object_or_404(lines_of(request.family, number), pk=line)
    explanation = explain(found, reader=request.user, at=clock.now())
    form = DisputeForm(explanation.siblings, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            demand = dispute_lines(
                family=request.family,
                guardian=request.guardian,
                user=request.user,
                lines=[found.pk, *form.lines()],
                reason=form.cleaned_data["reason"],
                words=form.cleaned_data["words"],
                submission=form.cleaned_data["submission"],
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("families:request", demand.number)
    context = {"invoice": found.invoice, "line": found, "explanation": explanation, "form": form}
    return render(request, "billing/line.html", context)
