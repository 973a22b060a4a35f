"""Accepting a règlement."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from castres_portal.base.errors import Refusal
from documents.emails.regulations import queue_new_version
from documents.models import RegulationAcceptance, RegulationNotice, RegulationVersion
from documents.queries.regulations import awaited_households, consents_of, versions_in_force
from families.models import Guardian
from families.queries.households import mail_recipients_of_many
from families.services.rights import refuse_who_may_not

BATCH = 200


@transaction.atomic(durable=True)
def accept_online(*, version: RegulationVersion, guardian: Guardian, at: datetime) -> RegulationAcceptance:
    """Keep that a guardian read and accepted the version in force of a règlement that concerns her household.

    Each guardian may; one is enough for the household. Raises Refusal when another version came into force as she read, or
    when the règlement does not concern her household.
    """
    refuse_who_may_not(guardian, None)
    consent = next(
        (one for one in consents_of(guardian.family, at.date()) if one.sheet.regulation.pk == version.regulation_id),
        None,
    )
    if consent is None:
        raise Refusal("Ce règlement ne concerne pas votre foyer : il s’accepte en inscrivant un enfant.")
    if consent.sheet.current.pk != version.pk:
        raise Refusal("Le règlement a changé pendant que vous le lisiez : relisez la nouvelle version.")
    return accept_regulation(version=version, guardian=guardian, at=at)


def announce_new_versions(*, today: date, at: datetime) -> int:
    """Tell, once, each household concerned by a version in force that nobody there has accepted; return how many.

    A few hundred households per transaction: a run that was killed goes on where it stopped. Nothing is ever blocked.
    """
    return sum(_announce(version, today, at) for version in versions_in_force(today))


def _announce(version: RegulationVersion, today: date, at: datetime) -> int:
    told = RegulationNotice.objects.filter(version=version, family=OuterRef("pk"))
    count = 0
    while batch := list(awaited_households(version, today).filter(~Exists(told)).order_by("pk")[:BATCH]):
        try:
            with transaction.atomic():
                RegulationNotice.objects.bulk_create(
                    RegulationNotice(version=version, family=family, sent_at=at) for family in batch
                )
                queue_new_version(version, mail_recipients_of_many(batch))
        except IntegrityError:
            return count  # another worker tells them at this very moment
        count += len(batch)
    return count


def accept_regulation(*, version: RegulationVersion, guardian: Guardian, at: datetime) -> RegulationAcceptance:
    """Keep that a guardian accepted a version for her household, and when; a second time returns the first acceptance.

    Part of the caller's transaction: what needs the acceptance is written with it.
    """
    acceptance, _ = RegulationAcceptance.objects.get_or_create(
        version=version, guardian=guardian, defaults={"family": guardian.family, "accepted_at": at}
    )
    return acceptance
