"""Application of the families."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "families"
    verbose_name = "Familles"

    def ready(self) -> None:
        from families import audit, signals  # noqa: F401  (what auditlog follows; what an account’s change does)
