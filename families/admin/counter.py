"""The page from which an agent opens a household's own pages for the guardian who asks."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from castres_portal.base import clock
from families import counter
from families.models import Family, Guardian


class CounterForm(forms.Form):
    """Who asks, and how."""

    guardian = forms.ModelChoiceField(
        Guardian.objects.none(),
        label="Qui demande ?",
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        help_text="Les reçus et les courriels iront à cette personne.",
        error_messages={
            "required": "Choisissez la personne qui demande.",
            "invalid_choice": "Choisissez-la dans la liste.",
        },
    )
    channel = forms.TypedChoiceField(
        label="Comment ?",
        choices=counter.Channel.choices,
        initial=counter.Channel.COUNTER,
        coerce=counter.Channel,
        widget=UnfoldAdminRadioSelectWidget,
        error_messages={"required": "Dites comment la demande arrive.", "invalid_choice": "Choisissez dans la liste."},
    )

    def __init__(self, family: Family, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = family.guardians.exclude(rights=Guardian.Rights.EXCLUDED)
        self.fields["guardian"].queryset = people  # type: ignore[attr-defined]
        self.fields["guardian"].initial = people.first()


def counter_page(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who asks and how, then go to the household's reservations."""
    if not request.user.has_perm(counter.PERMISSION):
        raise PermissionDenied
    family = get_object_or_404(Family, pk=pk)
    form = CounterForm(family, request.POST or None)
    if request.method == "POST" and form.is_valid():
        counter.begin(request, form.cleaned_data["guardian"], form.cleaned_data["channel"], at=clock.now())
        return redirect("reservations:index")
    context = {
        **admin.admin_site.each_context(request),
        "title": f"Au guichet\u00a0: {family}",
        "family": family,
        "form": form,
        "opts": admin.opts,
    }
    return TemplateResponse(request, "families/admin/counter.html", context)
