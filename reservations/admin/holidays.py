"""Holiday periods: their dates and rules, and the allocation of those that are wished for."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import clock_time, moment, plain_day
from reservations.models import AllocationCriterion, Booking, HolidayPeriod, WishedChild, WishList
from reservations.queries.allocation import plan_of
from reservations.queries.planning import school_calendar, span_of
from reservations.rules.holidays import WindowState
from reservations.services.holidays import allocate_places

LOCKED = (
    *("activity", "starts_on", "ends_on", "mode", "opens_at", "most_weeks", "tie_break", "seed"),
    "by_week",
)


class CriterionFormSet(PaginationInlineFormSet):
    """At least one criterion where places go by wishes."""

    def clean(self) -> None:
        """Refuse wishes that nothing weighs."""
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not self._should_delete_form(form)]
        if self.instance.takes_wishes and not kept and not any(self.errors):
            raise ValidationError("Les vœux demandent au moins un critère : c’est ce que la page publie aux familles.")


class CriterionInline(TabularInline):
    """What gives points."""

    model = AllocationCriterion
    formset = CriterionFormSet
    extra = 0
    fields = ("kind", "points")

    def has_change_permission(self, request: HttpRequest, obj: HolidayPeriod | None = None) -> bool:
        """Criteria are fixed once families have begun to wish."""
        return not _has_begun(obj) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: HolidayPeriod | None = None) -> bool:
        """See above."""
        return not _has_begun(obj) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: HolidayPeriod | None = None) -> bool:
        """See above."""
        return not _has_begun(obj) and super().has_delete_permission(request, obj)


def _has_begun(period: HolidayPeriod | None) -> bool:
    """Whether families already read its rules as they act."""
    return period is not None and period.takes_wishes and period.opens_at <= clock.now()


@admin.register(HolidayPeriod)
class HolidayPeriodAdmin(PortalAdmin):
    """A period, its state in words, what is asked; its allocation is previewed, then validated."""

    list_display = ("label", "activity", "days", "mode", "state", "asked")
    list_filter = ("activity", "mode")
    list_select_related = ("activity",)
    search_fields = ("label",)
    search_help_text = "Libellé"
    ordering = ("-starts_on",)
    inlines = (CriterionInline,)
    readonly_fields = ("state", "asked", "allocated")
    actions_detail = ("allocation",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "activity",
                    ("label", "mode"),
                    ("starts_on", "ends_on"),
                    ("by_week", "is_demo"),
                    ("state", "asked"),
                )
            },
        ),
        (
            "Quand les familles demandent",
            {
                "fields": ("opens_at", "closes_at", "second_opens_at", "second_closes_at", "allocated"),
                "description": "À l’heure de Paris. Par vœux, l’attribution se fait après la clôture ; les places restantes "
                "s’ouvrent ensuite à tous, si une seconde ouverture est donnée.",
            },
        ),
        (
            "Vœux",
            {
                "fields": (("most_weeks", "tie_break"), "seed"),
                "description": "Publiés aux familles ; fixés dès l’ouverture des vœux.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[HolidayPeriod]:
        """Bring the counts along."""
        standing = Q(wish_lists__replaced_at=None)
        rows = super().get_queryset(request)
        return rows.annotate(
            lists=Count("wish_lists", filter=standing, distinct=True),
            wished=Count("wish_lists__children", filter=standing, distinct=True),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: HolidayPeriod | None = None) -> tuple[str, ...]:
        """Fix the rules once families act by them."""
        return (*self.readonly_fields, *LOCKED) if _has_begun(obj) else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: HolidayPeriod | None = None) -> bool:
        """A period in which somebody asked for something stays."""
        used = obj is not None and (obj.wish_lists.exists() or _booked(obj).exists())
        return not used and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: HolidayPeriod, form: ModelForm, change: bool) -> None:
        """Save, and warn about days of class."""
        super().save_model(request, obj, form, change)
        if days := days_of_class(obj):
            many = days > 1
            messages.warning(
                request,
                f"Attention : {days} jour{'s' if many else ''} de cette période {'sont des jours' if many else 'est un jour'}"
                " de classe au calendrier scolaire.",
            )

    @display(description="Jours", ordering="starts_on")
    def days(self, period: HolidayPeriod) -> str:
        """Return both ends."""
        return f"du {plain_day(period.starts_on)} au {plain_day(period.ends_on)}"

    @display(description="État")
    def state(self, period: HolidayPeriod) -> str:
        """Say in which state it is, and until when."""
        if period.pk is None:
            return "Enregistrez pour voir."
        span, at = span_of(period), clock.now()
        if span.window is None:
            return f"Attribuée le {moment(span.allocated_at)}, sans seconde ouverture"
        what = (
            "vœux" if span.wishes and not span.is_allocated else "places restantes" if span.is_allocated else "demandes"
        )
        opens_at, closes_at = span.window
        state = span.state(at)
        if state == WindowState.NOT_YET:
            return f"Pas encore ouverte : {what} à partir du {plain_day(opens_at)} à {clock_time(opens_at)}"
        if state == WindowState.OPEN:
            return f"Ouverte : {what} jusqu’au {plain_day(closes_at)} à {clock_time(closes_at)}"
        return "Close, à attribuer" if span.wishes and not span.is_allocated else "Close"

    @display(description="Demandes")
    def asked(self, period: HolidayPeriod) -> str:
        """Count what is asked: wishes, or children with a booking."""
        if period.pk is None:
            return "–"
        if period.takes_wishes and period.allocated_at is None:
            return f"{_many(period.lists, 'foyer')}, {_many(period.wished, 'enfant')}"  # type: ignore[attr-defined]
        return _many(_booked(period).order_by().values("child").distinct().count(), "enfant") + " avec réservation"

    @display(description="Places attribuées")
    def allocated(self, period: HolidayPeriod) -> str:
        """Say when the allocation was made."""
        return f"le {moment(period.allocated_at)}" if period.allocated_at else "pas encore"

    def has_allocate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Say whether this agent allocates."""
        return bool(request.user.has_perm("reservations.change_holidayperiod"))

    @action(description="Attribution", url_path="attribution/", icon="rule", permissions=["allocate"])
    def allocation(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show who gets what, why, and what is left; then validate what was shown."""
        period = get_object_or_404(HolidayPeriod.objects.select_related("activity"), pk=object_id)
        at = clock.now()
        if request.method == "POST":
            try:
                plan = allocate_places(period=period, by=request.user, at=at, seen=request.POST.get("seen", ""))  # type: ignore[arg-type]
            except Refusal as refusal:
                messages.error(request, refusal.message)
                return redirect(request.path)
            messages.success(
                request, f"Semaines attribuées : {plan.granted}. Chaque foyer reçoit sa réponse par courriel."
            )
            return redirect("admin:reservations_holidayperiod_change", period.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Attribution : {period.label}",
            "opts": self.opts,
            "period": period,
            "plan": plan_of(period, at=at) if period.takes_wishes and not period.allocated_at else None,
            "may_validate": at >= period.closes_at,
            "back": reverse("admin:reservations_holidayperiod_change", args=[period.pk]),
        }
        return TemplateResponse(request, "reservations/admin/allocation.html", context)


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def _booked(period: HolidayPeriod) -> QuerySet[Booking]:
    return Booking.objects.filter(
        activity=period.activity_id, day__range=(period.starts_on, period.ends_on), status=Booking.Status.ACTIVE
    )


def days_of_class(period: HolidayPeriod) -> int:
    """Count the days of a period on which there is school."""
    calendar = school_calendar()
    number = (period.ends_on - period.starts_on).days + 1
    return sum(calendar.why_closed(period.starts_on + timedelta(days=n)) is None for n in range(number))


class WishedChildInline(ReadOnlyInline):
    """The children of a list."""

    model = WishedChild
    fields = ("child", "weeks", "formula", "points", "wishes_shown")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WishedChild]:
        """Bring the wishes along."""
        return super().get_queryset(request).select_related("child").prefetch_related("wishes__site__venue")

    @display(description="Vœux")
    def wishes_shown(self, row: WishedChild) -> str:
        """List the wishes by rank, with what became of each."""
        wishes = sorted(row.wishes.all(), key=lambda wish: wish.rank)
        return " ; ".join(f"{w.rank}. {w.monday:%d/%m} ({w.get_outcome_display().lower()})" for w in wishes)


@admin.register(WishList)
class WishListAdmin(ReadOnlyMixin, PortalAdmin):
    """The lists that families sent, those that were replaced included."""

    list_display = ("family", "period", "number", "received", "counts")
    list_filter = ("period",)
    list_select_related = ("family", "period__activity", "request")
    search_fields = ("family__name", "family__number", "request__number")
    search_help_text = "Famille ou numéro de demande"
    inlines = (WishedChildInline,)
    fields = ("family", "period", "number", "received", "together", "counts")
    readonly_fields = fields

    @display(description="Demande")
    def number(self, row: WishList) -> str:
        """Return the number of its request."""
        return row.request.number

    @display(description="Reçue le", ordering="asked_at")
    def received(self, row: WishList) -> str:
        """Return when it came."""
        return moment(row.asked_at)

    @display(description="Compte", boolean=True)
    def counts(self, row: WishList) -> bool:
        """Say whether it is the one that counts."""
        return row.replaced_at is None
