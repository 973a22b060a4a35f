"""Closing an account for good."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps

from accounts.models import KnownDevice, User
from accounts.services.sessions import end_sessions

NO_PASSWORD = "!"  # noqa: S105  (a digest that no password has)


def closed_address(user: User) -> str:
    """Return what stands in the place of the address of a closed account: nobody's, and unique."""
    return f"compte-ferme-{user.pk}@efface.invalid"


def close_account(user: User) -> None:
    """End the sessions of an account, forget who it was, and keep the row: démarches were signed with it.

    Part of the caller's transaction. Written without signals, so that no journal copies what is being erased.
    """
    end_sessions(user=user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    KnownDevice.objects.filter(user=user).delete()
    if apps.is_installed("allauth.socialaccount"):
        apps.get_model("socialaccount", "SocialAccount").objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        email=closed_address(user),
        title="",
        first_name="",
        last_name="",
        password=NO_PASSWORD,
        is_active=False,
        signed_in_at=None,
        previous_signed_in_at=None,
        last_login=None,
    )
