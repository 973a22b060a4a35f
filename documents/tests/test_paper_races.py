"""Two sends of one form at the same instant: one paper, one number."""

from uuid import uuid4

import pytest

from castres_portal.base.models import Counter
from castres_portal.base.tests.races import at_once
from documents.household_papers import SUMMARY
from documents.models import IssuedPaper
from documents.services.papers import issue_paper
from families.tests.factories import NOON, GuardianFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def two_sends(*submissions):
    guardian = GuardianFactory(with_space=True)

    def send(submission):
        return issue_paper(
            kind=SUMMARY,
            family=guardian.family,
            guardian=guardian,
            user=guardian.user,
            answers={},
            submission=submission,
            at=NOON,
        )

    return at_once(*(lambda submission=submission: send(submission) for submission in submissions))


def test_one_form_sent_twice_at_once_gives_one_paper():
    submission = uuid4()
    answers = two_sends(submission, submission)
    assert answers[0].number == answers[1].number
    assert IssuedPaper.objects.count() == Counter.objects.get(series="documents-2026").value == 1


def test_control_two_forms_give_two_papers_and_two_numbers_that_follow():
    answers = two_sends(uuid4(), uuid4())
    assert sorted(paper.number for paper in answers) == ["A2026-000001", "A2026-000002"]
