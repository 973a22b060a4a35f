"""The yearly reminder to certify a file."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter, queue_mails
from families.models import Guardian
from families.rules.certification import Campaign


def queue_reminders(guardians: Iterable[Guardian], campaign: Campaign) -> None:
    """Remind guardians, in the caller's transaction, that their household's file is to be certified."""
    url = settings.SITE_URL + reverse("families:certification")
    queue_mails(
        Letter(
            "families/mail/certification_reminder",
            guardian.mail_address,
            {"guardian": guardian, "campaign": campaign, "url": url},
        )
        for guardian in guardians
    )
