"""Where to begin, and the calendar: a month or a week, of everybody or of some."""

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
from reservations.queries.calendar import Narrowed, Span, calendar_page, enrolled_keys, refused_days
from reservations.queries.enrolling import choices_for
from reservations.queries.index import overview
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.rules.changes import DayChanges
from reservations.views.household import at_counter, household_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """« Mes réservations »: the next days, what is to be done before which deadline, the way in."""
    family, _ = household_of(request)
    return render(request, "reservations/index.html", {"overview": overview(family, at=clock.now())})


@never_cache  # « back » shows the days as they are now, not as they were
@require_http_methods(["GET", "HEAD", "POST"])
def month(request: HttpRequest, month: date) -> HttpResponse:
    """A month of all the children in all their activities, or of those that the address names."""
    return _calendar(request, Span.of_month(month), _narrowed(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def week(request: HttpRequest, week: date) -> HttpResponse:
    """A week of them."""
    return _calendar(request, Span.of_week(week), _narrowed(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, child: int, activity: str, month: date) -> HttpResponse:
    """One month of one child in one activity."""
    return _calendar(request, Span.of_month(month), Narrowed(child, activity))


def _narrowed(request: HttpRequest) -> Narrowed:
    child, activity = request.GET.get("enfant", ""), request.GET.get("activite", "")
    if child and not (child.isdecimal() and len(child) < 10):
        raise Http404
    return Narrowed(int(child) if child else None, activity or None)


def _calendar(request: HttpRequest, span: Span, narrowed: Narrowed) -> HttpResponse:
    """Show the days, say what the ticks would change, or save them."""
    family, guardian = household_of(request)
    if request.method != "POST":
        return _draw(request, family, span, narrowed)
    form = CalendarForm.read(request.POST)
    enrolled = enrolled_keys(family) if form.also or form.only_shows else set()
    changes = form.changes(enrolled)
    if any(not narrowed.admits(*key) for key in form.keys) or (form.only_shows and changes.keys() - enrolled):
        raise Http404
    if form.only_shows:
        return _draw(request, family, span, narrowed, asked=changes, also=form.also)
    try:
        receipt = services.book_days(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            changes=changes,
            submission=form.submission,
            at=clock.now(),
            at_desk=at_counter(request),
            late_reason=form.late_reason if at_counter(request) else "",
        )
    except services.UnknownChild:
        raise Http404 from None
    except services.LateReasonNeeded as refusal:
        messages.error(request, refusal.message)
        return _draw(request, family, span, narrowed, asked=changes, also=form.also)
    except Refusal as refusal:
        messages.info(request, refusal.message)
        return redirect(request.get_full_path())
    if receipt.request.status == FamilyRequest.Status.DONE:
        messages.success(request, "C’est enregistré. Vous recevez aussi ce reçu par courriel.")
        return redirect("families:request", receipt.request.number)
    return _draw(request, family, span, narrowed, receipt=receipt, also=form.also)


def _draw(
    request: HttpRequest,
    family: Family,
    span: Span,
    narrowed: Narrowed,
    *,
    receipt: BookingReceipt | None = None,
    asked: dict[tuple[int, str], DayChanges] | None = None,
    also: list[int] | None = None,
) -> HttpResponse:
    """Draw the page; after a submit that was refused in part, with its answers and the ticks as they were left."""
    lines = lines_of(receipt) if receipt else []
    page = calendar_page(
        family,
        span,
        narrowed,
        at=clock.now(),
        refused=refused_days(lines),
        asked=asked,
        also=also or (),
        at_desk=at_counter(request),
    )
    if page is None:
        return _elsewhere(family, narrowed)
    context = {
        "page": page,
        "submission": new_submission(),
        "receipt": receipt,
        "answers": answers_by_child(lines, narrowed.child),
    }
    return render(request, "reservations/calendar.html", context)


def _elsewhere(family: Family, narrowed: Narrowed) -> HttpResponse:
    """Lead a child who is not enrolled to her enrolment; nothing else is there."""
    if narrowed.is_one:
        choices = choices_for(family, narrowed.child, narrowed.activity, today=clock.today())
        if choices and not any(choice.enrolment for choice in choices):
            return redirect("reservations:enrol_child", narrowed.child, narrowed.activity)
    raise Http404
