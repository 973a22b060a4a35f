"""The mails about a person's own data. None carries a secret: what they lead to asks to sign in."""

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from castres_portal.base.mail import queue_mail
from families.models import DataExport


def send_export_ready(export: DataExport) -> None:
    """Tell a person that the copy of her data can be downloaded."""
    context = {
        "user": export.user,
        "expires_at": export.expires_at,
        "url": f"{settings.SITE_URL}{reverse('families:my_data')}",
    }
    queue_mail("families/mail/export_ready", export.user.email, context)


def send_erasure_done(*, to: str, hello: str, number: str, words: str, report: dict[str, list[str]]) -> None:
    """Tell a person what was erased and what the law keeps, at the address that has just been forgotten.

    Its body is erased once it has left: it names what she asked to be forgotten.
    """
    context = {"hello": hello, "number": number, "words": words, **report}
    queue_mail("families/mail/erasure_done", to, context, secret=True)


def send_inactivity_notice(user: User, *, closes_on: object) -> None:
    """Tell a person that her unused account is about to be closed, and how to keep it."""
    context = {"user": user, "closes_on": closes_on, "url": f"{settings.SITE_URL}{reverse('account_login')}"}
    queue_mail("families/mail/inactive_account", user.email, context)
