"""Application of the families."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "families"
    verbose_name = "Familles"

    def ready(self) -> None:
        from families import (
            audit,  # noqa: F401  (registers what auditlog follows)
            quotient_kind,
        )
        from families.request_kinds import register

        register(quotient_kind.KIND)
