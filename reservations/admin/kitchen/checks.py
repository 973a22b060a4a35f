"""Days counted twice, read by agents."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.french import long_day, moment
from reservations.models import KitchenCheck


@admin.register(KitchenCheck)
class KitchenCheckAdmin(ReadOnlyMixin, PortalAdmin):
    """What the kitchen counts beside what the receipts say; gaps first."""

    list_display = ("day_shown", "activity", "kitchen", "receipts", "state", "explanation", "checked")
    list_display_links = None
    list_filter = ("agrees", "activity")
    list_select_related = ("activity",)
    date_hierarchy = "day"

    @display(description="Jour", ordering="day")
    def day_shown(self, row: KitchenCheck) -> str:
        """Return the day."""
        return long_day(row.day)

    @display(description="Accord", ordering="agrees", label={"Concordent": "success", "Écart à examiner": "danger"})
    def state(self, row: KitchenCheck) -> str:
        """Return whether the two agree, once what is explained is set apart."""
        return "Concordent" if row.agrees else "Écart à examiner"

    @display(description="Contrôlé le", ordering="checked_at")
    def checked(self, row: KitchenCheck) -> str:
        """Return when."""
        return moment(row.checked_at)

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        """Gaps first, then the latest days."""
        return super().get_queryset(request).order_by("agrees", "-day", "activity")
