"""The mail about a règlement that changed."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from castres_portal.base.mail import Letter, queue_mails
from documents.models import RegulationVersion
from families.models import Guardian


def queue_new_version(version: RegulationVersion, guardians: Iterable[Guardian]) -> None:
    """Tell guardians, in the caller's transaction, that a new version is in force and waits to be read and accepted."""
    url = settings.SITE_URL + reverse("documents:accept", args=[version.regulation.slug, version.number])
    queue_mails(
        Letter(
            "documents/mail/new_version",
            guardian.mail_address,
            {"guardian": guardian, "version": version, "url": url},
        )
        for guardian in guardians
    )
