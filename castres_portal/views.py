"""Pages of the site itself: home, dashboard, information, legal pages, errors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say kindly that the form had grown old; what was typed is one step back in the browser."""
    return render(request, "403_csrf.html", status=403)
