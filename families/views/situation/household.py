"""« Situation familiale », and the form of each change."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.forms.situation.changes import FORMS, ChangeForm, Subject
from families.models import Child, Family, FamilyRequest, Guardian
from families.queries.households import children_of
from families.queries.situation import adults_of, household_page, shown_rows
from families.rules.situation import ABOUT_A_CHILD, Change
from families.services.situation.proposing import ChangedMeanwhile, propose_change

# What a parent may signal, by what it is about.
FOR_THE_HOUSEHOLD = (
    Change.BIRTH,
    Change.ARRIVAL,
    Change.ADDRESS,
    Change.FAMILY_LEAVES,
    Change.NAME,
    Change.GUARDIAN,
    Change.SEPARATION,
)
FOR_A_CHILD = (Change.SCHOOL, Change.IDENTITY, Change.CUSTODY, Change.CHILD_LEAVES)


def own_child(family: Family, pk: int) -> Child:
    """Return a child who lives in a household; any other does not exist."""
    return get_object_or_404(children_of(family, on=clock.today()), pk=pk)


@never_cache
@require_safe
def household(request: HttpRequest) -> HttpResponse:
    """Show the household's file, each block with the way to change it."""
    if request.family is None:
        return redirect("families:attach")
    context = {
        "family": request.family,
        "page": household_page(request.family, today=clock.today()),
        "for_the_household": _offered(request.family),
        "for_a_child": FOR_A_CHILD,
    }
    return render(request, "families/situation/household.html", context)


def _offered(family: Family) -> list[Change]:
    """A separation needs two guardians."""
    alone = family.guardians.count() < 2
    return [change for change in FOR_THE_HOUSEHOLD if not (alone and change == Change.SEPARATION)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, change: str, pk: int | None = None) -> HttpResponse:
    """Show the form of a change; on POST, send it."""
    if request.family is None:
        return redirect("families:attach")
    subject = _subject(request, change, pk)
    form = FORMS[change](request.POST or None, subject=subject)
    if request.method == "POST" and form.is_valid():
        asked = send(request, form, subject)
        if asked is not None:
            messages.success(request, sent_words(asked, subject.change))
            return redirect("families:request", asked.number)
    return render(request, "families/situation/change.html", page_of(form, subject))


def page_of(form: ChangeForm, subject: Subject) -> dict[str, Any]:
    """Return what the page of a change shows."""
    return {
        "form": form,
        "subject": subject,
        "change": Change(subject.change),
        "lines": shown_rows(subject.change, form.before),
    }


def _subject(request: HttpRequest, change: str, pk: int | None) -> Subject:
    """Find what a change is about through the household; 404 for anything else."""
    family: Family = request.family  # type: ignore[attr-defined]
    guardian: Guardian = request.guardian  # type: ignore[attr-defined]
    today = clock.today()
    if change not in FORMS or change == Change.COORDINATES:
        raise Http404
    if (change in ABOUT_A_CHILD or change == Change.BAN_ENDS) != (pk is not None):
        raise Http404
    if change in ABOUT_A_CHILD and pk is not None:
        return Subject(change, family, today, child=own_child(family, pk))
    if change == Change.BAN_ENDS:
        banned = adults_of(family, today=today).filter(right="interdit")
        return Subject(change, family, today, adult=get_object_or_404(banned, pk=pk))
    if change == Change.SEPARATION and change not in _offered(family):
        raise Http404
    return Subject(change, family, today, target=guardian if change == Change.NAME else None)


def send(request: HttpRequest, form: ChangeForm, subject: Subject) -> FamilyRequest | None:
    """Propose what the form asks; on a refusal, leave the form as it was typed, with the reason."""
    try:
        proposal = propose_change(
            change=subject.change,
            family=subject.family,
            guardian=request.guardian,  # type: ignore[attr-defined]
            user=request.user,  # type: ignore[arg-type]
            asked=form.asked(),
            shown=form.cleaned_data["shown"],
            submission=form.cleaned_data["submission"],
            at=clock.now(),
            child=subject.child,
            adult=subject.adult,
            target=form.cleaned_data.get("leaver") or subject.target,
        )
    except ChangedMeanwhile as refusal:
        form.add_error(None, refusal.message)
        form.show_again()
    except Refusal as refusal:
        form.add_error(None, refusal.message)
    else:
        return proposal.request
    return None


PROOFS = {
    Change.ADDRESS: "Joignez votre justificatif de domicile plus bas, dans « Échanges avec le service ».",
    Change.BAN: "Joignez la décision de justice plus bas, dans « Échanges avec le service ».",
}


def sent_words(asked: FamilyRequest, change: str) -> str:
    """Say what happened to what was just sent, and which proof the agent now waits for."""
    if asked.status == FamilyRequest.Status.DONE:
        return "C’est enregistré. Vous recevez aussi cet accusé de réception par courriel."
    sent = "Votre demande est envoyée. Un agent vous répond ici ; l’accusé de réception part aussi par courriel."
    return f"{sent} {PROOFS[change]}" if change in PROOFS else sent
