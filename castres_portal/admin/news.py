"""The news, in the agents' back office."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin
from castres_portal.models import News

COMING, SHOWN, OVER = "À venir", "Affichée", "Passée"


class WhenFilter(admin.SimpleListFilter):
    """Whether a piece of news is to come, shown or over."""

    title = "publication"
    parameter_name = "publication"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [("a-venir", COMING), ("affichee", SHOWN), ("passee", OVER)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[News]) -> QuerySet[News]:
        """Keep the news of the state chosen."""
        today = clock.today()
        states = {
            "a-venir": Q(starts_on__gt=today),
            "affichee": Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today)),
            "passee": Q(ends_on__lt=today),
        }
        return queryset.filter(states[self.value()]) if self.value() in states else queryset


@admin.register(News)
class NewsAdmin(PortalAdmin):
    """What the town tells families, with its days."""

    list_display = ("title", "state", "starts_on", "ends_on", "is_pinned", "is_important")
    list_filter = (WhenFilter, "is_important", "is_pinned")
    search_fields = ("title", "summary", "body")
    search_help_text = "Mots du titre ou du texte"
    date_hierarchy = "starts_on"
    fields = ("title", "slug", "summary", "body", ("starts_on", "ends_on"), ("is_pinned", "is_important"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin today unless the agent says otherwise."""
        return {"starts_on": clock.today(), **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: News | None = None) -> tuple[str, ...]:
        """Keep the address of what was published: people have kept it."""
        return ("slug",) if obj and obj.starts_on <= clock.today() else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: News | None = None) -> dict[str, tuple[str, ...]]:
        """Make the address from the title of what is not published yet."""
        return {} if self.get_readonly_fields(request, obj) else {"slug": ("title",)}

    @display(description="État", label={COMING: "info", SHOWN: "success", OVER: "warning"})
    def state(self, news: News) -> str:
        """Return where its publication stands."""
        today = clock.today()
        if news.starts_on > today:
            return COMING
        return OVER if news.is_over(today) else SHOWN
