"""The attestations that a household may have of its children's enrolments and days."""

from datetime import date
from uuid import uuid4

import pytest

from castres_portal.base.errors import Refusal
from documents.household_papers import SUMMARY
from documents.services.papers import issue_paper
from families.tests.factories import NOON, CustodyFactory, GuardianFactory
from reservations.forms.papers import AttendancePaperForm, EnrolmentPaperForm
from reservations.papers import ATTENDANCE_PAPER, ENROLMENT_PAPER
from reservations.tests.factories import ActivityFactory, BookingFactory, EnrolmentFactory, a_child_at_the_canteen

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 19)


@pytest.fixture
def mother():
    return GuardianFactory(with_space=True)


@pytest.fixture
def lea(mother):
    return a_child_at_the_canteen(mother.family, first_name="Léa")


def said(guardian, kind, **answers):
    paper = issue_paper(
        kind=kind,
        family=guardian.family,
        guardian=guardian,
        user=guardian.user,
        answers=answers,
        submission=uuid4(),
        at=NOON,
    )
    assert paper.title == paper.content["title"]
    return paper


def facts_of(paper):
    return {label: value for section in paper.content["sections"] for label, value in section["facts"]}


def test_an_enrolment_is_attested(mother, lea):
    child, enrolment = lea
    paper = said(mother, ENROLMENT_PAPER, chosen=str(enrolment.pk))
    facts = facts_of(paper)
    assert facts["Enfant"] == "Léa MARTIN"
    assert facts["Activité"] == "Restauration scolaire"
    assert facts["Année scolaire"] == "2026-2027"
    assert facts["Lieu"] == str(child.school)
    assert (paper.initials, paper.title) == ("L. M.", "Attestation d’inscription")


def test_the_enrolment_by_the_other_household_is_not_hers_to_have(mother, lea):
    child, _ = lea
    father = GuardianFactory(with_space=True, family__name="Bernard")
    CustodyFactory(child=child, family=father.family, even_weeks=True)
    other = EnrolmentFactory(child=child, family=father.family)
    with pytest.raises(Refusal, match="n’existe pas dans votre foyer"):
        said(mother, ENROLMENT_PAPER, chosen=str(other.pk))
    assert [value for value, _ in EnrolmentPaperForm(mother.family, TODAY).fields["chosen"].choices] != [str(other.pk)]


def test_days_are_counted_by_activity_and_month(mother, lea):
    child, enrolment = lea
    for day in (date(2026, 10, 5), date(2026, 10, 6), date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 26)):
        BookingFactory(enrolment=enrolment, day=day)
    BookingFactory(enrolment=enrolment, day=date(2026, 10, 8), cancelled=True)
    study = ActivityFactory(slug="etude", name="Étude", position=2)
    BookingFactory(enrolment=EnrolmentFactory(child=child, family=mother.family, activity=study), day=date(2026, 11, 5))
    days, totals, *_ = said(
        mother, ATTENDANCE_PAPER, chosen=str(child.pk), starts_on=date(2026, 10, 1), ends_on=TODAY
    ).content["sections"]
    assert days["rows"] == [
        ["Restauration scolaire", "octobre 2026", "0", "2"],
        ["Restauration scolaire", "novembre 2026", "0", "2"],
        ["Étude", "novembre 2026", "0", "1"],
    ]
    assert totals["rows"] == [["Restauration scolaire", "0", "4"], ["Étude", "0", "1"]]


def test_the_days_of_the_other_household_are_not_counted(mother, lea):
    child, enrolment = lea
    father = GuardianFactory(with_space=True, family__name="Bernard")
    BookingFactory(enrolment=enrolment, day=date(2026, 11, 3))
    BookingFactory(enrolment=EnrolmentFactory(child=child, family=father.family), day=date(2026, 11, 10))
    paper = said(mother, ATTENDANCE_PAPER, chosen=str(child.pk), starts_on=date(2026, 11, 1), ends_on=TODAY)
    assert paper.content["sections"][1]["rows"] == [["Restauration scolaire", "0", "1"]]
    assert "Bernard" not in str(paper.content)


def test_a_period_without_a_day_gives_no_paper(mother, lea):
    child, _ = lea
    with pytest.raises(Refusal, match="Aucun jour n’a été réservé pour Léa"):
        said(mother, ATTENDANCE_PAPER, chosen=str(child.pk), starts_on=date(2026, 9, 1), ends_on=TODAY)


@pytest.mark.parametrize(
    "first, last, sentence",
    [
        ("01/09/2026", "19/11/2026", ""),
        ("01/09/2026", "20/11/2026", "s’arrête au plus tard au 19 novembre 2026"),
        ("19/11/2026", "01/09/2026", "La fin précède le début."),
        ("01/09/2025", "19/11/2026", "un an au plus"),
        ("", "19/11/2026", "Saisissez une date."),
        ("hier", "19/11/2026", "Écrivez la date comme ceci"),
    ],
)
def test_which_periods_can_be_attested(mother, lea, first, last, sentence):
    child, _ = lea
    data = {"submission": str(uuid4()), "chosen": str(child.pk), "starts_on": first, "ends_on": last}
    form = AttendancePaperForm(mother.family, TODAY, data)
    assert form.is_valid() is (not sentence)
    assert sentence in " ".join(error for errors in form.errors.values() for error in errors)


def test_a_household_without_enrolment_is_told_why(mother):
    assert "n’est inscrit à une activité" in EnrolmentPaperForm(mother.family, TODAY).nothing
    assert "n’est inscrit à une activité" in AttendancePaperForm(mother.family, TODAY).nothing


def test_the_summary_lists_the_household_s_enrolments(mother, lea):
    sections = {section["title"]: section for section in said(mother, SUMMARY).content["sections"]}
    assert sections["Inscriptions"]["rows"] == [["Léa MARTIN", "Restauration scolaire", "2026-2027", "2 juillet 2027"]]
