"""Application of the accounts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Comptes"

    def ready(self) -> None:
        from accounts import signals  # noqa: F401  (listens to sign-ins)
        from accounts.roles import grant_roles

        post_migrate.connect(grant_roles, dispatch_uid="accounts.roles")
