"""Application of the demonstration: seed, mailbox, codes. Never installed in production."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "castres_portal.demo"
    label = "demo"
    verbose_name = "Démonstration"
