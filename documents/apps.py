"""Application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import (
            audit,  # noqa: F401  (registers itself)
            certified,  # noqa: F401  (registers itself)
            online,
            privacy,
        )
        from documents.desk import Desk
        from documents.household_papers import ACCEPTED_REGULATION, SUMMARY
        from documents.paper_kinds import register
        from documents.queries.todo import REASONS
        from families import attachments, todo

        attachments.register(Desk())
        register(SUMMARY)
        register(ACCEPTED_REGULATION)
        todo.register(*REASONS)
        online.declare()
        privacy.declare()
