"""Application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
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
