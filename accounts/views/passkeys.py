"""Taking a passkey away: an agent keeps at least one second factor."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn as remove_of_library
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

LAST = "C’est votre dernier second facteur, et l’administration en demande un. Ajoutez-en un autre avant de retirer celui-ci."


def remove_webauthn(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand over to the library's page, unless this is an agent's last factor."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, LAST)
        return redirect("mfa_list_webauthn")
    return remove_of_library(request, pk=pk)
