"""Bookings and receipts: what families did, to be read."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin, person_shown
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import moment
from reservations.exports import lists
from reservations.models import Booking, BookingReceipt, ReceiptLine
from reservations.queries.day_story import story_of
from reservations.queries.receipts import word_of

CHILD_AND_FAMILY = ("child__last_name", "child__first_name", "family__number", "family__name")


@admin.register(Booking)
class BookingAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """Every place on every day, with who booked and who cancelled it."""

    export_columns = lists.BOOKINGS
    list_display = ("day", "child", "activity", "school", "family", "state", "booked_by_shown")
    list_filter = ("status", "activity", "site__school")
    list_select_related = ("child", "family", "activity", "site__school", "site__venue", "booked_by")
    search_fields = CHILD_AND_FAMILY
    search_help_text = "Enfant ou famille"
    date_hierarchy = "day"
    ordering = ("-day", "child")
    fields = (
        ("day", "state"),
        ("child", "family"),
        ("activity", "site"),
        ("booked_at", "booked_by_shown"),
        "receipt",
        ("given_back_at", "give_back_receipt"),
        ("cancelled_at", "cancelled_by_shown"),
        "cancel_receipt",
        "story",
    )
    readonly_fields = ("state", "booked_by_shown", "cancelled_by_shown", "story")
    booked_by_shown = person_shown("booked_by", "Réservée par")
    cancelled_by_shown = person_shown("cancelled_by", "Annulée par")

    @display(
        description="État", ordering="status", label={"Réservée": "success", "Annulée": "danger", "Rendue": "warning"}
    )
    def state(self, booking: Booking) -> str:
        """Return whether it holds, and whether the family left it to others."""
        if booking.status == Booking.Status.ACTIVE and booking.given_back_at:
            return "Rendue"
        return booking.get_status_display()

    @display(description="Histoire de ce jour")
    def story(self, booking: Booking) -> str:
        """Return all that happened to the child's day, as the family reads it."""
        lines = (
            (moment(event.at), event.words, f" par {event.who}" if event.who else "", event.number)
            for event in story_of(booking, at=clock.now())
        )
        return format_html_join(mark_safe("<br>"), "{}\u00a0: {}{} {}", lines)

    @display(description="École", ordering="site__school__name")
    def school(self, booking: Booking) -> str:
        """Return the school."""
        return booking.site.place_name


class LineInline(ReadOnlyInline):
    """What became of each day."""

    model = ReceiptLine
    fields = ("child", "activity", "day", "answer", "reason")
    readonly_fields = ("answer",)
    verbose_name_plural = "jours"
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceiptLine]:
        """Bring the children and the activities along."""
        return super().get_queryset(request).select_related("child", "activity")

    @display(description="Réponse")
    def answer(self, line: ReceiptLine) -> str:
        """Return what became of the day, in the words of the family's receipt."""
        return word_of(line)


@admin.register(BookingReceipt)
class BookingReceiptAdmin(ReadOnlyMixin, PortalAdmin):
    """What each submit of the calendar was answered."""

    list_display = ("number", "family", "received_at", "days")
    list_filter = ("request__status",)
    list_select_related = ("request__family",)
    search_fields = ("request__number", "request__family__number", "request__family__name")
    search_help_text = "Numéro du reçu ou famille"
    date_hierarchy = "request__received_at"
    ordering = ("-pk",)
    fields = (("number", "received_at"), "family")
    readonly_fields = ("number", "family", "received_at")
    inlines = (LineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingReceipt]:
        """Count the days."""
        return super().get_queryset(request).annotate(day_count=Count("lines"))

    @display(description="Reçu", ordering="request__number")
    def number(self, receipt: BookingReceipt) -> str:
        """Return the number of the request."""
        return receipt.request.number

    @display(description="Famille", ordering="request__family__name")
    def family(self, receipt: BookingReceipt) -> str:
        """Return the household."""
        return str(receipt.request.family)

    @display(description="Reçu le", ordering="request__received_at")
    def received_at(self, receipt: BookingReceipt) -> str:
        """Return when it came."""
        return moment(receipt.request.received_at)

    @display(description="Jours")
    def days(self, receipt: BookingReceipt) -> int:
        """Return how many days were answered for."""
        return receipt.day_count  # type: ignore[attr-defined]
