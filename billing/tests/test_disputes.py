"""A line of an invoice, explained, and contested by the family."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.tests.factories import UserFactory
from billing.models import CreditNote, Dispute, Invoice, InvoiceLine
from billing.services import disputes
from billing.services.disputes import dispute_lines
from billing.tests.factories import NOON, TariffFactory, book, household, invoice_of
from castres_portal.base.errors import Refusal
from castres_portal.base.tests.races import at_once, expect_both, meeting_before
from families.models import FamilyRequest
from families.services.requests import accept_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def martin():
    family = household()
    TariffFactory()
    book(family)
    family.invoice = invoice_of(family)
    family.user = family.guardians.get(pays=True).user
    return family


def lines_of(family):
    return list(InvoiceLine.objects.filter(invoice__family=family).order_by("day"))


def page_of(line):
    return reverse("billing:line", args=[line.invoice.number, line.pk])


def contest(family, *lines, submission=None, reason=Dispute.Reason.ABSENT):
    return dispute_lines(
        family=family,
        guardian=family.guardians.get(pays=True),
        user=family.user,
        lines=[line.pk for line in lines],
        reason=reason,
        words="Elle était malade.",
        submission=submission or uuid4(),
        at=NOON,
    )


def text_of(response):
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def test_a_line_says_its_rule_its_quotient_its_vote_and_its_story(martin, client, django_assert_max_num_queries):
    client.force_login(martin.user)
    with django_assert_max_num_queries(40):
        text = text_of(client.get(page_of(lines_of(martin)[0])))
    for words in ("Lundi 5 octobre 2026", "Tranche du quotient familial", "850", "délibération du 1er janvier 2026"):
        assert words in text
    assert "Réservé" in text


def test_the_invoice_leads_to_each_of_its_lines(martin, client):
    client.force_login(martin.user)
    text = text_of(client.get(reverse("billing:invoice", args=[martin.invoice.number])))
    assert all(page_of(line) in text for line in lines_of(martin))


def test_a_family_contests_two_days_and_reads_its_number(martin, client):
    client.force_login(martin.user)
    first, second, *_ = lines_of(martin)
    sent = {"reason": "absent", "also": [str(second.pk)], "words": "Elle était malade.", "submission": str(uuid4())}
    text = text_of(client.post(page_of(first), sent, follow=True))
    request = FamilyRequest.objects.get(kind="contestation")
    assert request.summary == f"Facture {martin.invoice.number}\u00a0: Restauration scolaire, 2 jours"
    assert "Mon enfant n’est pas venu" in text
    assert "Mardi 6 octobre 2026" in text
    assert "attend sa réponse" in text_of(client.get(page_of(second)))


def test_nothing_typed_is_lost_when_the_reason_is_missing(martin, client):
    client.force_login(martin.user)
    first, second, *_ = lines_of(martin)
    sent = {"also": [str(second.pk)], "words": "Elle était malade.", "submission": str(uuid4())}
    text = text_of(client.post(page_of(first), sent))
    assert "Choisissez un motif." in text
    assert "Elle était malade." in text
    assert re.search(rf'value="{second.pk}"[^>]*checked', text)
    assert not Dispute.objects.exists()


def test_sent_twice_it_is_one_request(martin):
    line, submission = lines_of(martin)[0], uuid4()
    assert contest(martin, line, submission=submission) == contest(martin, line, submission=submission)


def test_a_line_that_waits_for_an_answer_is_not_contested_again(martin):
    line, other, *_ = lines_of(martin)
    request = contest(martin, line)
    with pytest.raises(Refusal, match=request.number):
        contest(martin, line, other)
    contest(martin, other)


def test_another_familys_line_is_nobody_s_to_contest(martin, client):
    durand = household("Durand")
    durand.user = durand.guardians.get(pays=True).user
    with pytest.raises(Refusal, match="de votre foyer"):
        contest(durand, lines_of(martin)[0])
    client.force_login(durand.user)
    assert client.get(page_of(lines_of(martin)[0])).status_code == 404


def test_an_accepted_dispute_is_a_credit_note_that_the_regie_confirms(martin):
    line, other, *_ = lines_of(martin)
    request = contest(martin, line, other)
    accept_request(request=request, by=UserFactory(agent=True), words="Vous avez raison.", at=NOON)
    note = CreditNote.objects.get()
    assert (note.status, note.total, note.lines.count()) == (CreditNote.Status.PROPOSED, Decimal("6.00"), 2)
    assert request.number in note.words
    again = contest(martin, line)
    with pytest.raises(Refusal, match="déjà été rendues"):
        accept_request(request=again, by=UserFactory(agent=True), words="", at=NOON)


# --- Both parents at once ---------------------------------------------------------------------------------------------


def both_contest(family, monkeypatch):
    monkeypatch.setattr(disputes, "record_request", meeting_before(disputes.record_request))
    line = lines_of(family)[0]
    return sorted(
        type(answer).__name__ for answer in at_once(lambda: contest(family, line), lambda: contest(family, line))
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_both_parents_contest_a_line_at_once_and_one_is_told(martin, monkeypatch):
    assert both_contest(martin, monkeypatch) == ["FamilyRequest", "Refusal"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_line_waits_for_two_answers(martin, monkeypatch):
    expect_both(monkeypatch)
    monkeypatch.setattr(disputes, "_locked", lambda invoice: Invoice.objects.get(pk=invoice))
    assert both_contest(martin, monkeypatch) == ["FamilyRequest", "FamilyRequest"]
