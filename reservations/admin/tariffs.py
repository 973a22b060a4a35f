"""Tariffs with their bands and rules, said in French for typical families; where households count as living."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import action, display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, person_shown
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from reservations.forms.tariffs import BandFormSet, NewVersionForm, ResidenceForm, RuleFormSet, TariffForm
from reservations.models import Residence, SchoolYear, Tariff, TariffBand, TariffRule
from reservations.queries.tariff_words import tariff_in_words
from reservations.services.tariffs import new_version


class TariffPartInline(TabularInline):
    """Lines of a tariff, which are only read once it has priced an issued invoice."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """No line joins a tariff that is frozen."""
        return not (obj and obj.frozen_at) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """Its lines stay as they are."""
        return not (obj and obj.frozen_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """They are kept."""
        return not (obj and obj.frozen_at) and super().has_delete_permission(request, obj)


class BandInline(TariffPartInline):
    """The bands of a tariff."""

    model = TariffBand
    formset = BandFormSet
    fields = (
        *("formula", "label", "quotient_from", "quotient_below"),
        *("care_part", "food_part", "effort_rate", "floor", "cost"),
    )

    def get_extra(self, request: HttpRequest, obj: Tariff | None = None, **kwargs: object) -> int:
        """Offer blank rows where there is no band yet."""
        return 0 if obj else 3


class RuleInline(TariffPartInline):
    """The rules of a tariff."""

    model = TariffRule
    formset = RuleFormSet
    fields = ("when", "rank_from", "effect", "amount")


class SchoolYearFilter(admin.SimpleListFilter):
    """The tariffs in force during a school year, its summer included."""

    title = "année scolaire"
    parameter_name = "annee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the years, the latest first."""
        return [(str(year.pk), year.label) for year in SchoolYear.objects.order_by("-starts_on")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tariff]) -> QuerySet[Tariff]:
        """Keep those of the year chosen."""
        year = SchoolYear.objects.filter(pk=self.value()).first() if (self.value() or "").isdigit() else None
        if year is None:
            return queryset
        return queryset.filter(Q(ends_on=None) | Q(ends_on__gte=year.starts_on), starts_on__lte=year.ends_on)


@admin.register(Tariff)
class TariffAdmin(PortalAdmin):
    """Prices over a period, voted by a délibération. One that has priced an issued invoice is only read: another follows it."""

    form = TariffForm
    list_display = ("activity", "starts_on", "ends_on", "vote_shown", "bands_shown", "state", "is_demo")
    list_filter = (SchoolYearFilter, "activity", "is_demo")
    list_select_related = ("activity",)
    search_fields = ("number", "deliberation", "activity__name")
    search_help_text = "Délibération ou activité"
    date_hierarchy = "starts_on"
    inlines = (BandInline, RuleInline)
    actions_detail = ("version_page",)
    readonly_fields = ("in_words", "vote_shown", "frozen")
    fieldsets = (
        ("Ce que cela donne", {"fields": ("in_words",)}),
        (None, {"fields": ("frozen", "activity", ("starts_on", "ends_on"), ("number", "voted_on"), "is_demo")}),
        (
            "Fratrie",
            {
                "fields": ("ranks_by",),
                "description": "Le rang se compte de l’aîné au plus jeune. Il ne sert qu’aux règles de fratrie.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tariff]:
        """Count the bands."""
        return super().get_queryset(request).annotate(band_count=Count("bands"))

    def get_fieldsets(self, request: HttpRequest, obj: Tariff | None = None) -> Any:
        """A new tariff gives nothing yet."""
        if obj:
            return self.fieldsets
        (name, options), siblings = self.fieldsets[1:]
        return ((name, {**options, "fields": options["fields"][1:]}), siblings)

    def _create_formsets(self, request: HttpRequest, obj: Tariff, change: bool) -> Any:
        """Let the rules see the bands typed on the same page: together they must stay under the cost per user."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        bands = next((formset for formset in formsets if isinstance(formset, BandFormSet)), None)
        for formset in formsets:
            if isinstance(formset, RuleFormSet):
                formset.bands = bands
        return formsets, inlines

    def has_change_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """What was invoiced stays as it was voted."""
        return not (obj and obj.frozen_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """What was invoiced is kept."""
        return not (obj and obj.frozen_at) and super().has_delete_permission(request, obj)

    def has_version_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent writes tariffs."""
        return request.user.has_perm("reservations.add_tariff")

    @action(description="Nouveau vote", icon="how_to_vote", permissions=["version"], url_path="nouveau-vote")
    def version_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a tariff and copy it into one that another vote decided, to be changed before it applies."""
        if not self.has_version_permission(request):
            raise PermissionDenied
        tariff = get_object_or_404(Tariff.objects.select_related("activity"), pk=int(object_id))
        form = NewVersionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                after = new_version(tariff=tariff, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error("starts_on", str(refusal))
            else:
                messages.success(
                    request, "Le nouveau tarif reprend les prix de l’ancien\u00a0: changez-les, puis enregistrez."
                )
                return redirect(reverse("admin:reservations_tariff_change", args=[after.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Nouveau vote\u00a0: {tariff.activity}",
            "tariff": tariff,
            "form": form,
            "back": reverse("admin:reservations_tariff_change", args=[tariff.pk]),
        }
        return TemplateResponse(request, "reservations/admin/tariff_version.html", context)

    @display(description="Délibération", ordering="voted_on")
    def vote_shown(self, tariff: Tariff) -> str:
        """Return who voted it and when."""
        return tariff.vote or "–"

    @display(description="Tranches")
    def bands_shown(self, tariff: Tariff) -> int:
        """Return how many bands."""
        return tariff.band_count  # type: ignore[attr-defined]

    @display(description="État", label={"Modifiable": "info", "Figé": "success"}, ordering="frozen_at")
    def state(self, tariff: Tariff) -> str:
        """Return whether it may still change."""
        return "Figé" if tariff.frozen_at else "Modifiable"

    @display(description="Figé depuis")
    def frozen(self, tariff: Tariff) -> str:
        """Return since when it has priced invoices, and what can be done."""
        if not tariff.frozen_at:
            return "Pas encore\u00a0: il le sera par la première facture qu’il chiffre."
        return (
            f"Le {moment(tariff.frozen_at)}\u00a0: il a servi à des factures, il ne change plus. "
            "Pour d’autres prix\u00a0: «\u00a0Nouveau vote\u00a0»."
        )

    @display(description="Prix par famille type")
    def in_words(self, tariff: Tariff) -> SafeString:
        """Return the rules in sentences and the prices of typical families, as invoices will have them."""
        return render_to_string("reservations/admin/tariff_words.html", {"words": tariff_in_words(tariff)})


@admin.register(Residence)
class ResidenceAdmin(PortalAdmin):
    """Households that count as residents, or not, whatever their address."""

    form = ResidenceForm
    list_display = ("family", "said", "starts_on", "ends_on", "reason", "by_shown")
    list_filter = ("is_resident",)
    list_select_related = ("family", "decided_by")
    search_fields = ("family__name", "family__number", "reason")
    search_help_text = "Famille ou motif"
    autocomplete_fields = ("family",)
    fields = ("family", "is_resident", ("starts_on", "ends_on"), "reason")
    by_shown = person_shown("decided_by", "Décidé par")

    @display(description="Prix", label={"Habitant": "success", "Hors commune": "warning"}, ordering="is_resident")
    def said(self, row: Residence) -> str:
        """Return which prices apply."""
        return "Habitant" if row.is_resident else "Hors commune"

    def save_model(self, request: HttpRequest, obj: Residence, form: Any, change: bool) -> None:
        """Keep who decided and when."""
        obj.decided_at, obj.decided_by = clock.now(), request.user
        super().save_model(request, obj, form, change)
