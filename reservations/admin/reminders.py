"""Reminders of usual days, to be read: which household was told of what, and what it did. Never the link of the mail."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from castres_portal.base.french import moment
from reservations.models import DayReminder, RemindedDay


class RemindedDayInline(ReadOnlyInline):
    """The days of a reminder."""

    model = RemindedDay
    fields = ("child", "activity", "day", "formula", "until")
    readonly_fields = fields
    verbose_name_plural = "jours rappelés"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RemindedDay]:
        """Read the children and activities at once."""
        return super().get_queryset(request).select_related("child", "activity")


@admin.register(DayReminder)
class DayReminderAdmin(ReadOnlyMixin, PortalAdmin):
    """What families were reminded of."""

    list_display = ("family", "when", "days_told", "mails", "used")
    list_filter = ("planned_at",)
    list_select_related = ("family", "receipt__request")
    search_fields = ("family__number", "family__name")
    search_help_text = "Famille ou numéro de dossier"
    date_hierarchy = "planned_at"
    fields = ("family", ("planned_at", "settled_at"), ("deadline", "ends_at"), "mails", "used")
    readonly_fields = ("used",)
    inlines = (RemindedDayInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayReminder]:
        """Count the days of each."""
        return super().get_queryset(request).annotate(number=Count("days"))

    @display(description="parti le", ordering="settled_at")
    def when(self, row: DayReminder) -> str:
        """When its mails were written, or that they wait."""
        return moment(row.settled_at) if row.settled_at else "en attente"

    @display(description="jours")
    def days_told(self, row: DayReminder) -> int:
        """How many days it tells of; none when all were booked meanwhile."""
        return int(row.number)  # type: ignore[attr-defined]

    @display(description="réservés par le lien")
    def used(self, row: DayReminder) -> str:
        """The request that its link made."""
        return f"demande n° {row.receipt.request.number}" if row.receipt else "–"
