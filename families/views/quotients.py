"""« Quotient familial »: what holds and until when, declaring another one, taking it from the CAF or the MSA."""

from uuid import uuid4

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from families.api_particulier import client
from families.forms.quotients import BeneficiaryForm, DeclareForm
from families.models import FamilyRequest
from families.queries.quotients import open_claim_of, sheet_of
from families.rules.quotients import effect_of
from families.services.quotients import declare_quotient, keep_quotient_of_api
from families.services.requests import write_message

TOO_MANY = (
    "Vous avez interrogé la CAF et la MSA plusieurs fois : réessayez dans une heure, ou déposez votre attestation."
)


def _rule() -> dict[str, object]:
    """Say from when until when a quotient given today would hold."""
    today = clock.today()
    starts_on, ends_on = effect_of(today, valid_months=settings.QUOTIENT["valid_months"])
    return {"would_start_on": starts_on, "would_end_on": ends_on, "from_the_state": client.is_open()}


def show(request: HttpRequest) -> HttpResponse:
    """The household's quotients, what applies now and after."""
    if request.family is None:
        return redirect("families:attach")
    sheet = sheet_of(request.family, today=clock.today())
    return render(request, "families/quotient.html", {"sheet": sheet, "today": clock.today(), **_rule()})


def declare(request: HttpRequest) -> HttpResponse:
    """Declare the quotient of an attestation; an agent reads it."""
    if request.family is None:
        return redirect("families:attach")
    if claim := open_claim_of(request.family):
        return redirect("families:request", claim.request.number)
    now = clock.now()
    form = DeclareForm(request.POST or None, request.FILES or None, family=request.family, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            asked = declare_quotient(
                family=request.family, guardian=request.guardian, by=request.user, at=now, **form.declared()
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            _join_paper(request, asked, form)
            return redirect("families:request", asked.number)
    return render(request, "families/quotient_declare.html", {"form": form, **_rule()})


def _join_paper(request: HttpRequest, asked: FamilyRequest, form: DeclareForm) -> None:
    """Put the attestation in the request's thread; a paper that cannot be taken is said, and can be joined there."""
    messages.success(request, f"Votre déclaration n° {asked.number} est déposée.")
    if not form.answers():
        messages.info(
            request, "Joignez votre attestation dans les échanges ci-dessous : le service en a besoin pour répondre."
        )
        return
    try:
        write_message(
            request=asked,
            body="Voici mon attestation.",
            submission=uuid4(),
            at=clock.now(),
            guardian=request.guardian,
            user=request.user,
            answers=form.answers(),
        )
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} Joignez-la dans les échanges ci-dessous.")


@never_cache
@sensitive_post_parameters()
def fetch(request: HttpRequest) -> HttpResponse:
    """Take the quotient from the CAF or the MSA, by an identity that is asked once and kept nowhere."""
    if request.family is None:
        return redirect("families:attach")
    if not client.is_open():
        raise Http404
    now = clock.now()
    form = BeneficiaryForm(request.POST or None, guardian=request.guardian, today=now.date())
    if request.method == "POST" and form.is_valid() and _may_ask(request, form):
        try:
            found = client.ask_quotient(form.beneficiary(request.guardian))
            asked = keep_quotient_of_api(
                family=request.family, guardian=request.guardian, by=request.user, found=found, at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"Votre quotient est enregistré : {found.value} €.")
            return redirect("families:request", asked.number)
    return render(request, "families/quotient_fetch.html", {"form": form, **_rule()})


def _may_ask(request: HttpRequest, form: BeneficiaryForm) -> bool:
    """Keep one household from trying one identity after another."""
    if ratelimit.consume(request, app="allauth.account", action="quotient", key=str(request.family.pk)):
        return True
    form.add_error(None, TOO_MANY)
    return False
