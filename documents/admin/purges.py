"""What the nights deleted, to be read."""

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin, ReadOnlyInline, ReadOnlyMixin
from documents.models import PurgeLine, PurgeReport


class LineInline(ReadOnlyInline):
    """One kind."""

    model = PurgeLine
    fields = ("kind", "erased", "size_shown", "kept")
    readonly_fields = ("size_shown",)
    verbose_name_plural = "par type de pièce"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurgeLine]:
        """Bring the kinds along."""
        return super().get_queryset(request).select_related("kind")

    @display(description="Taille")
    def size_shown(self, line: PurgeLine) -> str:
        """Return what was freed."""
        return filesizeformat(line.erased_bytes)


@admin.register(PurgeReport)
class PurgeReportAdmin(ReadOnlyMixin, PortalAdmin):
    """Each night: how many files were deleted, of which kind, and how many were kept for an open request."""

    list_display = ("started_at", "state", "erased", "size_shown", "kept", "orphans")
    fields = (("started_at", "finished_at"), "state", ("orphans", "orphan_bytes"))
    readonly_fields = ("state",)
    inlines = (LineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurgeReport]:
        """Add the totals."""
        rows = super().get_queryset(request)
        return rows.annotate(
            all_erased=Sum("lines__erased"), all_bytes=Sum("lines__erased_bytes"), all_kept=Sum("lines__kept")
        )

    @display(description="État", label={"Finie": "success", "Interrompue": "warning"})
    def state(self, report: PurgeReport) -> str:
        """Say whether it went to its end; the next night goes on with what was left."""
        return "Finie" if report.finished_at else "Interrompue"

    @display(description="Supprimées")
    def erased(self, report: PurgeReport) -> int:
        """Return how many files went."""
        return report.all_erased or 0

    @display(description="Taille")
    def size_shown(self, report: PurgeReport) -> str:
        """Return what was freed."""
        return filesizeformat(report.all_bytes or 0)

    @display(description="Gardées pour une demande")
    def kept(self, report: PurgeReport) -> int:
        """Return how many files an open request still needs."""
        return report.all_kept or 0
