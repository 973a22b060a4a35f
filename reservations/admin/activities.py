"""Activities with their deadlines, their sites and their places."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from reservations.models import Activity, ActivitySite, Enrolment, SiteDay
from reservations.queries.planning import policy_of
from reservations.rules.decide import example


class SiteInline(TabularInline):
    """Where an activity runs."""

    model = ActivitySite
    extra = 0
    fields = ("school", "venue", "opens_at", "closes_at", "places")
    autocomplete_fields = ("school",)
    show_change_link = True


@admin.register(Activity)
class ActivityAdmin(PortalAdmin):
    """An activity, its weekdays and its deadlines, said in a sentence."""

    list_display = ("name", "weekdays_label", "rule", "is_open")
    list_filter = ("is_open",)
    search_fields = ("name", "slug")
    search_help_text = "Nom de l’activité"
    prepopulated_fields = {"slug": ("name",)}
    inlines = (SiteInline,)
    readonly_fields = ("rule",)
    fieldsets = (
        (None, {"fields": (("name", "slug"), "description", ("unit", "position"), ("icon", "is_open"), "regulation")}),
        ("Jours", {"fields": (("on_monday", "on_tuesday"), ("on_wednesday", "on_thursday"), "on_friday")}),
        (
            "Délais",
            {
                "fields": (("add_days", "add_hour"), ("cancel_days", "cancel_hour"), "rule"),
                "description": "En jours de calendrier avant le jour réservé. Sans heure, toute la journée compte ; avec "
                "une heure, celle de l’horloge de Paris.",
            },
        ),
        ("Pointage", {"fields": ("attendance_hours",)}),
    )

    @display(description="Ce que cela veut dire")
    def rule(self, activity: Activity) -> str:
        """Show the deadlines saved on the next Monday."""
        return example(policy_of(activity), clock.today()) if activity.pk else "Enregistrez pour voir un exemple."

    def has_delete_permission(self, request: HttpRequest, obj: Activity | None = None) -> bool:
        """An activity in which a child is enrolled stays; it can be closed."""
        used = obj is not None and Enrolment.objects.filter(activity=obj).exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(ActivitySite)
class ActivitySiteAdmin(PortalAdmin):
    """An activity in one school."""

    list_display = ("school", "activity", "opens_at", "closes_at", "places_shown")
    list_filter = ("activity", "school__kind")
    list_select_related = ("school", "activity")
    search_fields = ("school__name", "activity__name")
    search_help_text = "École ou activité"
    autocomplete_fields = ("school", "activity")

    @display(description="Places par jour", ordering="places")
    def places_shown(self, site: ActivitySite) -> str:
        """Return the places, or that they are not counted."""
        return "sans limite" if site.places is None else str(site.places)

    def has_delete_permission(self, request: HttpRequest, obj: ActivitySite | None = None) -> bool:
        """A site in which a child is enrolled stays."""
        used = obj is not None and Enrolment.objects.filter(site=obj).exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(SiteDay)
class SiteDayAdmin(PortalAdmin):
    """A day on which a site has other places than usual."""

    list_display = ("day", "site", "places")
    list_filter = ("site__activity",)
    list_select_related = ("site__school", "site__venue", "site__activity")
    search_fields = ("site__school__name",)
    search_help_text = "École"
    autocomplete_fields = ("site",)
    date_hierarchy = "day"

    def has_delete_permission(self, request: HttpRequest, obj: SiteDay | None = None) -> bool:
        """The row is locked to give places: emptied rather than deleted."""
        return False
