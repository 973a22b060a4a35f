"""Who certified her household's file, in the agents' back office."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
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
    search_help_text = "Famille ou responsable"
    date_hierarchy = "certified_at"
    fields = ("family", "school_year", "certified_at", "guardian", "request_shown")
    readonly_fields = ("request_shown",)

    @display(description="Demande")
    def request_shown(self, certification: Certification) -> SafeString:
        """Lead to the request, by the number of its acknowledgement."""
        page = reverse("admin:families_familyrequest_change", args=[certification.request_id])
        return format_html('<a class="underline" href="{}">{}</a>', page, certification.request.number)
