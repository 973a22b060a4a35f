"""Where to begin, and the calendar of a month."""

from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.models import Family, FamilyRequest
from reservations import services
from reservations.forms import CalendarForm, new_submission
from reservations.models import BookingReceipt
from reservations.queries.enrolling import choices_for
from reservations.queries.index import ways_in
from reservations.queries.month import month_page
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.views.household import household_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """« Mes réservations »: each child's activities, with the month to open first."""
    family, _ = household_of(request)
    return render(request, "reservations/index.html", {"children": ways_in(family, at=clock.now())})


@never_cache  # « back » shows the days as they are now, not as they were
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, child: int, activity: str, month: date) -> HttpResponse:
    """One month of one child in one activity: shown, then changed."""
    family, guardian = household_of(request)
    at = clock.now()
    if request.method != "POST":
        return _month(request, family, child, activity, month)
    form = CalendarForm.read(request.POST)
    try:
        receipt = services.book_days(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            changes={(kin, activity): asked for kin, asked in form.changes(child).items()},
            submission=form.submission,
            at=at,
        )
    except services.UnknownChild:
        raise Http404 from None
    except Refusal as refusal:
        messages.info(request, refusal.message)
        return redirect(request.path)
    if receipt.request.status == FamilyRequest.Status.DONE:
        messages.success(request, "C’est enregistré. Vous recevez aussi ce reçu par courriel.")
        return redirect("families:request", receipt.request.number)
    return _month(request, family, child, activity, month, receipt, form.also)


def _month(
    request: HttpRequest,
    family: Family,
    child: int,
    activity: str,
    month: date,
    receipt: BookingReceipt | None = None,
    also: Iterable[int] = (),
) -> HttpResponse:
    """Draw the month; after a submit that was refused in part, with its answers and the ticks as they were left."""
    lines = lines_of(receipt) if receipt else []
    refused = {line.day: line for line in lines if line.child_id == child and line.outcome == line.Outcome.REFUSED}
    page = month_page(family, child, activity, month, at=clock.now(), refused=refused, also=also)
    if page is None:
        choices = choices_for(family, child, activity, today=clock.today())
        if choices and not any(choice.enrolment for choice in choices):
            return redirect("reservations:enrol_child", child, activity)
        raise Http404
    context = {
        "page": page,
        "submission": new_submission(),
        "receipt": receipt,
        "answers": answers_by_child(lines, child),
    }
    return render(request, "reservations/calendar.html", context)
