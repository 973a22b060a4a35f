"""The kinds of paper that the town asks for: agents edit them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base.admin import PortalAdmin
from documents.models import DocumentKind


@admin.register(DocumentKind)
class DocumentKindAdmin(PortalAdmin):
    """What is asked, of whom, for how long it holds and how long it is kept."""

    list_display = ("name", "subject", "holds", "retention_days", "is_asked", "is_sensitive", "origin")
    list_filter = ("subject", "is_asked", "is_sensitive", "is_offered")
    search_fields = ("name", "slug")
    search_help_text = "Nom du type de pièce"
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "help_text", "subject", ("is_asked", "is_offered"), "rank")}),
        ("Validité", {"fields": (("validity", "validity_months"),)}),
        ("Examen et conservation", {"fields": (("needs_review", "is_sensitive"), "retention_days", "origin")}),
    )
    readonly_fields = ("origin",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: DocumentKind | None = None) -> dict[str, Any]:
        """Name a new kind only: other applications know it by its identifier."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: DocumentKind | None = None) -> tuple[str, ...]:
        """Keep the identifier and the subject of a kind that exists: papers stand on them."""
        return (*self.readonly_fields, "slug", "subject") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: DocumentKind | None = None) -> bool:
        """Papers and reports stand on it: it is no longer offered, rather."""
        return False

    @display(description="Validité")
    def holds(self, kind: DocumentKind) -> str:
        """Return how long it holds."""
        return f"{kind.validity_months} mois" if kind.validity_months else kind.get_validity_display()

    @display(description="Origine", label={"Livrée : à valider": "warning", "Ville": "success"})
    def origin(self, kind: DocumentKind) -> str:
        """Say whether the values are the portal's examples."""
        return "Livrée : à valider" if kind.is_shipped else "Ville"

    def save_model(self, request: HttpRequest, obj: DocumentKind, form: Any, change: bool) -> None:
        """What an agent has saved is the town's."""
        obj.is_shipped = False
        super().save_model(request, obj, form, change)
