"""What the families' part does by itself, at night. Each task may run twice."""

import logging

from celery import shared_task

from castres_portal.base import clock
from families.school_years import school_years
from families.services import rights
from families.services.certification import remind_uncertified
from families.services.health_erasure import erase_unconfirmed_sheets
from families.services.quotients import tell_households_of_endings
from families.services.situation import applying

log = logging.getLogger(__name__)


@shared_task
def erase_health_sheets() -> None:
    """Erase the sheets that were not confirmed for the new school year."""
    at = clock.now()
    report = erase_unconfirmed_sheets(years=school_years(), today=at.date(), at=at)
    if report.children:
        log.info("Fiches sanitaires effacées, année %s : %s", report.school_year, len(report.children))


@shared_task
def end_limits() -> None:
    """Give full rights back to the guardians whose limit is over."""
    rights.end_limits(at=clock.now())


@shared_task
def apply_due_changes() -> None:
    """Write the accepted changes of a family's file whose day has come (a new school on the first day of class)."""
    applying.apply_due_changes(at=clock.now())


@shared_task
def remind_certification() -> None:
    """Remind the households that have not certified their file, once."""
    at = clock.now()
    count = remind_uncertified(today=at.date(), at=at)
    if count:
        log.info("Foyers à qui la certification est rappelée : %s", count)


@shared_task
def tell_quotient_endings() -> None:
    """Tell the households whose quotient is about to end."""
    at = clock.now()
    tell_households_of_endings(today=at.date(), at=at)


@shared_task
def make_data_exports() -> None:
    """Make the exports of personal data that wait, and delete those whose time is over."""
    from families.services.privacy import exports  # it wakes this task

    at = clock.now()
    exports.delete_expired_exports(at)
    exports.make_waiting_exports(at=at)


@shared_task
def purge_personal_data() -> None:
    """Tell the accounts about to be closed, then apply every retention period."""
    from families.services.privacy import inactivity, purging

    at = clock.now()
    inactivity.tell_inactive_accounts(at=at)
    purging.run_purges(at=at, dry_run=False)
