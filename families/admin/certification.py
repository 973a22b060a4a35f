"""Who certified her household's file, in the agents' back office."""

from django.contrib import admin
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from families.models import Certification


@admin.register(Certification)
class CertificationAdmin(ReadOnlyMixin, PortalAdmin):
    """The certifications received; those that are awaited are a filter of the families."""

    list_display = ("family", "school_year", "certified_at", "guardian", "request_shown")
    list_filter = ("school_year",)
    list_select_related = ("family", "guardian", "request")
    search_fields = ("family__number", "family__name", "guardian__last_name")
    date_hierarchy = "certified_at"
    fields = ("family", "school_year", "certified_at", "guardian", "request_shown")
    readonly_fields = ("request_shown",)

    @display(description="Demande")
    def request_shown(self, certification: Certification) -> str:
        """Return the number of the acknowledgement."""
        return certification.request.number
