"""Mails about enrolments: made, asked for, ended, moved, carried over. They name children and services, never health."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from castres_portal.base.mail import Letter, queue_mail, queue_mails
from families.models import Guardian
from families.queries.households import mail_recipients, mail_recipients_of_many
from reservations.emails.addresses import address_of, page_of
from reservations.models import Enrolment, EnrolmentDemand, SchoolYear

if TYPE_CHECKING:
    from reservations.services.enrolling import Ending, Moved, Outcome


def queue_enrolments(outcomes: "Sequence[Outcome]", guardian: Guardian, user: User | None) -> None:
    """Mail one acknowledgement of all the enrolments and demands of a form; inside the transaction that wrote them."""
    to = address_of(guardian, user)
    if not to:
        return
    made = [outcome.enrolment for outcome in outcomes if outcome.enrolment]
    asked = [outcome.demand for outcome in outcomes if outcome.demand]
    papers = [
        (outcome.choice.child, paper) for outcome in outcomes if outcome.choice for paper in outcome.choice.papers
    ]
    rows: list[Enrolment | EnrolmentDemand] = [*made, *asked]
    context = {
        "guardian": guardian,
        "made": made,
        "asked": asked,
        "child": rows[0].child if len({row.child_id for row in rows}) == 1 else None,
        "number": rows[0].request.number if len(rows) == 1 else "",
        "service": rows[0].request.service,
        "versions": list(dict.fromkeys(row.acceptance.version for row in rows)),
        "url": page_of(rows[0].request) if len(rows) == 1 else settings.SITE_URL + reverse("reservations:enrol"),
        # A confidential paper is not named where others may look.
        "papers": list(
            dict.fromkeys((child.first_name, paper.kind.public_name) for child, paper in papers if paper.is_missing)
        ),
        "papers_url": settings.SITE_URL + reverse("documents:pieces"),
    }
    queue_mail("reservations/mail/enrolments", to, context)


def queue_ending(ending: "Ending", user: User | None) -> None:
    """Tell the household that enrolments end, what is freed and what stays; and the service, when the family did it."""
    request = ending.request
    first = ending.enrolments[0]
    context = {
        "ending": ending,
        "child": first.child,
        "last_day": first.ends_on,
        "never_began": first.never_began,
        "request": request,
        "url": page_of(request),
    }
    queue_mails(
        Letter("reservations/mail/enrolment_ended", guardian.mail_address, {**context, "guardian": guardian})
        for guardian in mail_recipients(first.family)
    )
    by_family = request.guardian is not None and user is not None and user.pk == request.guardian.user_id
    if by_family and request.service_email:
        queue_mail("reservations/mail/enrolment_ended_service", request.service_email, context)


def queue_move(moved: "Moved", on: date) -> None:
    """Tell a household that an agent moved an enrolment, with the days that follow and those that stay."""
    row = moved.enrolment
    queue_mails(
        Letter(
            "reservations/mail/enrolment_moved",
            guardian.mail_address,
            {"guardian": guardian, "moved": moved, "enrolment": row, "on": on, "url": page_of(row.request)},
        )
        for guardian in mail_recipients(row.family)
    )


def queue_carried(households: Sequence[Sequence[Enrolment]], year: SchoolYear) -> None:
    """Tell some households, a mail to each guardian, which enrolments go over to a year."""
    by_family = {rows[0].family_id: rows for rows in households}
    url = settings.SITE_URL + reverse("reservations:enrol")
    queue_mails(
        Letter(
            "reservations/mail/enrolments_carried",
            guardian.mail_address,
            {"guardian": guardian, "enrolments": by_family[guardian.family_id], "year": year, "url": url},
        )
        for guardian in mail_recipients_of_many([rows[0].family for rows in households])
    )
