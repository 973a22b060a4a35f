"""« Vacances »: the coming periods, and the page of one: its weeks to book, or to wish for, or what was obtained."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.models import Family, FamilyRequest
from reservations import services, waiting_room
from reservations.forms import new_submission
from reservations.forms.holidays import PeriodForm
from reservations.forms.wishes import WishForm
from reservations.models import BookingReceipt, HolidayPeriod
from reservations.queries.holiday_prices import period_prices
from reservations.queries.holidays import PeriodScene, Ticks, has_bookings_page, period_cards, period_page
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.queries.wishes import standing_list, wish_page
from reservations.services import holidays
from reservations.views.household import at_counter, household_of


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The coming periods in their three states, with what each child asked for and obtained."""
    family, _ = household_of(request)
    at = clock.now()
    return render(request, "reservations/holidays/index.html", {"cards": period_cards(family, at=at), "at": at})


@never_cache  # « back » shows the places as they are now
@require_http_methods(["GET", "HEAD", "POST"])
def period(request: HttpRequest, period: int) -> HttpResponse:
    """One period: shown, then booked; the weeks that are wished for have a form of their own."""
    family, guardian = household_of(request)
    scene = waiting_room.scene_before(period, clock.now())
    if scene is None:
        raise Http404
    found = scene.period
    if not has_bookings_page(found, at=clock.now()):
        return _wishes(request, found)
    if request.method != "POST":
        return _page(request, family, scene)
    form = PeriodForm.read(request.POST)
    try:
        receipt = services.book_days(
            family=family,
            guardian=guardian,
            user=request.user,  # type: ignore[arg-type]
            changes=form.changes(found.activity.slug),
            submission=form.submission,
            at=clock.now(),
            at_desk=at_counter(request),
            late_reason=form.late_reason,
        )
    except services.UnknownChild:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return _page(request, family, scene, form.ticks)
    waiting_room.leave(found.pk, waiting_room.ticket_of(request))
    if receipt.request.status != FamilyRequest.Status.DONE:
        return _page(request, family, scene, form.ticks, receipt)
    messages.success(request, "C’est enregistré. Vous recevez aussi ce reçu par courriel.")
    return redirect("families:request", receipt.request.number)


def _wishes(request: HttpRequest, found: HolidayPeriod) -> HttpResponse:
    """The weeks that are wished for: the form while it is open, then what was obtained and why."""
    family, guardian = household_of(request)
    asked, together, at = None, None, clock.now()
    if request.method == "POST":
        form = WishForm.read(request.POST)
        try:
            row = holidays.send_wishes(
                family=family,
                guardian=guardian,
                user=request.user,  # type: ignore[arg-type]
                period=found,
                asked=form.asked,
                together=form.together,
                submission=form.submission,
                at=at,
            )
        except services.UnknownChild:
            raise Http404 from None
        except Refusal as refusal:
            messages.error(request, refusal.message)
            asked, together = form.asked, form.together
        else:
            messages.success(request, "C’est noté. Vous recevez aussi ce reçu par courriel.")
            return redirect("families:request", row.request.number)
    page = wish_page(family, found, at=at, asked=asked, together=together)
    context = {"page": page, "submission": new_submission(), "prices": period_prices(family, found)}
    return render(request, "reservations/holidays/wishes.html", context)


def _page(
    request: HttpRequest,
    family: Family,
    scene: PeriodScene,
    ticks: Ticks | None = None,
    receipt: BookingReceipt | None = None,
) -> HttpResponse:
    """Draw the weeks; after a submit that was refused in part, with its answers and the ticks as they were left."""
    at_desk, found = at_counter(request), scene.period
    page = period_page(family, scene, at=clock.now(), at_desk=at_desk, ticks=ticks)
    if not page.is_open:  # nothing to fill in: the next may come in
        waiting_room.leave(found.pk, waiting_room.ticket_of(request), empty_handed=True)
    context = {
        "page": page,
        # Told before and after: while all come at once, a place matters more, and the simulation says the prices too.
        "prices": None if waiting_room.stands_before(found.pk, clock.now()) else period_prices(family, found),
        "submission": new_submission(),
        "pass": waiting_room.pass_for(request, found.pk),
        "receipt": receipt,
        "answers": answers_by_child(lines_of(receipt)) if receipt else [],
        "at_desk": at_desk,
        "wished": standing_list(family, found) if found.takes_wishes else None,
    }
    return render(request, "reservations/holidays/period.html", context)
