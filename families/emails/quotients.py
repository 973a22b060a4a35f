"""The mail about a quotient that ends. It says no price and no value: only until when it holds."""

from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter, queue_mails
from families.models import QuotientClaim, QuotientRecord
from families.queries.households import mail_recipients


def send_ending(record: QuotientRecord, *, today: date, claim: QuotientClaim | None) -> None:
    """Tell a household's guardians that its quotient ends, or has ended, and what to do."""
    assert record.ends_on is not None
    context = {
        "family": record.family,
        "ends_on": record.ends_on,
        "then_on": record.ends_on + timedelta(days=1),
        "over": record.ends_on < today,
        "claim": claim,
        "url": f"{settings.SITE_URL}{reverse('families:quotient')}",
    }
    queue_mails(
        Letter("families/mail/quotient_ends", guardian.mail_address, {**context, "guardian": guardian})
        for guardian in mail_recipients(record.family)
    )
