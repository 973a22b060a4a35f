"""Attendance in the back office: what was found at the door, each touch of it, and who may touch which places."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action, display

from accounts.models import User
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin, person_shown
from castres_portal.base.french import clock_time, moment
from reservations.models import Attendance, AttendancePost, AttendanceTouch
from reservations.queries.attendance.sheet import absent_without_a_word, booked_since

STATES = {"Présent": "success", "Absent": "danger", "Venu sans réservation": "warning", "Pointage effacé": "info"}


def _hours(row: Attendance | AttendanceTouch) -> str:
    if not row.arrived_at and not row.left_at:
        return "–"
    return " – ".join(clock_time(hour) or "…" for hour in (row.arrived_at, row.left_at))


class FoundFilter(admin.SimpleListFilter):
    """What an agent looks for."""

    title = "constat"
    parameter_name = "constat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be looked for."""
        return [
            ("absent", "Absent sans prévenir"),
            ("sans", "Venu sans réservation"),
            ("present", "Présent"),
            ("apres", "Pointé après coup"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attendance]) -> QuerySet[Attendance]:
        """Keep these."""
        if self.value() == "absent":
            return absent_without_a_word(queryset)
        if self.value() == "apres":
            return queryset.filter(is_late=True)
        wanted = {"sans": Attendance.State.UNBOOKED, "present": Attendance.State.PRESENT}.get(self.value() or "")
        return queryset.filter(state=wanted) if wanted else queryset


class TouchInline(ReadOnlyInline):
    """Every touch, the last first."""

    model = AttendanceTouch
    fields = ("touched", "state_shown", "hours", "by_shown", "received", "clock_fixed", "stood")
    readonly_fields = fields
    verbose_name_plural = "gestes"
    hide_title = True
    by_shown = person_shown("by", "Par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AttendanceTouch]:
        """Bring their authors along."""
        return super().get_queryset(request).select_related("by")

    @display(description="Pointé le")
    def touched(self, touch: AttendanceTouch) -> str:
        """Return when it was made."""
        return moment(touch.touched_at)

    @display(description="Reçu le")
    def received(self, touch: AttendanceTouch) -> str:
        """Return when it came."""
        return moment(touch.received_at)

    @display(description="État")
    def state_shown(self, touch: AttendanceTouch) -> str:
        """Return what it said."""
        return touch.get_state_display()

    @display(description="Arrivée, départ")
    def hours(self, touch: AttendanceTouch) -> str:
        """Return the hours noted."""
        return _hours(touch)


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyMixin, PortalAdmin):
    """What was found on each day; the sheets themselves are filled in on their own pages."""

    list_display = ("day", "child", "activity", "place", "state_shown", "hours", "household", "since")
    list_filter = (FoundFilter, "activity", "site__school", "site__venue")
    list_select_related = ("child", "activity", "site__school", "site__venue", "family")
    search_fields = ("child__last_name", "child__first_name", "family__number", "family__name")
    search_help_text = "Enfant ou famille"
    date_hierarchy = "day"
    ordering = ("-day", "site", "child__last_name", "child__first_name")
    actions_list = ("open_sheets",)
    fields = (
        ("day", "state_shown"),
        ("child", "family"),
        ("activity", "site"),
        "booking",
        ("hours", "is_late"),
        ("touched", "received", "by_shown"),
    )
    readonly_fields = ("state_shown", "hours", "touched", "received", "by_shown")
    inlines = (TouchInline,)
    by_shown = person_shown("by", "Pointé par")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendance]:
        """Say whether an unbooked day was booked since."""
        return booked_since(super().get_queryset(request))

    @action(description="Feuilles de pointage", url_path="feuilles/", icon="checklist", permissions=["view"])
    def open_sheets(self, request: HttpRequest) -> HttpResponse:
        """Go to the sheets of the day."""
        return redirect("reservations:attendance_days")

    @display(description="Lieu", ordering="site__school__name")
    def place(self, row: Attendance) -> str:
        """Return where."""
        return row.site.place_name

    @display(description="Constat", ordering="state", label=STATES)
    def state_shown(self, row: Attendance) -> str:
        """Return what was found."""
        return row.get_state_display()

    @display(description="Arrivée, départ")
    def hours(self, row: Attendance) -> str:
        """Return the hours noted."""
        return _hours(row)

    @display(description="Famille", ordering="family__name")
    def household(self, row: Attendance) -> str:
        """Return the household of the day."""
        return str(row.family) if row.family else "Inconnue ce jour-là"

    @display(description="Depuis")
    def since(self, row: Attendance) -> str:
        """Return whether a day without booking was booked since."""
        later = row.booked_later  # type: ignore[attr-defined]
        if row.state != Attendance.State.UNBOOKED or later is None:
            return "–"
        return f"Réservé le {moment(later)}"

    @display(description="Pointé le", ordering="touched_at")
    def touched(self, row: Attendance) -> str:
        """Return when it was touched."""
        return moment(row.touched_at)

    @display(description="Reçu le", ordering="received_at")
    def received(self, row: Attendance) -> str:
        """Return when it came."""
        return moment(row.received_at)


class PostForm(ModelForm):
    """Which place to whom: only accounts that fill sheets are offered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            people = User.objects.filter(groups__permissions__codename="add_attendance", is_staff=True, is_active=True)
            self.fields["user"].queryset = people.distinct().order_by("last_name", "first_name")
            self.fields["user"].label_from_instance = _named


def _named(user: User) -> str:
    return f"{user.get_full_name()} ({user.email})"


@admin.register(AttendancePost)
class AttendancePostAdmin(PortalAdmin):
    """The places given to each animateur: all the activities of a school, or of a centre."""

    form = PostForm
    list_display = ("person", "place", "until")
    list_filter = ("school", "venue")
    list_select_related = ("user", "school", "venue")
    search_fields = ("user__last_name", "user__first_name", "user__email", "school__name", "venue__name")
    search_help_text = "Personne ou lieu"
    fields = ("user", ("school", "venue"), "until")
    person = person_shown("user", "Animateur")

    @display(description="Lieu", ordering="school__name")
    def place(self, post: AttendancePost) -> str:
        """Return the school or the centre."""
        return str(post.school or post.venue)
