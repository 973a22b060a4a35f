"""A receipt of three children, three services and twenty days reads in a few lines, its refusals one by one."""

from datetime import date, datetime
from uuid import uuid4

import pytest
from post_office.models import Email

from castres_portal.base.clock import PARIS
from families.tests.factories import ChildFactory, GuardianFactory
from reservations.models import ReceiptLine
from reservations.queries.receipts import answers_by_child, lines_of
from reservations.rules.changes import changes_between
from reservations.services import book_days
from reservations.tests.factories import ActivityFactory, BookingFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
SERVICES = (
    {},
    {"slug": "garderie-matin", "name": "Garderie du matin", "is_meal": False, "position": 2},
    {"slug": "garderie-soir", "name": "Garderie du soir", "is_meal": False, "position": 3},
)
MONTH = [day for number in range(1, 32) if (day := date(2026, 12, number)).weekday() in (0, 1, 3, 4) and number < 19]
NOT_SERVED = date(2026, 12, 25)


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def receipt(mother):
    asked = {}
    for name in ("Zoé", "Tom", "Lina"):
        child = ChildFactory(at_home=mother.family, first_name=name)
        for fields in SERVICES:
            EnrolmentFactory(child=child, family=mother.family, activity=ActivityFactory(**fields))
            slug = fields.get("slug", "restauration")
            asked[child.pk, slug] = changes_between([], [*MONTH, NOT_SERVED])
    return book_days(
        family=mother.family, guardian=mother, user=mother.user, changes=asked, submission=uuid4(), at=NOON
    )


def test_what_was_done_is_said_in_runs_and_what_was_not_day_by_day(receipt):
    groups = answers_by_child(lines_of(receipt))
    assert len(groups) == 9
    for group in groups:
        said = [(answer.said, answer.word) for answer in group.answers]
        assert said == [
            ("les lundis, mardis, jeudis et vendredis du 1er au 18 décembre 2026", "Réservé"),
            ("vendredi 25 décembre 2026", "Ajout refusé"),
        ]


def test_no_day_of_a_receipt_is_lost_in_its_words(receipt):
    said = [
        (group.child.pk, group.activity.pk, day)
        for group in answers_by_child(lines_of(receipt))
        for answer in group.answers
        for day in answer.days
    ]
    assert sorted(said) == sorted(ReceiptLine.objects.values_list("child_id", "activity_id", "day"))


def test_the_mail_says_the_same(receipt):
    mail = Email.objects.get()
    for text in (mail.message, mail.html_message):
        plain = text.replace("&#x27;", "’")
        assert plain.lower().count("les lundis, mardis, jeudis et vendredis du 1er au 18 décembre 2026") == 9
        assert plain.lower().count("vendredi 25 décembre 2026") == 9
    assert len(mail.message) < 4_000


def test_two_refusals_for_one_reason_are_still_said_one_by_one(mother):
    enrolment = EnrolmentFactory(child=ChildFactory(at_home=mother.family), family=mother.family)
    BookingFactory(enrolment=enrolment, day=date(2026, 11, 23))
    BookingFactory(enrolment=enrolment, day=date(2026, 11, 24))
    receipt = book_days(
        family=mother.family, guardian=mother, user=mother.user,
        changes={(enrolment.child_id, "restauration"): changes_between([date(2026, 11, 23), date(2026, 11, 24)], [])},
        submission=uuid4(), at=NOON,
    )  # fmt: skip
    (group,) = answers_by_child(lines_of(receipt))
    assert [answer.said for answer in group.answers] == ["lundi 23 novembre 2026", "mardi 24 novembre 2026"]
