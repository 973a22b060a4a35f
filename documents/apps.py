"""Application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import audit  # noqa: F401  (registers what auditlog follows)
        from documents.desk import Desk
        from families import attachments

        attachments.register(Desk())
        from documents import (
            certified,  # noqa: F401  (registers the section of the règlements)
            privacy,
        )
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
