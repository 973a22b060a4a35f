"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse

from castres_portal.base import clock
from castres_portal.base.mail import queue_mail


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
        """Agents go to the back office, families to their dashboard."""
        if request.user.is_staff:
            return reverse("admin:index")
        return reverse("dashboard")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to « Mon compte » once the password is changed."""
        return reverse("accounts:home")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Counted per address *and* network address: a stranger's failures never refuse the parent her right password.
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
