"""Application of the shared foundations."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "castres_portal.base"
    label = "base"
    verbose_name = "Socle"
