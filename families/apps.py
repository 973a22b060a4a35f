"""Application of the families."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    name = "families"
    verbose_name = "Familles"

    def ready(self) -> None:
        from families import (
            audit,  # noqa: F401  (registers what auditlog follows)
            certified,  # noqa: F401  (registers the sections of the file that these rows fill)
            kinds,  # noqa: F401  (registers the families' own kinds of request)
            online,
            privacy,
            quotient_kind,
            signals,  # noqa: F401  (what an account's change does to its guardians)
            todo,
        )
        from families.queries.todo import REASONS
        from families.request_kinds import register
        from families.situation_kinds import register_kinds

        register_kinds()
        register(quotient_kind.KIND)
        todo.register(*REASONS)
        privacy.declare()
        online.declare()
