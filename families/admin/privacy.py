"""Exports, erasures and purges in the agents' back office: to be read. Nobody but its owner opens an export."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin
from families.models import DataExport, Erasure, RetentionRun

STATES = {"En préparation": "info", "Prêt": "success", "Échec": "danger", "Effacé": "warning"}


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyMixin, PortalAdmin):
    """Who asked for a copy of her data, and where it stands; never the file."""

    list_display = ("user", "state", "asked_at", "made_at", "expires_at", "downloads")
    list_filter = ("status",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    search_help_text = "Adresse électronique"
    fields = ("account", "state", "asked_at", "made_at", "expires_at", "deleted_at", "size_shown", "tries", "downloads")
    readonly_fields = fields

    @display(description="Compte")
    def account(self, export: DataExport) -> str:
        """Return whose it is; no link, agents may not open accounts."""
        return str(export.user)

    @display(description="État", label=STATES, ordering="status")
    def state(self, export: DataExport) -> str:
        """Return the state."""
        return export.get_status_display()

    @display(description="Taille")
    def size_shown(self, export: DataExport) -> str:
        """Return the size of the file as people read it."""
        return filesizeformat(export.size) if export.size else "–"


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyMixin, PortalAdmin):
    """Whose data were erased, and when: the file's number alone says who it was."""

    list_display = ("family_number", "whole_household", "at")
    list_select_related = ("family",)
    search_fields = ("family__number",)
    search_help_text = "Numéro de dossier"
    fields = ("family_number", "whole_household", "at")
    readonly_fields = fields

    @display(description="Dossier")
    def family_number(self, erasure: Erasure) -> str:
        """Return the number of the file."""
        return erasure.family.number


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyMixin, PortalAdmin):
    """What each night's purge found; ``manage.py purge_personal_data --dry-run`` adds a rehearsal."""

    list_display = ("at", "dry_run", "rows")
    list_filter = ("dry_run",)
    fields = ("at", "dry_run", "report")
    readonly_fields = fields

    @display(description="Lignes concernées")
    def rows(self, run: RetentionRun) -> int:
        """Return how many rows in all."""
        return run.total

    @display(description="Compte rendu")
    def report(self, run: RetentionRun) -> SafeString:
        """Return what was found, category by category."""
        lines = ((line["label"], "échec, voir le journal" if line["failed"] else line["count"]) for line in run.lines)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} : {}</li>", lines))
