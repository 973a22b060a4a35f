"""Pages of the demonstration: what is fictional and who may sign in, the mails that left, the agents' one-time codes.

Open to all: they show secrets, of fictional people, to whoever runs the demonstration on a machine of her own.
"""

import os
from urllib.parse import urlsplit

from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.demo import accounts, mailbox, one_time_codes
from castres_portal.demo.tour import money_steps, space_steps, tour_steps

MAILS_PER_PAGE = 30
# A mail is text of others: it runs nothing, loads nothing, posts nothing, and its links leave the frame.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}


@login_not_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Where to begin: what is fictional, the accounts, the codes, a tour."""
    codes = accounts.kept_codes()
    context = {
        "parents": accounts.PARENTS,
        "limited": accounts.LIMITED,
        "staff": accounts.STAFF,
        "password": accounts.PASSWORD,
        "open_codes": codes,
        "bank_url": bank_url(),
        "identity_url": identity_url(),
        "payfip_url": payfip_url(),
        "quotient_url": settings.API_PARTICULIER["BASE_URL"] if settings.API_PARTICULIER["TOKEN"] else "",
        "space_steps": space_steps(),
        "money_steps": money_steps(),
        "steps": tour_steps(codes, today=clock.today()),
    }
    return render(request, "demo/index.html", context)


@login_not_required
@never_cache
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The mails sent, the latest first."""
    page = Paginator(mailbox.mail_names(), MAILS_PER_PAGE).get_page(request.GET.get("page"))
    shown = [mail for name in page.object_list if (mail := mailbox.read_mail(name))]
    return render(request, "demo/mails.html", {"page_obj": page, "mails": shown})


@login_not_required
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its head, its HTML in a frame, its text, its files."""
    return render(request, "demo/mail.html", {"mail": _mail_or_404(name)})


@login_not_required
@require_safe
@xframe_options_sameorigin
@csp(MAIL_POLICY)
def mail_body(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of a mail, alone; its links open in place of the page around it."""
    found = _mail_or_404(name)
    if not found.html:
        raise Http404
    return HttpResponse(found.html.replace("<head>", '<head><base target="_top">', 1))


@login_not_required
@require_safe
def mail_attachment(request: HttpRequest, name: str, rank: int) -> HttpResponse:
    """A file that a mail carries, to be saved."""
    files = _mail_or_404(name).attachments
    if rank >= len(files):
        raise Http404
    response = HttpResponse(files[rank].content, content_type=files[rank].content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{files[rank].name}"'
    return response


@login_not_required
@never_cache
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The code that each agent's authenticator application would show now."""
    return render(request, "demo/codes.html", {"codes": one_time_codes.current_codes()})


def bank_url() -> str:
    """Return the address of the test bank's own page."""
    bank = urlsplit(settings.PAYZEN["FORM_URL"])
    return os.environ.get("BANK_URL") or f"{bank.scheme}://{bank.netloc}/"


def payfip_url() -> str:
    """Return the address of the fictional PayFiP's own page; empty when families cannot choose it."""
    page = urlsplit(settings.PAYFIP["PAYMENT_URL"])
    return f"{page.scheme}://{page.netloc}/" if "payfip" in settings.PAYMENT_PROVIDERS else ""


def identity_url() -> str:
    """Return the address of the fictional identity provider's own page; empty when there is none."""
    provider = urlsplit(settings.FRANCECONNECT["BASE_URL"])
    return f"{provider.scheme}://{provider.netloc}/" if settings.FRANCECONNECT["CLIENT_ID"] else ""


def _mail_or_404(name: str) -> mailbox.Mail:
    found = mailbox.read_mail(name)
    if found is None:
        raise Http404
    return found
