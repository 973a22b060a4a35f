"""« Coordonnées »: telephones at once, e-mail through the account, address with or without a proof."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from families.forms.situation.changes import FORMS, Subject
from families.queries.situation import guardians_of
from families.rules.situation import Change
from families.services.situation.proposing import needs_no_agent
from families.views.situation.household import page_of, send, sent_words


@never_cache
@require_safe
def coordinates(request: HttpRequest) -> HttpResponse:
    """Show how each guardian of the household is reached, and its address."""
    if request.family is None:
        return redirect("families:attach")
    context = {
        "family": request.family,
        "guardians": guardians_of(request.family),
        "address_waits": not needs_no_agent(Change.ADDRESS),
    }
    return render(request, "families/situation/coordinates.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phones(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own telephones, or those of a guardian of the household who has no space to do it."""
    if request.family is None:
        return redirect("families:attach")
    mine = request.family.guardians.filter(pk=request.guardian.pk) | request.family.guardians.filter(user=None)
    guardian = get_object_or_404(mine, pk=pk)
    subject = Subject(Change.COORDINATES, request.family, clock.today(), target=guardian)
    form = FORMS[Change.COORDINATES](request.POST or None, subject=subject)
    if request.method == "POST" and form.is_valid():
        asked = send(request, form, subject)
        if asked is not None:
            messages.success(request, sent_words(asked, subject.change))
            return redirect("families:coordinates")
    context = {**page_of(form, subject), "guardian": guardian, "is_me": guardian == request.guardian}
    return render(request, "families/situation/phones.html", context)
