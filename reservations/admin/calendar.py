"""School years and their days without class."""

from itertools import pairwise

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.base.french import plain_day
from reservations.models import ClosedPeriod, Enrolment, SchoolYear, YearRollover
from reservations.queries.enrolments import carry_preview
from reservations.services.enrolling import carry_over


class ClosedPeriodFormSet(PaginationInlineFormSet):
    """Periods inside their year, none over another."""

    def clean(self) -> None:
        """Refuse a period outside the year, or two on one day."""
        super().clean()
        year: SchoolYear = self.instance
        if any(self.errors) or not year.starts_on or not year.ends_on:
            return
        kept = [f.instance for f in self.forms if f.instance.starts_on and not self._should_delete_form(f)]
        periods: list[ClosedPeriod] = sorted(kept, key=lambda period: period.starts_on)
        for period in periods:
            if period.starts_on < year.starts_on or period.ends_on > year.ends_on:
                raise ValidationError(f"« {period.label} » sort de l’année scolaire.")
        for one, other in pairwise(periods):
            if other.starts_on <= one.ends_on:
                raise ValidationError(f"« {one.label} » et « {other.label} » se chevauchent.")


class ClosedPeriodInline(TabularInline):
    """Holidays and bridges of a year."""

    model = ClosedPeriod
    formset = ClosedPeriodFormSet
    extra = 0
    fields = ("kind", "label", "starts_on", "ends_on")


@admin.register(SchoolYear)
class SchoolYearAdmin(PortalAdmin):
    """A year, from its first to its last day of class, with its periods without class (both ends included)."""

    list_display = ("label", "starts_on", "ends_on", "enrolment_opens_on", "reenrolment_closes_on", "closed")
    actions_detail = ("carry_page",)
    inlines = (ClosedPeriodInline,)
    search_fields = ("label",)
    search_help_text = "Libellé"
    fieldsets = (
        (
            None,
            {
                "fields": ("label", ("starts_on", "ends_on"), ("enrolment_opens_on", "reenrolment_closes_on")),
                "description": "Les jours fériés sont calculés. Une période va du premier jour sans classe au dernier : "
                "le départ a lieu après la classe de la veille.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        """Bring the periods along."""
        return super().get_queryset(request).prefetch_related("closed_periods")

    def has_delete_permission(self, request: HttpRequest, obj: SchoolYear | None = None) -> bool:
        """A year in which a child is enrolled stays."""
        used = obj is not None and Enrolment.objects.filter(school_year=obj).exists()
        return not used and super().has_delete_permission(request, obj)

    def has_carry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent carries enrolments over."""
        return bool(request.user.has_perm("reservations.add_yearrollover"))

    @action(
        description="Reporter les inscriptions de l’année d’avant",
        icon="move_up",
        permissions=["carry"],
        url_path="reporter-les-inscriptions",
    )
    def carry_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show who goes over to this year and who does not, then start the run."""
        to_year = get_object_or_404(SchoolYear, pk=object_id)
        from_year = SchoolYear.objects.filter(ends_on__lt=to_year.starts_on).order_by("ends_on").last()
        if from_year is None:
            messages.info(request, "Aucune année scolaire ne précède celle-ci.")
            return redirect("admin:reservations_schoolyear_change", to_year.pk)
        if request.method == "POST":
            run = carry_over(from_year=from_year, to_year=to_year, user=request.user, at=clock.now())  # type: ignore[arg-type]
            messages.success(
                request, "Le report est lancé\u00a0: les familles reçoivent un courriel à mesure qu’il avance."
            )
            return redirect("admin:reservations_yearrollover_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Reporter les inscriptions {from_year} vers {to_year}",
            "opts": self.opts,
            "from_year": from_year,
            "to_year": to_year,
            "preview": carry_preview(from_year, to_year),
            "run": YearRollover.objects.filter(to_year=to_year).first(),
            "is_early": clock.today() < to_year.enrolment_opens_on,
        }
        return TemplateResponse(request, "reservations/admin/carry_over.html", context)

    @display(description="Sans classe")
    def closed(self, year: SchoolYear) -> str:
        """List the periods."""
        return " ; ".join(f"{p.label}, du {plain_day(p.starts_on)}" for p in year.closed_periods.all()) or "à saisir"
