"""The attestation for the tax and the statement of account, as a household asks for them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.forms.papers import StatementForm, TaxPaperForm
from billing.household_papers import STATEMENT_PAPER, TAX_PAPER
from billing.models import Payment
from billing.tests.factories import TariffFactory, book, household, invoice_of, pay
from castres_portal.base.clock import PARIS
from castres_portal.base.errors import Refusal
from documents.services.papers import issue_paper
from families.models import Custody
from families.tests.factories import ChildFactory, CustodyFactory

pytestmark = pytest.mark.django_db
IN_2027 = datetime(2027, 1, 12, 9, 0, tzinfo=PARIS)
PAID_AT = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)


def said(family, kind, at=IN_2027, **answers):
    payer = family.guardians.get(pays=True)
    paper = issue_paper(
        kind=kind, family=family, guardian=payer, user=payer.user, answers=answers, submission=uuid4(), at=at
    )
    return paper.content


def plain(rows):
    return [[cell.replace("\u00a0", " ") for cell in row] for row in rows]


def words_of(content):
    return " ".join([*content["closing"], *(line for section in content["sections"] for line in section["text"])])


@pytest.fixture
def martin():
    """Inès, 4, and Léa, 9: four meals each in October, at 3 € of which 0,90 € of care."""
    family = household()
    canteen = TariffFactory().activity
    for name, born in (("Inès", date(2022, 4, 2)), ("Léa", date(2017, 5, 3))):
        child = ChildFactory(first_name=name, last_name="Martin", birth_date=born, at_home=family)
        book(family, child, activity=canteen)
    family.invoice = invoice_of(family)
    return family


# --- Attestation for the tax ------------------------------------------------------------------------------------------


def test_only_the_care_of_the_young_child_is_attested_once_paid(martin):
    pay(martin.invoice, at=PAID_AT)
    content = said(martin, TAX_PAPER, chosen="2026")
    assert plain(content["sections"][1]["rows"]) == [["Inès MARTIN", "2 avril 2022", "dans ce foyer", "3,60 €"]]
    assert dict(plain(content["sections"][0]["facts"]))["Total payé pour la garde"] == "3,60 €"
    assert "alternée" not in words_of(content)


def test_half_an_invoice_is_half_the_care(martin):
    pay(martin.invoice, "12.00", at=PAID_AT)
    assert plain(said(martin, TAX_PAPER, chosen="2026")["sections"][1]["rows"])[0][3] == "1,80 €"


def test_what_is_not_paid_is_not_attested(martin):
    with pytest.raises(Refusal, match="Rien n’est à attester pour 2026"):
        said(martin, TAX_PAPER, chosen="2026")


def test_the_year_must_be_over(martin):
    pay(martin.invoice, at=PAID_AT)
    assert TaxPaperForm(martin, date(2026, 12, 31)).nothing
    offered = TaxPaperForm(martin, date(2027, 1, 1))
    assert [year for year, _ in offered.fields["chosen"].choices] == ["2026"]


def test_in_shared_residence_each_household_attests_what_it_paid(martin):
    pay(martin.invoice, at=PAID_AT)
    ines = martin.custodies.get(child__first_name="Inès").child
    Custody.objects.filter(child=ines).delete()
    father = household("Bernard")
    CustodyFactory(child=ines, family=martin, rhythm=Custody.Rhythm.ODD)
    CustodyFactory(child=ines, family=father, rhythm=Custody.Rhythm.EVEN)
    content = said(martin, TAX_PAPER, chosen="2026")
    assert plain(content["sections"][1]["rows"])[0][2:] == ["alternée", "3,60 €"]
    assert "divisé par deux" in words_of(content)
    with pytest.raises(Refusal):
        said(father, TAX_PAPER, chosen="2026")


def test_what_an_employer_may_have_paid_is_said(martin):
    pay(martin.invoice, at=PAID_AT, means=Payment.Means.CESU)
    assert "24,00 € par chèque emploi service" in words_of(said(martin, TAX_PAPER, chosen="2026")).replace(
        "\u00a0", " "
    )


# --- Statement of account ---------------------------------------------------------------------------------------------


def test_the_statement_says_what_was_asked_what_came_and_what_remains(martin):
    pay(martin.invoice, "10.00", at=PAID_AT)
    content = said(martin, STATEMENT_PAPER, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    facts, movements = content["sections"]
    assert dict(plain(facts["facts"]))["Reste dû au 31 décembre 2026"] == "14,00 €"
    rows = plain(movements["rows"])
    assert [row[2:] for row in rows] == [["24,00 €", "", "24,00 €"], ["", "10,00 €", "14,00 €"]]
    assert rows[0][1] == f"Facture, octobre 2026, n° {martin.invoice.number}"


def test_a_later_statement_opens_with_what_was_owed_and_says_a_credit(martin):
    pay(martin.invoice, "30.00", at=PAID_AT)
    content = said(martin, STATEMENT_PAPER, starts_on=date(2026, 11, 10), ends_on=date(2027, 1, 12))
    facts = dict(plain(content["sections"][0]["facts"]))
    assert facts["Restait dû au 10 novembre 2026"] == "24,00 €"
    assert facts["Reste dû au 12 janvier 2027"] == "avoir de 6,00 €"


def test_a_period_upside_down_is_refused_with_what_was_typed(martin):
    form = StatementForm(
        martin,
        date(2026, 11, 25),
        {"starts_on": "25/11/2026", "ends_on": "01/11/2026", "submission": str(uuid4())},
    )
    assert form.errors["ends_on"] == ["La fin précède le début."]
    assert form["starts_on"].value() == "25/11/2026"


def test_the_page_shows_one_year_and_the_credit(martin, client, django_assert_max_num_queries):
    pay(martin.invoice, "30.00", at=PAID_AT)
    client.force_login(martin.guardians.get(pays=True).user)
    client.get(reverse("billing:account"))  # the first page of a session also writes its hour
    with django_assert_max_num_queries(8):
        page = client.get(reverse("billing:account"), {"annee": "2026"}).content.decode()
    text = " ".join(page.replace("\u00a0", " ").split())
    assert "Vous avez un avoir de" in text
    assert martin.invoice.number in text
    assert Decimal("30.00") == Payment.objects.get().amount
