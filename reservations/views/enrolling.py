"""« Inscription périscolaire »: what is open to each child, and the one short form."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from reservations import services
from reservations.forms import EnrolForm
from reservations.queries.enrolling import choices_for, choices_of, version_to_accept
from reservations.views.household import household_of


@require_safe
def enrol(request: HttpRequest) -> HttpResponse:
    """« Inscrire un enfant »: each child, each activity, each open year."""
    family, _ = household_of(request)
    return render(request, "reservations/enrol.html", {"children": choices_of(family, today=clock.today())})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_child(request: HttpRequest, child: int, activity: str) -> HttpResponse:
    """The one short form of an enrolment."""
    family, guardian = household_of(request)
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
