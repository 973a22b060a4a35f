"""Leaving one invoice alone, and taking it up again."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from billing.models import Invoice, RecoveryHold
from billing.services.unpaid import hold, lift
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment


class HoldForm(forms.Form):
    """Why an invoice is left alone."""

    cause = forms.ChoiceField(
        label="Cause",
        choices=RecoveryHold.Cause.choices,
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": "Choisissez la cause.", "invalid_choice": "Choisissez une cause de la liste."},
    )
    reason = forms.CharField(label="Précision", max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


def recovery_page(page: PortalAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """Ask why an invoice is to be left alone; or, when it is already, offer to take it up again."""
    invoice = get_object_or_404(Invoice, pk=object_id)
    held = RecoveryHold.objects.filter(invoice=invoice, lifted_at=None).select_related("held_by").first()
    form = None if held else HoldForm(request.POST or None)
    by, at = cast(User, request.user), clock.now()
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            if form is None:
                lift(invoice=invoice, by=by, at=at)
            else:
                hold(invoice=invoice, by=by, at=at, **form.cleaned_data)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            words = "repris" if form is None else "suspendu"
            messages.success(request, f"Le recouvrement de la facture {invoice.number} est {words}.")
        return redirect("admin:billing_invoice_change", invoice.pk)
    if held:
        text = f"Suspendu le {moment(held.held_at)} par {held.held_by} : {held.get_cause_display()}. {held.reason}"
    else:
        text = "La facture ne sera ni relancée, ni transmise au Trésor, jusqu’à ce que vous repreniez son recouvrement."
    context = {
        **page.admin_site.each_context(request),
        "title": f"{'Reprendre' if held else 'Suspendre'} le recouvrement de la facture {invoice.number}",
        "opts": page.opts,
        "text": text,
        "form": form,
        "button": "Reprendre le recouvrement" if held else "Suspendre le recouvrement",
    }
    return TemplateResponse(request, "billing/admin/act.html", context)
