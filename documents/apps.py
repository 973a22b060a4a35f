"""Application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import audit  # noqa: F401  (registers what auditlog follows)
        from documents.desk import Desk
        from documents.queries.todo import REASONS
        from families import attachments, todo

        attachments.register(Desk())
        todo.register(*REASONS)
        from documents import certified  # noqa: F401  (registers the section of the règlements)
