"""« Encaisser »: which means, how much, for which invoices; seen before it is written."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from accounts.models import User
from billing.forms.till import CollectForm
from billing.queries.payments import undecided_attempt
from billing.queries.till import debts_of, till_policy
from billing.rules.till import change_of, means_offered
from billing.services.till import check_collection, collect
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros
from families.models import Family


def collect_page(page: PortalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a household owes and take its money: first what would be written, then, confirmed, the receipt."""
    if not request.user.has_perm("billing.collect_money"):
        raise PermissionDenied
    family = get_object_or_404(Family, pk=pk)
    offered = means_offered(till_policy())
    means = next((one for one in offered if one.value == request.GET.get("moyen")), offered[0] if offered else None)
    debts = debts_of(family)
    chosen = request.GET.get("facture", "")
    form = plan = None
    if means and debts:
        form = CollectForm(means, debts, request.POST or None, chosen=int(chosen) if chosen.isdecimal() else None)
        if request.method == "POST" and form.is_valid():
            if "encaisser" in request.POST and (answer := _collect(request, family, form)):
                return answer
            plan = _plan(family, form)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Encaisser : {family.name}",
        "opts": page.opts,
        "family": family,
        "means": means,
        "tabs": [
            (one, f"?{urlencode({'moyen': one.value, **({'facture': chosen} if chosen else {})})}") for one in offered
        ],
        "act": till_policy().act,
        "debts": debts,
        "owed": sum(debt.owed for debt in debts if not debt.refusal),
        "form": form,
        "rows": form.rows(plan["parts"] if plan else None) if form else [],
        "plan": plan,
        "card": undecided_attempt([debt.invoice for debt in debts], at=clock.now()) if debts else None,
    }
    return TemplateResponse(request, "billing/admin/till/collect.html", context)


def _plan(family: Family, form: CollectForm) -> dict[str, Any] | None:
    """Say what would be written, or put on the form why it cannot be."""
    handed, parts = form.handed(), form.parts()
    surplus = handed.amount - sum(parts.values(), handed.amount * 0)
    try:
        check_collection(family=family, handed=handed, parts=parts, keep_surplus=True, today=clock.today())
    except Refusal as refusal:
        if not form.non_field_errors():
            form.add_error(None, refusal.message)
        return None
    return {
        "amount": handed.amount,
        "parts": parts,
        "surplus": surplus,
        "change": change_of(handed.amount, handed.cash_given),
    }


def _collect(request: HttpRequest, family: Family, form: CollectForm) -> HttpResponse | None:
    try:
        taken = collect(
            family=family,
            handed=form.handed(),
            parts=form.parts(),
            keep_surplus=form.cleaned_data["keep_surplus"],
            submission=form.cleaned_data["submission"],
            by=cast(User, request.user),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return None
    payment = taken.payment
    words = "encaissés" if taken.is_new else "déjà encaissés par ce formulaire"
    change = change_of(payment.amount, payment.till_entry.cash_given)
    back = f" À rendre : {euros(change)}." if change else ""
    messages.success(request, f"{euros(payment.amount)} {words}, quittance {payment.number}.{back}")
    return redirect("admin:billing_tillentry_change", payment.pk)
