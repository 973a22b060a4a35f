"""The page that hands over a code. Its services run outside the admin's own transaction, each in its own."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import ActivationCode, Guardian
from families.pdfs import activation_letter
from families.services import activation

if TYPE_CHECKING:
    from families.admin.households import GuardianAdmin

LETTER, MAIL = ActivationCode.Channel.LETTER, ActivationCode.Channel.MAIL


def hand_over_code(page: "GuardianAdmin", request: HttpRequest, guardian_id: int) -> HttpResponse:
    """Show where a guardian's code stands; on POST give one by letter or mail, revoke it, or detach the account."""
    if not request.user.has_perm("families.add_activationcode"):
        raise PermissionDenied
    guardian = get_object_or_404(Guardian.objects.select_related("family", "user"), pk=guardian_id)
    if request.method == "POST":
        try:
            return _do(request, guardian, request.POST.get("do", ""))
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:families_guardian_code", guardian.pk)
    codes = list(guardian.activation_codes.select_related("created_by")[:10])
    live = next((code for code in codes if code.used_at is None and code.revoked_at is None), None)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Code d’activation de {guardian}",
        "opts": page.opts,
        "days": settings.ACTIVATION["code_days"],
        "guardian": guardian,
        "live": live,
        "expired": bool(live and live.expires_at <= clock.now()),
        "codes": codes,
    }
    return TemplateResponse(request, "families/admin/hand_over.html", context)


def _do(request: HttpRequest, guardian: Guardian, what: str) -> HttpResponse:
    at, by = clock.now(), request.user
    if what == "letter":
        made = activation.make_activation_code(guardian=guardian, by=by, channel=LETTER, at=at)
        return _letter(guardian, made, activation_letter(guardian, made.clear, expires_at=made.row.expires_at, at=at))
    if what == "mail":
        made = activation.make_activation_code(guardian=guardian, by=by, channel=MAIL, at=at)
        until = plain_day(made.row.expires_at)
        messages.success(request, f"Un code part par courriel à {guardian.email}. Il est valable jusqu’au {until}.")
    elif what == "revoke":
        activation.revoke_activation_code(guardian=guardian, by=by, at=at)
        messages.success(request, f"Le code de {guardian} ne fonctionne plus.")
    elif what == "detach":
        activation.detach_account(guardian=guardian)
        messages.success(request, f"Le compte est détaché de {guardian} : un nouveau code peut lui être remis.")
    return redirect("admin:families_guardian_code", guardian.pk)


def _letter(guardian: Guardian, made: activation.NewCode, pdf: bytes) -> HttpResponse:
    """Answer with the letter: the only place where the clear code is."""
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"code-{guardian.family.number}-{made.row.pk}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
