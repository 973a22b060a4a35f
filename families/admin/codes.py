"""The codes that were given, and those that were blocked."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from castres_portal.base import clock
from castres_portal.base.admin import PortalAdmin, ReadOnlyMixin, person_shown
from families.models import ActivationCode
from families.services.activation import TOO_MANY_BIRTH_DATES

STATES = {
    "valable": ("Valable", "info"),
    "utilise": ("Utilisé", "success"),
    "expire": ("Expiré", "warning"),
    "revoque": ("Révoqué", "warning"),
    "bloque": ("Bloqué : dates de naissance erronées", "danger"),
}


def state_of(code: ActivationCode) -> str:
    """Return the key of the state of a code."""
    if code.used_at:
        return "utilise"
    if code.revoked_at:
        return "bloque" if code.revoked_reason == TOO_MANY_BIRTH_DATES else "revoque"
    return "valable" if clock.now() < code.expires_at else "expire"


class StateFilter(admin.SimpleListFilter):
    """Codes by state; the blocked ones are those that somebody tried with ten wrong birth dates."""

    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(key, label) for key, (label, _) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ActivationCode]) -> QuerySet[ActivationCode]:
        """Keep the codes of the state chosen."""
        open_ones = Q(used_at=None, revoked_at=None)
        revoked = Q(revoked_at__isnull=False)
        blocked = Q(revoked_reason=TOO_MANY_BIRTH_DATES)
        rule = {
            "valable": open_ones & Q(expires_at__gt=clock.now()),
            "utilise": Q(used_at__isnull=False),
            "expire": open_ones & Q(expires_at__lte=clock.now()),
            "revoque": revoked & ~blocked,
            "bloque": revoked & blocked,
        }.get(self.value() or "")
        return queryset if rule is None else queryset.filter(rule)


@admin.register(ActivationCode)
class ActivationCodeAdmin(ReadOnlyMixin, PortalAdmin):
    """Codes given, to be read: a new one is made from the guardian's page."""

    list_display = ("guardian", "family", "state", "channel", "created_at", "expires_at", "wrong_birth_dates")
    list_filter = (StateFilter, "channel", "created_at")
    list_select_related = ("guardian__family", "created_by")
    search_fields = ("guardian__last_name", "guardian__first_name", "guardian__family__number")
    search_help_text = "Responsable ou numéro de dossier"
    fields = (
        "guardian",
        "state",
        ("channel", "created_by_shown"),
        ("created_at", "expires_at"),
        ("used_at", "wrong_birth_dates"),
        ("revoked_at", "revoked_reason"),
    )
    readonly_fields = ("state", "created_by_shown")
    created_by_shown = person_shown("created_by", "Créé par")

    @display(description="Famille", ordering="guardian__family__number")
    def family(self, code: ActivationCode) -> str:
        """Return the household."""
        return str(code.guardian.family)

    @display(description="État", label=dict(STATES.values()))
    def state(self, code: ActivationCode) -> str:
        """Return where the code stands."""
        return STATES[state_of(code)][0]
