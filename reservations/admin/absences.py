"""The rule of absences of each activity, said in plain French, and what families announced."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from castres_portal.base.exports.admin import ExportMixin
from castres_portal.base.french import moment
from reservations.exports import lists
from reservations.models import Absence, AbsenceDay, AbsenceReason, AbsenceRule
from reservations.queries.absences import absence_policy, reason_policy
from reservations.queries.planning import policy_of
from reservations.rules.absences import absence_example


class ReasonFormSet(PaginationInlineFormSet):
    """At least one reason, or families would have nothing to choose."""

    def clean(self) -> None:
        """Refuse a rule without a reason."""
        super().clean()
        if not any(self.errors) and not any(
            form.instance.kind for form in self.forms if not self._should_delete_form(form)
        ):
            raise ValidationError("Gardez au moins un motif : sans motif, aucune absence ne peut être annoncée.")


class ReasonInline(TabularInline):
    """The reasons that families may give."""

    model = AbsenceReason
    formset = ReasonFormSet
    extra = 0
    fields = ("kind", "needs_proof", "charge", "carence_days", "position")

    def get_extra(self, request: HttpRequest, obj: AbsenceRule | None = None, **kwargs: Any) -> int:
        """Offer blank rows where there is no reason yet."""
        return 0 if obj else 2


@admin.register(AbsenceRule)
class AbsenceRuleAdmin(PortalAdmin):
    """An activity's rule. Changing it changes nothing of what was announced before."""

    list_display = ("activity", "is_allowed", "announce_days", "proof_hours", "is_demo")
    list_select_related = ("activity",)
    search_fields = ("activity__name",)
    search_help_text = "Activité"
    inlines = (ReasonInline,)
    readonly_fields = ("example",)
    fieldsets = (
        (
            None,
            {"fields": (("activity", "is_allowed"), ("announce_days", "announce_hour"), ("proof_hours", "is_demo"))},
        ),
        ("Ce que cela veut dire", {"fields": ("example",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: AbsenceRule | None = None) -> tuple[str, ...]:
        """The activity is chosen once."""
        return (*self.readonly_fields, "activity") if obj else self.readonly_fields

    @display(description="Exemple")
    def example(self, rule: AbsenceRule) -> str:
        """Show the saved rule on the next Monday."""
        if not rule.pk:
            return "Enregistrez pour voir un exemple."
        reasons = [reason_policy(row) for row in rule.reasons.all()]
        lines = absence_example(policy_of(rule.activity), absence_policy(rule), reasons, clock.today())
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines))

    def has_delete_permission(self, request: HttpRequest, obj: AbsenceRule | None = None) -> bool:
        """A rule is closed, not deleted: what was announced refers to it."""
        return False


class AbsenceDayInline(ReadOnlyInline):
    """What became of each day."""

    model = AbsenceDay
    fields = ("day", "outcome", "effect", "reason")
    verbose_name_plural = "jours"
    hide_title = True


@admin.register(Absence)
class AbsenceAdmin(ExportMixin, ReadOnlyMixin, PortalAdmin):
    """What families announced; decided from the page of the request."""

    export_columns = lists.ABSENCES
    list_display = ("number", "child", "activity", "reason", "announced", "days", "waiting", "state")
    list_filter = ("activity", "reason", "request__status")
    list_select_related = ("request__family", "child", "activity")
    search_fields = ("request__number", "child__last_name", "child__first_name", "request__family__number")
    search_help_text = "Numéro de demande, enfant ou numéro de dossier"
    date_hierarchy = "request__received_at"
    fields = (("request_link", "announced"), ("child", "activity"), ("reason", "proof_until"), "rule", "words")
    readonly_fields = ("request_link", "announced")
    inlines = (AbsenceDayInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        """Count the days, and those that wait."""
        waits = Q(days__outcome=AbsenceDay.Outcome.PENDING)
        return super().get_queryset(request).annotate(day_count=Count("days"), wait_count=Count("days", filter=waits))

    @display(description="Demande", ordering="request__number")
    def number(self, absence: Absence) -> str:
        """Return the number of the request."""
        return absence.request.number

    @display(description="Demande")
    def request_link(self, absence: Absence) -> SafeString:
        """Lead to the request, where the days are decided."""
        page = reverse("admin:families_familyrequest_change", args=[absence.request_id])
        return format_html('<a class="underline" href="{}">{}</a>', page, absence.request.number)

    @display(description="Annoncée le", ordering="request__received_at")
    def announced(self, absence: Absence) -> str:
        """Return when it was announced."""
        return moment(absence.announced_at)

    @display(description="Jours", ordering="day_count")
    def days(self, absence: Absence) -> int:
        """Return how many days were announced."""
        return absence.day_count  # type: ignore[attr-defined]

    @display(description="À décider", ordering="wait_count")
    def waiting(self, absence: Absence) -> int:
        """Return how many days wait for an answer."""
        return absence.wait_count  # type: ignore[attr-defined]

    @display(description="État", ordering="request__status")
    def state(self, absence: Absence) -> str:
        """Return where the request stands."""
        return absence.request.get_status_display()
