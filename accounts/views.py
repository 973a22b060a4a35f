"""« Mon compte »: where a person finds what she may change. The pages that change it are allauth's."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """Show who is signed in and the ways to address, password, second factor, sessions and files."""
    has_totp = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    return render(request, "accounts/home.html", {"has_totp": has_totp})
