"""What allauth does with an identity: sign in the account that its owner has linked, and nothing by itself."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect

from accounts.franceconnect import config
from accounts.franceconnect.provider import PROVIDER_ID

ALREADY_LINKED = "Cette identité FranceConnect est déjà celle de votre compte."
LINKED_ELSEWHERE = (
    "Cette identité FranceConnect est déjà liée à un autre compte. Déconnectez-vous, puis identifiez-vous avec "
    "FranceConnect pour ouvrir celui-là."
)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The keys come from the settings, never from a table; an unknown identity opens no account."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return FranceConnect when its keys are set."""
        if not config.is_open() or provider not in (None, PROVIDER_ID):
            return []
        said = config.load()
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER_ID,
                name="FranceConnect",
                client_id=said.client_id,
                secret=said.client_secret,
            )
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody gets an account from an identity alone."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let a linked identity sign in; send an unknown one to the page that says what to do."""
        if request.user.is_authenticated:
            if not sociallogin.is_existing:
                raise ImmediateHttpResponse(redirect("socialaccount_connections"))
            if sociallogin.user == request.user:
                messages.info(request, ALREADY_LINKED)
            else:
                messages.error(request, LINKED_ELSEWHERE)
            raise ImmediateHttpResponse(redirect("socialaccount_connections"))
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(redirect("franceconnect_unknown"))
