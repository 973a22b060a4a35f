"""« Prises en charge »: who else pays, what it will do, until when; and the organisations that pay."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from billing.exports import lists
from billing.forms.coverage import CoverageForm, EndForm, PayingBodyForm
from billing.models import Coverage, PayingBody
from billing.queries.coverage import coverages_of, invoiced_between, is_for_excluded, uses_of, what_it_does
from billing.rules.percent import percent_text
from billing.services.coverage import add_coverage, add_paying_body, check_coverage, end_coverage
from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import euros, plain_day
from families.models import Family

TONES = {"En cours": "success", "À venir": "info", "Terminée": "default", "Arrêtée": "warning", "Annulée": "danger"}


class NowFilter(admin.SimpleListFilter):
    """Those that still count, unless asked otherwise."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what may be asked besides those that count."""
        return [("finies", "Finies"), ("toutes", "Toutes")]

    def choices(self, changelist: Any) -> Any:
        """Call the default choice by its name."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] if choice["query_string"] != "?" else "En cours et à venir"}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the coverages of the state asked for."""
        if self.value() == "toutes":
            return queryset
        over = queryset.filter(ends_on__lt=clock.today())
        return over if self.value() == "finies" else queryset.exclude(pk__in=over.values("pk"))


@admin.register(Coverage)
class CoverageAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Who pays a part of whose days."""

    export_columns = lists.COVERAGES
    list_display = ("child", "family", "payer", "what", "part", "ceiling_shown", "period", "state")
    list_display_links = ("child",)
    list_filter = (NowFilter, "activity")
    search_fields = ("family__name", "family__number", "payer__name", "payer__number", "child__last_name", "decision")
    search_help_text = "Foyer, payeur, enfant ou numéro de décision"
    list_select_related = ("child", "family", "payer", "activity")
    actions_detail = ("end",)
    fieldsets = (
        (None, {"fields": ("sentence", ("family", "child"), ("payer", "what"), ("part", "ceiling_shown"), "period")}),
        ("Décision", {"fields": (("decision", "decided_on"), ("added_at", "who_added"))}),
        ("Ce qu’elle a payé", {"fields": ("used",)}),
        ("Arrêt", {"fields": (("ended_at", "who_ended"), "ended_because")}),
    )
    readonly_fields = ("sentence", "what", "part", "ceiling_shown", "period", "used", "who_added", "who_ended")
    who_added = person_shown("added_by", "Saisie par")
    who_ended = person_shown("ended_by", "Arrêtée par")

    def get_urls(self) -> list[URLPattern]:
        """Give the page of a household's coverages its address."""
        page = path("foyer/<int:pk>/", self.admin_site.admin_view(self.cover), name="billing_coverage_cover")
        return [page, *super().get_urls()]

    # --- What is shown ---

    @display(description="Prestation", ordering="activity__name")
    def what(self, coverage: Coverage) -> str:
        """Return the service, or that it is all of them."""
        return coverage.activity.name if coverage.activity else "Toutes"

    @display(description="Part", ordering="percent")
    def part(self, coverage: Coverage) -> str:
        """Return the percentage."""
        return percent_text(coverage.percent)

    @display(description="Plafond par mois", ordering="ceiling")
    def ceiling_shown(self, coverage: Coverage) -> str:
        """Return the ceiling."""
        return euros(coverage.ceiling) if coverage.ceiling is not None else "–"

    @display(description="Jours", ordering="starts_on")
    def period(self, coverage: Coverage) -> str:
        """Return the first and the last day."""
        if coverage.never_counted:
            return "Aucun"
        until = f"au {plain_day(coverage.ends_on)}" if coverage.ends_on else "sans date de fin"
        return f"Du {plain_day(coverage.starts_on)} {until}"

    @display(description="État", label=TONES)
    def state(self, coverage: Coverage) -> str:
        """Say where it stands."""
        today = clock.today()
        if coverage.never_counted:
            return "Annulée"
        if coverage.ends_on and coverage.ends_on < today:
            return "Arrêtée" if coverage.ended_at else "Terminée"
        return "À venir" if coverage.starts_on > today else "En cours"

    @display(description="Ce qu’elle fait")
    def sentence(self, coverage: Coverage) -> str:
        """Say in plain French what it does."""
        if coverage.never_counted:
            return "Rien\u00a0: elle a été annulée avant son premier jour."
        return what_it_does(coverage, today=clock.today())

    @display(description="Payé jusqu’ici")
    def used(self, coverage: Coverage) -> str:
        """Return what invoices took of it."""
        uses = uses_of(coverage)
        if not uses.days:
            return "Rien\u00a0: aucune facture n’a encore partagé ces jours."
        if uses.days == 1:
            return f"{euros(uses.amount)} sur 1 jour facturé, le {plain_day(uses.first)}"
        days = f"{uses.days} jours facturés"
        return f"{euros(uses.amount)} sur {days}, du {plain_day(uses.first)} au {plain_day(uses.last)}"

    # --- What may be done ---

    def cover(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who pays a part of a household's days, and take a new decision: seen in words before it is written."""
        if not request.user.has_perm("billing.add_coverage"):
            raise PermissionDenied
        family = get_object_or_404(Family, pk=pk)
        form = CoverageForm(request.POST or None, family=family)
        plan = ""
        if request.method == "POST" and form.is_valid():
            asked = {
                "family": family,
                "child": form.cleaned_data["child"],
                "payer": form.payer,
                "decided": form.decided(),
                "by": cast(User, request.user),
                "at": clock.now(),
            }
            try:
                if "enregistrer" in request.POST:
                    coverage = add_coverage(**asked)
                    messages.success(request, "Prise en charge enregistrée.")
                    return redirect("admin:billing_coverage_change", coverage.pk)
                foreseen = check_coverage(**asked)
                done = invoiced_between(family, foreseen.starts_on, foreseen.ends_on)
                plan = what_it_does(foreseen, invoiced=done, today=clock.today()) + is_for_excluded(foreseen)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Prises en charge\u00a0: {family.name}",
            "opts": self.opts,
            "family": family,
            "coverages": coverages_of(family, today=clock.today()),
            "form": form,
            "plan": plan,
        }
        return TemplateResponse(request, "billing/admin/coverage.html", context)

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who writes coverages down ends them."""
        return request.user.has_perm("billing.change_coverage")

    @action(description="Arrêter", permissions=["end"], url_path="arreter", icon="event_busy")
    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask the last day and why, then end it."""
        coverage = get_object_or_404(Coverage.objects.select_related("family", "payer", "child"), pk=object_id)
        form = EndForm(request.POST or None, initial={"last_day": clock.today()})
        if request.method == "POST" and form.is_valid():
            try:
                end_coverage(coverage=coverage, by=cast(User, request.user), at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, "Prise en charge arrêtée.")
                return redirect("admin:billing_coverage_change", coverage.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Arrêter une prise en charge",
            "opts": self.opts,
            "text": (
                f"{coverage.child.full_name}, {coverage.payer.name}\u00a0: {percent_text(coverage.percent)}. Elle reste dans "
                "la liste avec son motif\u00a0; les parts déjà facturées ne changent pas."
            ),
            "form": form,
            "button": "Arrêter la prise en charge",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)


@admin.register(PayingBody)
class PayingBodyAdmin(ReadOnlyMixin, PortalAdmin):
    """The organisations that pay; their address and contact are in their file."""

    list_display = ("family", "kind", "names_children", "contact", "file")
    list_display_links = ("family",)
    list_filter = ("kind",)
    search_fields = ("family__name", "family__number")
    search_help_text = "Nom ou numéro de dossier"
    actions_list = ("open_body",)
    fields = ("family", "kind", "names_children", "added_at")
    readonly_fields = ("family", "added_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring the file and its contact."""
        return super().get_queryset(request).select_related("family").prefetch_related("family__guardians__user")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its nature, and whether its invoices name the children, may change: for the next invoices."""
        return bool(request.user.has_perm("billing.change_payingbody"))

    @display(description="Correspondant")
    def contact(self, body: PayingBody) -> str:
        """Return who receives its invoices, and where."""
        people = sorted(body.family.guardians.all(), key=lambda person: not person.pays)
        if not people:
            return "–"
        return f"{people[0]}, {people[0].mail_address or 'par courrier'}"

    @display(description="Dossier")
    def file(self, body: PayingBody) -> str:
        """Lead to its file."""
        return format_html(
            '<a class="underline" href="{}">{}</a>',
            reverse("admin:families_family_change", args=[body.pk]),
            body.family.number,
        )

    def has_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who writes coverages down opens the files of organisations."""
        return request.user.has_perm("billing.add_payingbody")

    @action(
        description="Ajouter un organisme",
        permissions=["open"],
        url_path="ajouter",
        icon="add_business",
        variant=ActionVariant.PRIMARY,
    )
    def open_body(self, request: HttpRequest) -> HttpResponse:
        """Ask for its name, its address and its contact, then open its file."""
        form = PayingBodyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            body = add_paying_body(at=clock.now(), **form.cleaned_data)
            messages.success(request, f"{body}\u00a0: dossier {body.family.number} ouvert.")
            return redirect("admin:billing_payingbody_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": "Ajouter un organisme payeur",
            "opts": self.opts,
            "text": "Il reçoit une facture par mois, le détail par enfant en annexe, et la règle par virement ou au guichet.",
            "form": form,
            "button": "Ouvrir son dossier",
        }
        return TemplateResponse(request, "billing/admin/act.html", context)
