"""How allauth behaves here."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from accounts import devices, throttle
from accounts.first_page import first_page
from accounts.models import User
from accounts.queries.factors import is_last_factor
from accounts.services.devices import is_known
from castres_portal.base import clock
from castres_portal.base.mail import queue_mail

PROOFS = {
    "reauthenticate": "avec mon mot de passe",
    "mfa_reauthenticate": "avec un code",
    "mfa_reauthenticate:webauthn": "avec ma clé d’accès",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are born from an activation code, mails go through the queue, throttles never lock a parent out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up alone: the town gives a code."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue allauth's mail; all of them are secret, since most carry a single-use link.

        The templates of ``account/email/…`` stand in ``templates/account/mail/``, as those of the other applications.
        """
        context = {key: value for key, value in context.items() if key != "request"}
        queue_mail(template_prefix.replace("/email/", "/mail/"), email, {"email": email, **context}, secret=True)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that something changed on her account, at the hour that the portal's clock shows."""
        super().send_notification_mail(template_prefix, user, {"timestamp": clock.now(), **(context or {})}, email)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Agents go to the back office, animateurs to their sheets, families to their dashboard."""
        return reverse(first_page(cast(User, request.user)))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to « Mon compte » once the password is changed."""
        return reverse("accounts:home")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let the password be tried, or say how long to wait (accounts.throttle, in place of the library's own limit)."""
        email, secret = str(credentials.get("email", "")), devices.secret_of(request)
        try:
            self._attempt = throttle.admit_password(
                network=devices.address_of(request),
                email=email,
                device_is_known=bool(secret) and is_known(email=email, digest=devices.digest_of(secret)),
                at=clock.now(),
            )
        except throttle.TooSoon as refusal:
            raise ValidationError(refusal.message, code="too_soon") from refusal

    def _rollback_login_failed_rl_usage(self) -> None:
        # What the library calls once the password was right.
        if self._attempt:
            self._attempt.succeeded()

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Name each way to prove again who one is."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": PROOFS.get(method["id"], method["description"])} for method in methods]


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: agents keep one, and the portal says its name."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Let an agent take a factor away only when another one stays."""
        return not (authenticator.user.is_staff and is_last_factor(authenticator))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal in the window where the browser asks for the passkey."""
        town = settings.TOWN
        return {**super().get_public_key_credential_rp_entity(), "name": f"{town['portal']} de {town['name']}"}
