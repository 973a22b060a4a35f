"""Application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import audit, certified  # noqa: F401  (each registers itself)
        from documents.desk import Desk
        from documents.household_papers import ACCEPTED_REGULATION, SUMMARY
        from documents.paper_kinds import register
        from documents.queries.todo import REASONS
        from families import attachments, todo

        attachments.register(Desk())
        register(SUMMARY)
        register(ACCEPTED_REGULATION)
        todo.register(*REASONS)

        from documents import privacy
        from families.demarches import Demarche, Section, register

        register(
            Demarche(
                slug="documents",
                section=Section.FILE,
                label="Éditer un document",
                purpose="Lire ou imprimer les règlements intérieurs et ce que vous en avez accepté.",
                url_name="documents:editions",
                icon="document-text",
                position=80,
            )
        )
        privacy.declare()
