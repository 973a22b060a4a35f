"""The site's own application: what belongs to no single subject."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "castres_portal"
    label = "portal"
    verbose_name = "Portail"

    def ready(self) -> None:
        from castres_portal import checks, signals  # noqa: F401  (registers the system checks, listens to audits)
        from families.demarches import Demarche, Section, register

        register(
            Demarche(
                slug="contact",
                section=Section.CONTACT,
                label="Poser une question à l’Espace Famille",
                purpose="Un message, une réponse par écrit. Vous recevez un accusé de réception.",
                url_name="contact",
                icon="envelope",
                needs_account=False,
            )
        )
