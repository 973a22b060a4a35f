"""Tariffs and their quotient bands."""

from datetime import date

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base.admin import PortalAdmin
from reservations.models import Tariff, TariffBand
from reservations.rules.bands import problem_of


class BandFormSet(PaginationInlineFormSet):
    """Bands that leave no quotient without a price, and give none two."""

    def clean(self) -> None:
        """Refuse a gap, an overlap, a first band above 0, a last one that ends."""
        super().clean()
        if any(self.errors):
            return
        kept = [
            f.instance for f in self.forms if f.instance.quotient_from is not None and not self._should_delete_form(f)
        ]
        if problem := problem_of([(band.quotient_from, band.quotient_below) for band in kept]):
            raise ValidationError(problem)


class BandInline(TabularInline):
    """The bands of a tariff."""

    model = TariffBand
    formset = BandFormSet
    extra = 0
    fields = ("label", "quotient_from", "quotient_below", "care_part", "food_part")

    def get_extra(self, request: HttpRequest, obj: Tariff | None = None, **kwargs: object) -> int:
        """Offer blank rows where there is no band yet."""
        return 0 if obj else 3


class TariffForm(ModelForm):
    """A tariff that begins and ends beside the others of its activity."""

    def clean(self) -> dict[str, object]:
        """Refuse a period that another tariff of the activity covers."""
        data = super().clean() or {}
        activity, first = data.get("activity"), data.get("starts_on")
        if activity and first:
            others = Tariff.objects.filter(activity=activity).exclude(pk=self.instance.pk)
            last = data.get("ends_on") or date.max
            if others.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last).exists():
                raise ValidationError("Un autre tarif de cette activité couvre déjà une partie de cette période.")
        return data


@admin.register(Tariff)
class TariffAdmin(PortalAdmin):
    """Prices over a period, voted by a délibération."""

    form = TariffForm
    list_display = ("activity", "starts_on", "ends_on", "deliberation", "bands_shown", "is_demo")
    list_filter = ("activity", "is_demo")
    list_select_related = ("activity",)
    search_fields = ("deliberation", "activity__name")
    search_help_text = "Délibération ou activité"
    date_hierarchy = "starts_on"
    inlines = (BandInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tariff]:
        """Count the bands."""
        return super().get_queryset(request).annotate(band_count=Count("bands"))

    @display(description="Tranches")
    def bands_shown(self, tariff: Tariff) -> int:
        """Return how many bands."""
        return tariff.band_count  # type: ignore[attr-defined]
