"""The site's own application: what belongs to no single subject."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "castres_portal"
    label = "portal"
    verbose_name = "Portail"

    def ready(self) -> None:
        from castres_portal import checks  # noqa: F401  (registers the system checks)
