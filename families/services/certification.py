"""Certifying a household's file once a year, and reminding those who have not."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from castres_portal.base.errors import Refusal
from families.emails.certification import queue_reminders
from families.models import Certification, CertificationReminder, Family, FamilyRequest, Guardian
from families.queries.certification import campaign_on, file_state, uncertified
from families.queries.households import mail_recipients_of_many
from families.services.requests import record_request

KIND = "certification"
BATCH = 200


@transaction.atomic(durable=True)
def certify_file(*, family: Family, guardian: Guardian, user: User | None, seal: str, at: datetime) -> Certification:
    """Keep that a guardian read her household's file and said that it is right, for the school year that is asked.

    ``seal`` names what her page showed: raises Refusal when the file changed as she read, or when nothing is asked. A second
    click changes nothing; after a change of the file, the household may certify again.
    """
    Family.objects.select_for_update(of=("self",), no_key=True).get(pk=family.pk)
    state = file_state(family, today=at.date())
    if state is None:
        raise Refusal("Aucune certification n’est demandée en ce moment.")
    row = state.certification
    if row is not None and row.digests == state.digests:
        return row
    if state.seal != seal:
        raise Refusal("Le dossier a changé pendant que vous le lisiez : relisez-le, puis certifiez.")
    request = record_request(
        kind=KIND,
        family=family,
        guardian=guardian,
        entered_by=user,
        summary=f"Certification du dossier pour {state.campaign.year}",
        status=FamilyRequest.Status.DONE,
        at=at,
        decided_at=at,
    )
    row, _ = Certification.objects.update_or_create(
        family=family,
        school_year=state.campaign.year,
        defaults={"guardian": guardian, "certified_at": at, "digests": state.digests, "request": request},
    )
    return row


def remind_uncertified(*, today: date, at: datetime) -> int:
    """Remind, once a year, the households that have not certified as the last day comes near; return how many.

    From ``settings.CERTIFICATION["reminder_days"]`` days before the last day until that day. A few hundred households per
    transaction; a run that was killed goes on where it stopped.
    """
    campaign = campaign_on(today)
    if campaign is None:
        return 0
    first = campaign.due_on - timedelta(days=settings.CERTIFICATION["reminder_days"])
    if not first <= today <= campaign.due_on:
        return 0
    reminded = CertificationReminder.objects.filter(family=OuterRef("pk"), school_year=campaign.year)
    count = 0
    while batch := list(uncertified(campaign, today=today).filter(~Exists(reminded)).order_by("pk")[:BATCH]):
        try:
            with transaction.atomic():
                CertificationReminder.objects.bulk_create(
                    CertificationReminder(family=family, school_year=campaign.year, sent_at=at) for family in batch
                )
                queue_reminders(mail_recipients_of_many(batch), campaign)
        except IntegrityError:
            return count  # another worker reminds them at this very moment
        count += len(batch)
    return count
