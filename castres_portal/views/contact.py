"""« Contactez la Ville »: a message is a démarche, with its number and its answer."""

from http import HTTPStatus

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from castres_portal.base import clock
from castres_portal.forms.contact import ContactForm, page_token
from castres_portal.services.contact import send_message

SENT = "contact_sent"
TOO_MANY = (
    "Beaucoup de messages sont déjà partis de votre connexion Internet. Votre texte est conservé : renvoyez-le dans une heure, "
    "ou appelez-nous."
)


@login_not_required
@never_cache
def contact(request: HttpRequest) -> HttpResponse:
    """Show how to reach the service, and send it a message."""
    now, guardian = clock.now(), request.guardian
    asked = request.GET.get("sujet", "")
    first = {"page": page_token(now), "subject": asked if asked in settings.CONTACT_SUBJECTS else ""}
    form = ContactForm(request.POST or None, initial=first, at=now, known=guardian is not None)
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        if not _allowed(request, form.cleaned_data.get("email", "")):
            form.add_error(None, TOO_MANY)
            status = HTTPStatus.TOO_MANY_REQUESTS
        else:
            data = {key: value for key, value in form.cleaned_data.items() if key not in ("page", "website")}
            user = request.user if request.user.is_authenticated else None
            sent = send_message(submission=form.submission, at=now, guardian=guardian, user=user, **data)
            request.session[SENT] = sent.number
            return redirect("families:request", sent.number) if guardian else redirect("contact_sent")
    return render(request, "site/contact.html", {"form": form}, status=status)


def _allowed(request: HttpRequest, email: str) -> bool:
    """Keep a network address from flooding the service, and the form from mailing one stranger again and again."""
    if ratelimit.consume(request, app="allauth.account", action="contact") is None:
        return False
    key = email.lower()
    return not key or ratelimit.consume(request, app="allauth.account", action="contact_mail", key=key) is not None


@login_not_required
@never_cache
def contact_sent(request: HttpRequest) -> HttpResponse:
    """Say that the message has arrived, with its number."""
    number = request.session.get(SENT)
    if not number:
        return redirect("contact")
    return render(request, "site/contact_sent.html", {"number": number})
