"""Pages of the reservations: where to begin, the calendar of a month, the enrolments."""

from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.models import Family, FamilyRequest, Guardian
from reservations import services
from reservations.forms import CalendarForm, EnrolForm, new_submission
from reservations.models import BookingReceipt
from reservations.queries.enrolling import choices_for, choices_of, version_to_accept
from reservations.queries.index import ways_in
from reservations.queries.month import month_page
from reservations.queries.receipts import answers_by_child, lines_of


def _household(request: HttpRequest) -> tuple[Family, Guardian]:
    """Return the chosen household and who asks; an account without one finds nothing here."""
    if request.family is None:  # type: ignore[attr-defined]
        raise Http404
    return request.family, request.guardian  # type: ignore[attr-defined]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """« Mes réservations »: each child's activities, with the month to open first."""
    family, _ = _household(request)
    return render(request, "reservations/index.html", {"children": ways_in(family, at=clock.now())})


@never_cache  # « back » shows the days as they are now, not as they were
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, child: int, activity: str, month: date) -> HttpResponse:
    """One month of one child in one activity: shown, then changed."""
    family, guardian = _household(request)
    at = clock.now()
    if request.method != "POST":
        return _month(request, family, child, activity, month)
    form = CalendarForm.read(request.POST)
    try:
        receipt = services.book_days(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            activity=activity,
            changes=form.changes(child),
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


@require_safe
def enrol(request: HttpRequest) -> HttpResponse:
    """« Inscrire un enfant »: each child, each activity, each open year."""
    family, _ = _household(request)
    return render(request, "reservations/enrol.html", {"children": choices_of(family, today=clock.today())})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_child(request: HttpRequest, child: int, activity: str) -> HttpResponse:
    """The one short form of an enrolment."""
    family, guardian = _household(request)
    at = clock.now()
    choices = choices_for(family, child, activity, today=at.date())
    if not choices:
        raise Http404
    form = EnrolForm(choices, request.POST or None, initial={"year": request.GET.get("annee", "")})
    if request.method == "POST" and form.is_valid():
        try:
            enrolment = services.enrol_child(
                family=family,
                guardian=guardian,
                user=request.user,  # type: ignore[arg-type]
                child=child,
                activity=activity,
                year=form.cleaned_data["year"],
                version=form.cleaned_data["version"],
                at=at,
            )
        except services.EnrolmentRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "L’inscription est enregistrée. Vous recevez aussi cet accusé par courriel.")
            return redirect("families:request", enrolment.request.number)
    version = version_to_accept(choices[0].activity, at.date())
    context = {
        "form": form,
        "choices": choices,
        "choice": choices[0],
        "is_open": any(choice.offer.is_open for choice in choices),
        "version": version,
    }
    return render(request, "reservations/enrol_child.html", context)
