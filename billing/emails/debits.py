"""Mails about direct debits; an account is shown by the end of its number."""

from django.conf import settings
from django.urls import reverse

from billing.models import Debit, SepaMandate
from castres_portal.base.mail import Letter
from families.models import Guardian


def mandate_signed(mandate: SepaMandate, guardian: Guardian) -> Letter:
    """Tell an account holder that a mandate was signed for her household; the account is shown by its end."""
    return _about_mandate("billing/mail/mandate_signed", mandate, guardian)


def mandate_ended(mandate: SepaMandate, guardian: Guardian) -> Letter:
    """Tell an account holder that her household's mandate is over."""
    return _about_mandate("billing/mail/mandate_ended", mandate, guardian)


def _about_mandate(template: str, mandate: SepaMandate, guardian: Guardian) -> Letter:
    assert guardian.user, "only account holders are written to"
    debits_url = settings.SITE_URL + reverse("billing:debits")
    return Letter(template, guardian.user.email, {"guardian": guardian, "mandate": mandate, "debits_url": debits_url})


def debit_announced(debit: Debit, guardian: Guardian) -> Letter:
    """Tell an account holder, 14 days before, what will be taken, when, for which invoice."""
    return _about_debit("billing/mail/debit_announced", debit, guardian)


def debit_returned(debit: Debit, guardian: Guardian) -> Letter:
    """Tell an account holder that her bank sent a debit back: the invoice is still to be paid, and nothing more."""
    return _about_debit("billing/mail/debit_returned", debit, guardian)


def _about_debit(template: str, debit: Debit, guardian: Guardian) -> Letter:
    assert guardian.user, "only account holders are written to"
    invoice_url = settings.SITE_URL + reverse("billing:invoice", args=[debit.invoice.number])
    context = {"guardian": guardian, "debit": debit, "mandate": debit.mandate, "invoice_url": invoice_url}
    return Letter(template, guardian.user.email, context)
