"""The régie's own pages: where the till stands, its journal, closing it, what leaves it."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from billing.forms.till import CashForm, CloseForm
from billing.models import DepositSlip, Payment, TillClosing
from billing.queries.till import JournalFilter, journal, till_policy, till_state
from billing.rules.till import net_of
from billing.services.till import close_till, deposit_cash, deposit_titles
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import euros, plain_day
from castres_portal.base.tables import Sheet, Value, to_csv, to_workbook
from families.models import Family

PER_PAGE = 100
FOUND_AT_MOST = 12
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = (
    "Le",
    "N°",
    "Nature",
    "Moyen",
    "Foyer",
    "Dossier",
    "Factures",
    "Détail",
    "Montant",
    "Solde",
    "Arrêté",
    "Bordereau",
)


def home_page(page: PortalAdmin, request: HttpRequest) -> HttpResponse:
    """Show what is to be closed and deposited, and find the household that stands at the counter."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    state = till_state(at=clock.now())
    words = request.GET.get("q", "").strip()
    context = {
        **page.admin_site.each_context(request),
        "title": "La caisse",
        "opts": page.opts,
        "state": state,
        "net": net_of(state.sums),
        "policy": till_policy(),
        "words": words,
        "found": _families(words) if words else [],
        "closings": TillClosing.objects.select_related("closed_by")[:5],
        "slips": DepositSlip.objects.select_related("made_by")[:5],
        "may_collect": request.user.has_perm("billing.collect_money"),
        "may_close": request.user.has_perm("billing.close_till"),
    }
    return TemplateResponse(request, "billing/admin/till/home.html", context)


def _families(words: str) -> list[Family]:
    found = Family.objects.filter(
        Q(number__iexact=words)
        | Q(name__icontains=words)
        | Q(guardians__last_name__icontains=words)
        | Q(invoices__number=words)
    )
    return list(found.distinct().order_by("name", "number")[:FOUND_AT_MOST])


def close_page(page: PortalAdmin, request: HttpRequest) -> HttpResponse:
    """Count the drawer and close the till."""
    if not request.user.has_perm("billing.close_till"):
        raise PermissionDenied
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            closing = close_till(by=cast(User, request.user), at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"Caisse arrêtée : {closing.number}.")
            return redirect("admin:billing_tillclosing_change", closing.pk)
    state = till_state(at=clock.now())
    context = {
        **page.admin_site.each_context(request),
        "title": "Arrêter la caisse",
        "opts": page.opts,
        "state": state,
        "net": net_of(state.sums),
        "form": form,
    }
    return TemplateResponse(request, "billing/admin/till/close.html", context)


def deposit_page(page: PortalAdmin, request: HttpRequest) -> HttpResponse:
    """Make a slip of the cheques, of the CESU, or of an amount of cash."""
    if not request.user.has_perm("billing.close_till"):
        raise PermissionDenied
    by, at = cast(User, request.user), clock.now()
    form = CashForm(request.POST if "especes" in request.POST else None)
    try:
        slip = None
        if "especes" in request.POST and form.is_valid():
            slip = deposit_cash(amount=form.cleaned_data["amount"], by=by, at=at)
        elif (kind := request.POST.get("nature", "")) and request.method == "POST":
            slip = deposit_titles(kind=kind, by=by, at=at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        if slip:
            messages.success(request, f"Bordereau {slip.number} : {euros(slip.amount)}.")
            return redirect("admin:billing_depositslip_change", slip.pk)
    context = {
        **page.admin_site.each_context(request),
        "title": "Remettre à la trésorerie",
        "opts": page.opts,
        "state": till_state(at=at),
        "policy": till_policy(),
        "form": form,
    }
    return TemplateResponse(request, "billing/admin/till/deposit.html", context)


# --- The journal ------------------------------------------------------------------------------------------------------


class JournalForm(forms.Form):
    """Which movements."""

    du = forms.DateField(label="Du", widget=UnfoldAdminSingleDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"))
    au = forms.DateField(label="Au", widget=UnfoldAdminSingleDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"))
    moyen = forms.ChoiceField(label="Moyen", required=False, widget=UnfoldAdminSelectWidget)
    nature = forms.ChoiceField(label="Nature", required=False, widget=UnfoldAdminSelectWidget)
    mots = forms.CharField(
        label="Quittance, famille, facture, chèque", required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        means = [choice for choice in Payment.Means.choices if choice[0] != Payment.Means.TREASURY]
        self.fields["moyen"].choices = [("", "Tous"), *means]  # type: ignore[attr-defined]
        self.fields["nature"].choices = [("", "Toutes"), *Payment.Kind.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("du") and data.get("au") and data["du"] > data["au"]:
            self.add_error("au", "La fin précède le début.")
        return data


def journal_page(page: PortalAdmin, request: HttpRequest) -> HttpResponse:
    """Show every movement in order with its running balance, or give it as a file."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    today = clock.today()
    form = JournalForm({"du": today.replace(day=1), "au": today, **request.GET.dict()})
    asked = _asked(form, today)
    before, rows = journal(asked)
    if request.GET.get("fichier") in ("csv", "xlsx"):
        return _journal_file(asked, before, rows, request.GET["fichier"])
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        **page.admin_site.each_context(request),
        "title": "Journal de la régie",
        "opts": page.opts,
        "form": form,
        "before": before,
        "rows": [(row, before + row.running) for row in shown],
        "page_obj": shown,
        "query": query.urlencode(),
        "count": shown.paginator.count,
    }
    return TemplateResponse(request, "billing/admin/till/journal.html", context)


def _asked(form: JournalForm, today: date) -> JournalFilter:
    if not form.is_valid():
        return JournalFilter(first=today.replace(day=1), last=today)
    data = form.cleaned_data
    return JournalFilter(data["du"], data["au"], data["moyen"], data["nature"], data["mots"].strip())


def _journal_file(asked: JournalFilter, before: Decimal, rows: Any, kind: str) -> HttpResponse:
    lines = [_line(row, before + row.running) for row in rows]
    name = f"journal-{asked.first:%Y-%m-%d}-{asked.last:%Y-%m-%d}.{kind}"
    if kind == "csv":
        content, mimetype = to_csv(HEADS, lines), "text/csv; charset=utf-8"
    else:
        above = (
            "Journal de la régie",
            f"Du {plain_day(asked.first)} au {plain_day(asked.last)}. Solde avant : {euros(before)}.",
        )
        content = to_workbook([Sheet("Journal", HEADS, lines, above)], title=above[0], author="Régie")
        mimetype = WORKBOOK
    return HttpResponse(
        content, content_type=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _line(row: Payment, balance: Decimal) -> list[Value]:
    entry, closed, deposited = (getattr(row, name, None) for name in ("till_entry", "closed", "deposited"))
    return [
        row.received_at,
        row.number,
        row.get_kind_display(),
        row.get_means_display(),
        row.family.name,
        row.family.number,
        ", ".join(share.invoice.number for share in row.allocations.all() if share.invoice),
        " ; ".join(f"{label} : {words}" for label, words in entry.details) if entry else "",
        row.amount,
        balance,
        closed.closing.number if closed else "",
        deposited.slip.number if deposited else "",
    ]
