"""Households that have a credit: the list for the comptable, and what the régie does of each."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from billing.queries.credit import HouseholdCredit, credit_of, households_in_credit
from billing.services import payments
from castres_portal.base import clock
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros
from castres_portal.base.tables import to_csv
from families.models import Family

HEADS = (
    "Dossier",
    "Foyer",
    "Adresse",
    "Code postal",
    "Commune",
    "Trop-perçu (€)",
    "Depuis le",
    "Doit encore (€)",
    "Suite",
)
TO_PUT, TO_REFUND, TO_KEEP = "À déduire de ce qui est dû", "À rembourser", "À garder"


class RefundForm(forms.Form):
    """How much the comptable paid back, and by which order."""

    amount = forms.DecimalField(
        label="Montant remboursé (€)", min_value=0, max_digits=9, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )
    reference = forms.CharField(
        label="Référence du mandat ou du virement", max_length=60, widget=UnfoldAdminTextInputWidget
    )


def next_step(credit: HouseholdCredit, *, at: datetime) -> str:
    """Say what is to be done of a credit: put on what is owed, paid back when it is old, else kept for the next invoice."""
    if credit.owed > 0:
        return TO_PUT
    return TO_REFUND if credit.since <= at - timedelta(days=settings.CREDIT_REFUND_AFTER_DAYS) else TO_KEEP


def credit_csv(credits: list[HouseholdCredit], *, at: datetime) -> bytes:
    """Return the refunds due and the other credits as the comptable’s spreadsheet reads them; amounts with a comma."""
    rows = [
        (
            each.family.number,
            each.family.name,
            each.family.street,
            each.family.postcode,
            each.family.city,
            f"{each.amount:.2f}".replace(".", ","),
            each.since,
            f"{each.owed:.2f}".replace(".", ","),
            next_step(each, at=at),
        )
        for each in credits
    ]
    return to_csv(HEADS, rows)


class CreditPages:
    """The pages of the credits, beside the list of payments."""

    admin_site: Any
    opts: Any

    def has_credit_permission(self, request: HttpRequest) -> bool:
        """Who reads payments reads the credits."""
        return request.user.has_perm("billing.view_payment")

    @action(description="Trop-perçus", url_path="trop-percus/", icon="savings", permissions=["credit"])
    def credits(self, request: HttpRequest) -> HttpResponse:
        """List the households in credit; on POST put one’s credit on what it owes. ``?format=csv`` downloads the list."""
        at = clock.now()
        if request.method == "POST":
            return self._put_on_invoices(request, at=at)
        found = households_in_credit()
        if request.GET.get("format") == "csv":
            return HttpResponse(
                credit_csv(found, at=at),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="trop-percus-{at:%Y-%m-%d}.csv"'},
            )
        context = {
            **self.admin_site.each_context(request),
            "title": "Trop-perçus des foyers",
            "opts": self.opts,
            "credits": [(each, next_step(each, at=at)) for each in found],
            "total": sum(each.amount for each in found),
            "days": settings.CREDIT_REFUND_AFTER_DAYS,
            "to_put": TO_PUT,
            "may_act": _may_act(request),
        }
        return TemplateResponse(request, "billing/admin/credits.html", context)

    def get_urls(self) -> list[URLPattern]:
        """Give the refund of a household a page."""
        view = self.admin_site.admin_view(self.refund)
        mine = path("trop-percus/<int:family_id>/rembourser/", view, name="billing_payment_refund")
        return [mine, *super().get_urls()]  # type: ignore[misc]  # a mixin of ModelAdmin

    def refund(self, request: HttpRequest, family_id: int) -> HttpResponse:
        """Write down what the comptable paid back."""
        if not _may_act(request):
            raise PermissionDenied
        family = get_object_or_404(Family, pk=family_id)
        credit = credit_of(family)
        form = RefundForm(request.POST or None, initial={"amount": credit})
        if request.method == "POST" and form.is_valid():
            try:
                payments.record_credit_refund(family=family, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, f"Remboursement noté\u00a0: {euros(form.cleaned_data['amount'])}.")
                return redirect("admin:billing_payment_credits")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Noter un remboursement\u00a0: {family}",
            "opts": self.opts,
            "text": (
                f"Trop-perçu de ce foyer\u00a0: {euros(credit)}. Le portail ne rembourse rien lui-même\u00a0: "
                "notez ici ce que le comptable a payé."
            ),
            "form": form,
            "button": "Noter le remboursement",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)

    def _put_on_invoices(self, request: HttpRequest, *, at: datetime) -> HttpResponse:
        if not _may_act(request):
            raise PermissionDenied
        family = get_object_or_404(Family, number=request.POST.get("foyer", ""))
        try:
            uses = payments.use_credit(family=family, by=request.user, at=at)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            put = euros(payments.total_of(uses))
            messages.success(request, f"{put} déduits de ce que doit le foyer {family.number}.")
        return redirect("admin:billing_payment_credits")


def _may_act(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("billing.change_payment"))
