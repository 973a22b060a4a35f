"""Closures and outings: decide one after having seen whom it touches, undo it."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from castres_portal.base.errors import Refusal
from castres_portal.base.french import moment
from families.models import School, SchoolLevel
from reservations.forms.asked import asked_in
from reservations.models import Activity, ActivitySite, Booking, Closure
from reservations.queries.closures import affected, days_words, scope_words
from reservations.services.closures import close_days, undo_closure

EVERYWHERE = "Toutes"
# What the page of a day (admin/filling.py) fills in.
ASKED = ("starts_on", "ends_on", "activities", "school", "site")


class ClosureForm(forms.ModelForm):
    """What stops, when, and for whom."""

    activities = forms.ModelMultipleChoiceField(
        Activity.objects.all(),
        label="Quels services ?",
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Aucun coché\u00a0: tous les services. Pour une grève avec service minimum, cochez seulement ce qui ferme.",
    )
    school = forms.ModelChoiceField(
        School.objects.all(), label="École", required=False, empty_label=EVERYWHERE, widget=UnfoldAdminSelectWidget
    )
    site = forms.ModelChoiceField(
        ActivitySite.objects.exclude(venue=None).select_related("activity", "venue"),
        label="Centre",
        required=False,
        empty_label="Tous",
        widget=UnfoldAdminSelectWidget,
    )
    level = forms.ChoiceField(
        label="Niveau",
        required=False,
        choices=[("", "Tous"), *SchoolLevel.choices],
        widget=UnfoldAdminSelectWidget,
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Closure
        fields = (
            *("kind", "label", "starts_on", "ends_on", "activities", "school", "level", "class_name", "site"),
            *("message", "submission"),
        )
        widgets = {
            "kind": UnfoldAdminRadioSelectWidget,
            "label": UnfoldAdminTextInputWidget,
            "starts_on": UnfoldAdminSingleDateWidget,
            "ends_on": UnfoldAdminSingleDateWidget,
            "class_name": UnfoldAdminTextInputWidget,
            "message": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
        help_texts = {
            "label": "Ce que les familles lisent dans leur calendrier, par exemple «\u00a0Grève\u00a0».",
            "class_name": "Comme elle est écrite dans les dossiers des enfants, par exemple «\u00a0CE1 A\u00a0».",
            "message": "Facultatif\u00a0: ajouté au courriel.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid4
        self.fields["kind"].choices = Closure.Kind.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a school and a centre together, and a class that no child has."""
        cleaned = super().clean() or {}
        school, class_name = cleaned.get("school"), cleaned.get("class_name")
        if school and cleaned.get("site"):
            self.add_error("site", "Choisissez une école ou un centre, pas les deux.")
        if class_name and school and not school.children.filter(class_name=class_name).exists():
            names = school.children.exclude(class_name="").order_by("class_name").values_list("class_name", flat=True)
            known = ", ".join(names.distinct()) or "aucune"
            self.add_error(
                "class_name", f"Aucun enfant de cette école n’est dans cette classe. Classes connues\u00a0: {known}."
            )
        return cleaned


@admin.register(Closure)
class ClosureAdmin(ReadOnlyMixin, PortalAdmin):
    """What was closed, for whom, by whom; decided and undone on pages of their own."""

    list_display = ("label", "days", "scope", "freed", "state")
    list_filter = ("kind", "starts_on", "school")
    list_select_related = ("school", "site__venue", "site__activity", "decided_by", "undone_by")
    search_fields = ("label", "school__name")
    search_help_text = "Libellé ou école"
    date_hierarchy = "starts_on"
    actions_list = ("close_page",)
    actions_detail = ("undo_page",)
    fields = ("label", "days", "scope", "message", "freed", "story")
    readonly_fields = ("days", "scope", "freed", "story")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closure]:
        """Count what each freed."""
        rows = super().get_queryset(request).prefetch_related("activities")
        return rows.annotate(freed_count=Count("freed_bookings", distinct=True))

    def get_urls(self) -> list[URLPattern]:
        """Give the two pages their addresses."""
        close = path("fermer/", self.admin_site.admin_view(self.close_page), name="reservations_closure_close")
        undo = path(
            "<int:object_id>/annuler/", self.admin_site.admin_view(self.undo_page), name="reservations_closure_undo"
        )
        return [close, undo, *super().get_urls()]

    @display(description="Jours", ordering="starts_on")
    def days(self, closure: Closure) -> str:
        """Return its days."""
        return days_words(closure)

    @display(description="Pour qui")
    def scope(self, closure: Closure) -> str:
        """Return whom it touches."""
        return scope_words(closure, closure.activities.all())

    @display(description="Réservations libérées", ordering="freed_count")
    def freed(self, closure: Closure) -> int:
        """Return how many bookings it freed."""
        return closure.freed_count  # type: ignore[attr-defined, no-any-return]

    @display(description="État")
    def state(self, closure: Closure) -> str:
        """Say who undid it, or who decided it."""
        if closure.undone_at and closure.undone_by:
            return f"Annulée le {moment(closure.undone_at)} par {closure.undone_by.greeting}"
        return f"Décidée le {moment(closure.decided_at)} par {closure.decided_by.greeting}"

    @display(description="Décision")
    def story(self, closure: Closure) -> str:
        """Say who decided it, and who undid it."""
        said = f"Décidée le {moment(closure.decided_at)} par {closure.decided_by.greeting}"
        if closure.undone_at and closure.undone_by:
            said += f"\u00a0; annulée le {moment(closure.undone_at)} par {closure.undone_by.greeting}"
        return said

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Say whether this agent closes and undoes."""
        return bool(request.user.has_perm("reservations.add_closure"))

    @action(description="Fermer des jours", url_path="fermer/", icon="event_busy", permissions=["close"])
    def close_page(self, request: HttpRequest) -> HttpResponse:
        """Say what stops, see whom it touches, decide."""
        if not self.has_close_permission(request):
            raise PermissionDenied
        form = ClosureForm(request.POST or None, initial=asked_in(request.GET, *ASKED))
        seen = None
        if request.method == "POST" and form.is_valid():
            activities = list(form.cleaned_data["activities"])
            if request.POST.get("etape") == "fermer":
                try:
                    closure = close_days(closure=form.instance, activities=activities, by=request.user, at=clock.now())  # type: ignore[arg-type]
                except Refusal as refusal:
                    form.add_error(None, refusal.message)
                else:
                    freed = Booking.objects.filter(closure=closure).count()
                    messages.success(
                        request,
                        f"C’est fermé. Réservations libérées\u00a0: {freed}. Les familles sont prévenues par courriel.",
                    )
                    return redirect("admin:reservations_closure_changelist")
            elif request.POST.get("etape") == "relire":
                seen = affected(form.instance, [row.pk for row in activities], at=clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": "Fermer des jours",
            "opts": self.opts,
            "form": form,
            "seen": seen,
            "days": days_words(form.instance) if seen else "",
            "scope": scope_words(form.instance, form.cleaned_data["activities"]) if seen else "",
        }
        return TemplateResponse(request, "reservations/admin/close_days.html", context)

    @action(description="Annuler cette fermeture", url_path="annuler", icon="undo", permissions=["close"])
    def undo_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask once, then give back what can be."""
        if not self.has_close_permission(request):
            raise PermissionDenied
        closure = get_object_or_404(Closure.objects.select_related("school", "site__venue"), pk=int(object_id))
        if request.method == "POST":
            try:
                undo_closure(closure=closure, by=request.user, at=clock.now())  # type: ignore[arg-type]
            except Refusal as refusal:
                messages.warning(request, refusal.message)
            else:
                messages.success(
                    request, "La fermeture est annulée. Chaque famille reçoit ce que deviennent ses jours."
                )
            return redirect(reverse("admin:reservations_closure_change", args=[closure.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Annuler\u00a0: {closure.label}",
            "opts": self.opts,
            "closure": closure,
            "days": days_words(closure),
            "scope": scope_words(closure, closure.activities.all()),
            "freed": closure.freed_bookings.count(),
        }
        return TemplateResponse(request, "reservations/admin/undo_closure.html", context)
