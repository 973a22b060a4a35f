"""School years and their days without class."""

from itertools import pairwise

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base.admin import PortalAdmin
from castres_portal.base.french import plain_day
from reservations.models import ClosedPeriod, Enrolment, SchoolYear


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

    list_display = ("label", "starts_on", "ends_on", "enrolment_opens_on", "closed")
    inlines = (ClosedPeriodInline,)
    search_fields = ("label",)
    search_help_text = "Libellé"
    fieldsets = (
        (
            None,
            {
                "fields": (("label", "enrolment_opens_on"), ("starts_on", "ends_on")),
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

    @display(description="Sans classe")
    def closed(self, year: SchoolYear) -> str:
        """List the periods."""
        return " ; ".join(f"{p.label}, du {plain_day(p.starts_on)}" for p in year.closed_periods.all()) or "à saisir"
