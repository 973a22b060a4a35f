"""Writing to the service."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the service."""
    return render(request, "site/contact.html")
