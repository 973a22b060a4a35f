"""allauth's OpenID Connect provider, as FranceConnect v2 asks: level of guarantee, nonce, nothing of the answer kept."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.franceconnect import client

PROVIDER_ID = "franceconnect"
ACR_VALUES = "eidas1"
# What links an identity to a file, and no more: the file knows neither a parent's birth date nor where she was born.
SCOPES = ("openid", "given_name", "family_name", "preferred_username")


def callback_address() -> str:
    """Return the address to which FranceConnect sends back, as it is declared on the partner site."""
    return f"{settings.SITE_URL}{reverse('franceconnect_callback')}"


def signed_out_address() -> str:
    """Return the address to which FranceConnect sends back after signing out, declared as well."""
    return f"{settings.SITE_URL}{reverse('franceconnect_signed_out')}"


class FranceConnectProvider(OpenIDConnectProvider):
    """FranceConnect v2; what a visitor adds to an address changes nothing to what is asked."""

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Return where the button leads (by POST)."""
        return reverse("franceconnect_start")

    def get_callback_url(self) -> str:
        """Return the path of the way back."""
        return reverse("franceconnect_callback")

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the visitor to FranceConnect; state, nonce and PKCE secret wait in her session. Raises client.Unavailable."""
        server = client.server()
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        asked = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": callback_address(),
            "scope": " ".join(SCOPES),
            "acr_values": ACR_VALUES,
            "state": state,
            "nonce": nonce,
        }
        verifier = ""
        if server.pkce:
            verifier = secrets.token_urlsafe(48)
            challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        self.stash_redirect_state(
            request, AuthProcess.LOGIN, next_url, state_id=state, nonce=nonce, pkce_code_verifier=verifier
        )
        return HttpResponseRedirect(f"{server.authorize}?{urlencode(asked)}")

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the subject: FranceConnect gives this service one of its own for each person."""
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep nothing of the identity beside the link: the family's file has its own names."""
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Propose no account: one is born from an activation code only."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Never look for an account by the address that FranceConnect passes on: nobody has confirmed it here."""
        return []
