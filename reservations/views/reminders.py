"""Usual days that are not booked: the link of the reminder, the same days for who has signed in, and how to stop them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from reservations import services
from reservations.forms import new_submission
from reservations.forms.previews import PreviewForm, write_shown
from reservations.queries.outlook import asked_again, outlook
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.queries.reminders import (
    OpenedReminder,
    changes_of,
    guardian_of_stop,
    open_reminded_days,
    opened_by,
    takes_reminders,
)
from reservations.services import reminders
from reservations.services.booking import foresee_days
from reservations.views.household import household_of
from reservations.views.patterns import say_what_became


@never_cache
@login_not_required  # the signed link is the key: it opens these days and nothing else
@require_http_methods(["GET", "HEAD", "POST"])
def reminder(request: HttpRequest, key: str) -> HttpResponse:
    """« Comme la semaine dernière »: what each day would become, then one button. Followed, the link books nothing."""
    opened = opened_by(key)
    if opened is None:
        raise Http404
    at = clock.now()
    if request.method == "POST":
        try:
            reminders.book_reminded_days(opened=opened, at=at)
        except Refusal as refusal:
            messages.warning(request, refusal.message)
        return redirect("reservations:reminder", key)
    return _private(render(request, "reservations/reminders/reminder.html", _reminder_page(request, opened)))


def _reminder_page(request: HttpRequest, opened: OpenedReminder) -> dict[str, Any]:
    """Say what was booked, or that it is too late, or what would be; prices to who has signed in alone."""
    row, at = opened.reminder, clock.now()
    own = request.family is not None and request.family.pk == row.family_id  # type: ignore[attr-defined]
    context: dict[str, Any] = {"opened": opened, "own": own, "receipt": reminders.receipt_of(row), "late": False}
    if context["receipt"]:
        return context | {"answers": answers_by_child(lines_of(context["receipt"]))}
    try:
        foreseen = foresee_days(family=row.family, changes=changes_of(row.days.all()), at=at)
    except services.UnknownChild:  # the enrolment is gone
        foreseen = None
    return context | {"late": at >= row.ends_at, "outlook": outlook(row.family, foreseen)}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def usual_days(request: HttpRequest) -> HttpResponse:
    """The usual days that the household was reminded of and can still book."""
    family, guardian = household_of(request)
    at = clock.now()
    if request.method == "POST":
        form = PreviewForm.read(request.POST)
        try:
            receipt = services.book_days(
                family=family,
                guardian=guardian,
                user=request.user,  # type: ignore[arg-type]
                changes=form.changes,
                submission=form.submission,
                at=at,
            )
        except services.UnknownChild:
            raise Http404 from None
        except Refusal as refusal:
            messages.info(request, refusal.message)
            return redirect("reservations:usual_days")
        say_what_became(request, receipt)
        return redirect("families:request", receipt.request.number)
    foreseen = foresee_days(family=family, changes=changes_of(open_reminded_days(family, at=at)), at=at)
    context = {
        "outlook": outlook(family, foreseen),
        "shown": write_shown(asked_again(foreseen)),
        "submission": new_submission(),
        "takes_reminders": takes_reminders(guardian),
    }
    return render(request, "reservations/reminders/usual_days.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_choice(request: HttpRequest) -> HttpResponse:
    """Whether this guardian receives the reminders: her own choice, not the household's."""
    _, guardian = household_of(request)
    if request.method == "POST":
        if request.POST.get("rappels") == "oui":
            reminders.resume_reminders(guardian=guardian)
            messages.success(request, "Vous recevrez de nouveau les rappels.")
        else:
            reminders.stop_reminders(guardian=guardian, at=clock.now())
            messages.success(request, "Vous ne recevrez plus ces rappels.")
        return redirect("reservations:reminder_choice")
    context = {"takes_reminders": takes_reminders(guardian)}
    return render(request, "reservations/reminders/choice.html", context)


@never_cache
@login_not_required  # whoever wants no more mail does not have to find a password
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, key: str) -> HttpResponse:
    """Stop the reminders by the link that each of them carries, after one click (mail scanners follow links)."""
    guardian = guardian_of_stop(key)
    if guardian is None:
        raise Http404
    if request.method == "POST":
        reminders.stop_reminders(guardian=guardian, at=clock.now())
        return redirect("reservations:stop_reminders", key)
    context = {"stopped": not takes_reminders(guardian)}
    return _private(render(request, "reservations/reminders/stop.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page that a link alone opens out of search engines."""
    response["X-Robots-Tag"] = "noindex"
    return response
