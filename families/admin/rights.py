"""« Limiter les droits » of a guardian: the form, the reason, the history. Its service runs outside the admin's transaction."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget

from castres_portal.base import clock
from castres_portal.base.admin import ReadOnlyInline, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import plain_day
from families.models import Guardian, RightsChange
from families.services.rights import limit_rights

if TYPE_CHECKING:
    from families.admin.households import GuardianAdmin


class RightsForm(forms.Form):
    """What a guardian may do from now on, and why."""

    rights = forms.ChoiceField(label="Droits sur ce dossier", choices=Guardian.Rights, widget=UnfoldAdminSelectWidget)
    until = forms.DateField(
        label="Jusqu’au (compris)",
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text="Vide : sans limite. Le lendemain, les droits redeviennent complets d’eux-mêmes.",
    )
    reason = forms.CharField(
        label="Motif",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Par exemple le jugement et sa date. Conservé, lu par les agents seuls, jamais montré aux familles.",
    )


class RightsHistoryInline(ReadOnlyInline):
    """What was decided about a guardian's rights, and why."""

    model = RightsChange
    fields = ("at", "rights", "until", "agent", "reason")
    readonly_fields = ("agent",)
    agent = person_shown("by", "Décidé par")
    verbose_name_plural = "droits limités : décisions"


def rights_words(guardian: Guardian) -> str:
    """Say what a guardian may do, and until when."""
    until = f" jusqu’au {plain_day(guardian.rights_until)}" if guardian.rights_until else ""
    return f"{guardian.get_rights_display()}{until}"


def limit_rights_page(page: "GuardianAdmin | ModelAdmin", request: HttpRequest, guardian_id: int) -> HttpResponse:
    """Show what a guardian may do; on POST decide otherwise, with a reason."""
    if not request.user.has_perm("families.change_guardian"):
        raise PermissionDenied
    guardian = get_object_or_404(Guardian.objects.select_related("family"), pk=guardian_id)
    initial = {"rights": guardian.rights, "until": guardian.rights_until}
    form = RightsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            limit_rights(guardian=guardian, by=request.user, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            guardian.refresh_from_db()
            messages.success(request, f"{guardian} : {rights_words(guardian).lower()}. Le motif est conservé.")
            return redirect("admin:families_guardian_change", guardian.pk)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Droits de {guardian}",
        "opts": page.opts,
        "guardian": guardian,
        "rights_now": rights_words(guardian),
        "form": form,
        "changes": guardian.rights_changes.select_related("by"),
    }
    return TemplateResponse(request, "families/admin/rights.html", context)
