"""Who may collect the children, and whom to call: managed by the household at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.situation.people import AdultForm, ContactForm, contact_state
from families.models import FamilyContact
from families.queries.situation import adults_of, former_adults_of
from families.rules.situation import fingerprint
from families.services.situation import people as services
from families.services.situation.proposing import MEANWHILE


@never_cache
@require_safe
def adults(request: HttpRequest) -> HttpResponse:
    """Show who may and who must not collect the children, and who no longer may."""
    if request.family is None:
        return redirect("families:attach")
    today = clock.today()
    context = {
        "adults": adults_of(request.family, today=today),
        "former": former_adults_of(request.family, today=today),
    }
    return render(request, "families/situation/adults.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_adult(request: HttpRequest) -> HttpResponse:
    """Let somebody collect children."""
    if request.family is None:
        return redirect("families:attach")
    form = AdultForm(request.POST or None, family=request.family, today=clock.today())
    if request.method == "POST" and form.is_valid():
        try:
            adult = services.add_authorised_adult(
                family=request.family, guardian=request.guardian, at=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"{adult.full_name} peut venir chercher : c’est enregistré.")
            return redirect("families:adults")
    return render(request, "families/situation/adult_form.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove_adult(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then take back the right to collect."""
    if request.family is None:
        return redirect("families:attach")
    adult = get_object_or_404(request.family.authorised_adults.filter(right="peut"), pk=pk)
    if request.method == "POST":
        services.remove_authorised_adult(adult=adult, guardian=request.guardian, at=clock.now())
        messages.success(request, f"{adult.full_name} ne peut plus venir chercher : c’est enregistré.")
        return redirect("families:adults")
    return render(request, "families/situation/adult_remove.html", {"adult": adult})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add somebody to call, or put one right."""
    if request.family is None:
        return redirect("families:attach")
    row = get_object_or_404(request.family.contacts, pk=pk) if pk else None
    form = ContactForm(request.POST or None, family=request.family, today=clock.today(), contact=row)
    if request.method == "POST" and form.is_valid() and _saved(request, form, row):
        messages.success(request, "La liste des personnes à prévenir est enregistrée.")
        return redirect("families:household")
    return render(request, "families/situation/contact_form.html", {"form": form, "contact": row})


def _saved(request: HttpRequest, form: ContactForm, row: FamilyContact | None) -> bool:
    """Save the contact; report somebody else's change instead of writing over it."""
    answers = dict(form.cleaned_data)
    shown = answers.pop("shown")
    if row is not None and shown != fingerprint(contact_state(row)):
        form.add_error(None, MEANWHILE)
        form.show_again(row)
        return False
    try:
        services.save_contact(family=request.family, contact=row, **answers)  # type: ignore[attr-defined]
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


@require_POST
def remove_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody off the list."""
    if request.family is None:
        return redirect("families:attach")
    row = get_object_or_404(request.family.contacts, pk=pk)
    services.remove_contact(contact=row)
    messages.success(request, f"{row.full_name} n’est plus dans la liste.")
    return redirect("families:household")


@require_POST
def raise_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Call somebody one place earlier."""
    if request.family is None:
        return redirect("families:attach")
    services.raise_contact(contact=get_object_or_404(request.family.contacts, pk=pk))
    return redirect("families:household")
