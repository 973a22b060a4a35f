"""The mails about children’s sheets. They say that a sheet changed, never what it holds: mail is read by many machines."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter, queue_mails
from families.models import Child, Guardian


def queue_sheet_changed(
    child: Child, recipients: Iterable[Guardian], *, by: Guardian, at: datetime, waits: bool = False
) -> None:
    """Tell guardians that a child's sheet has changed, or (``waits``) that the service is asked to decide on a change.

    Part of the transaction that changes it.
    """
    url = settings.SITE_URL + reverse("families:health", args=[child.pk])
    queue_mails(
        Letter(
            "families/mail/sheet_changed",
            guardian.mail_address,
            {
                "guardian": guardian,
                "child": child,
                "by": by,
                "own": guardian.pk == by.pk,
                "at": at,
                "waits": waits,
                "url": url,
            },
        )
        for guardian in recipients
    )
