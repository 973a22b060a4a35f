"""The site's own application: what belongs to no single subject."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "castres_portal"
    label = "portal"
    verbose_name = "Portail"

    def ready(self) -> None:
        from castres_portal import checks, privacy, signals  # noqa: F401  (registers the system checks, listens to audits)
        from castres_portal.queries.contact import contact_detail
        from castres_portal.services.contact import KIND
        from families import request_kinds
        from families.demarches import Demarche, Section, register

        request_kinds.register(
            request_kinds.RequestKind(KIND, "Message", "envelope", "site/request_contact.html", contact_detail)
        )
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
        privacy.declare()
