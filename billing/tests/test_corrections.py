"""Credit notes and supplements: proposed, decided, numbered, put on invoices; never more than was charged."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Allocation, CreditNote, Invoice, Supplement
from billing.queries.account import account_of
from billing.queries.corrections import refunds_due, spare_of
from billing.queries.invoices import balance_of
from billing.queries.payments import owed_on
from billing.rules.payments import part_for_invoice
from billing.services import corrections
from billing.services.corrections.proposing import propose_supplement
from billing.tests.factories import NOON, TariffFactory, book, household, invoice_of, pay
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import at_once, expect_both, meeting_after, take_locks_away

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
DECEMBER_8 = datetime(2026, 12, 8, 6, tzinfo=PARIS)


@pytest.fixture
def martin(db):
    TariffFactory()
    family = household()
    book(family, "Léa")
    return family


@pytest.fixture
def invoice(martin):
    return invoice_of(martin)


@pytest.fixture
def regisseur(db):
    return UserFactory(agent=True, role=roles.REGISSEURS)


def propose(invoice, per_line=None, lines=None, by=None):
    return corrections.propose_price_error(
        invoice=invoice,
        lines=[line.pk for line in (lines or invoice.lines.all())],
        per_line=None if per_line is None else Decimal(per_line),
        reason="prix",
        words="La tranche n’était pas la bonne.",
        by=by or UserFactory(agent=True),
        at=NOON,
    )


def confirm(note, by=None, at=NOON):
    return corrections.confirm_credit_note(note=note, by=by or UserFactory(agent=True), at=at)


def test_a_proposal_changes_nothing_and_confirmed_it_is_deducted_from_its_invoice(invoice, martin):
    note = propose(invoice, "1.00")
    assert (note.total, note.number, owed_on(invoice.pk)) == (Decimal("4.00"), None, Decimal("12.00"))
    [(care, food)] = set(note.lines.values_list("care_part", "food_part"))
    assert (care, food) == (Decimal("0.30"), Decimal("0.70"))

    agent = UserFactory(agent=True)
    confirmed = confirm(note, agent)
    assert (confirmed.number, confirmed.decided_by, confirmed.decided_at) == ("A2026-000001", agent, NOON)
    assert (owed_on(invoice.pk), spare_of(note)) == (Decimal("8.00"), Decimal("0.00"))
    assert balance_of(martin).owed == Decimal("8.00")
    assert confirm(note).number == "A2026-000001", "a second click changes nothing"
    [mail] = Email.objects.all()
    assert "avoir de 4,00 € sur votre facture d’octobre 2026" in mail.subject
    assert "4,00\u00a0€ sont déduits de ce que vous devez encore" in mail.message
    assert "Léa" not in mail.message


def test_never_more_than_the_line(invoice):
    line = invoice.lines.first()
    with pytest.raises(corrections.CannotPropose, match="Il ne reste que"):
        propose(invoice, "3.01", [line])
    propose(invoice, "2.00", [line])
    with pytest.raises(corrections.CannotPropose):
        propose(invoice, "1.01", [line])
    rest = propose(invoice, None, [line])
    assert rest.total == Decimal("1.00")
    with pytest.raises(corrections.CannotPropose, match="Il ne reste rien"):
        propose(invoice, None, [line])
    corrections.refuse_correction(correction=rest, why="Non.", by=UserFactory(agent=True), at=NOON)
    assert propose(invoice, None, [line]).total == Decimal("1.00"), "what was refused may be proposed again"


def test_a_line_of_another_invoice_is_refused(invoice):
    other = household("Durand")
    book(other, "Zoé", [date(2026, 11, 5)])
    stranger = invoice_of(other, month=NOVEMBER, at=DECEMBER_8)
    with pytest.raises(corrections.CannotPropose, match="lignes de cette facture"):
        propose(invoice, None, list(stranger.lines.all()))


def test_on_a_paid_invoice_it_goes_to_the_other_unpaid_one_then_to_the_next(invoice, martin):
    pay(invoice)
    child = martin.custodies.get().child
    book(martin, child, [date(2026, 11, 5)])
    november = invoice_of(martin, month=NOVEMBER, at=DECEMBER_8)
    note = confirm(propose(invoice, "2.00"), at=DECEMBER_8)

    assert owed_on(november.pk) == Decimal("0.00")
    assert spare_of(note) == Decimal("5.00")
    assert list(refunds_due()) == [note]

    book(martin, child, [date(2026, 12, 3), date(2026, 12, 4)])
    december = invoice_of(martin, month=date(2026, 12, 1), at=datetime(2027, 1, 8, 6, tzinfo=PARIS))
    assert (december.total, owed_on(december.pk)) == (Decimal("6.00"), Decimal("1.00"))
    assert not refunds_due().exists()
    statement = account_of(martin, date(2026, 1, 1), date(2027, 12, 31))
    assert statement.closing == Decimal("1.00")


def test_what_the_comptable_paid_back_is_no_more_to_deduct(invoice, martin, regisseur):
    pay(invoice)
    note = confirm(propose(invoice))
    assert corrections.record_refund(note=note, reference="Mandat 12", by=regisseur, at=NOON).amount == Decimal("12.00")
    with pytest.raises(corrections.CannotRefund):
        corrections.record_refund(note=note, reference="Mandat 13", by=regisseur, at=NOON)
    book(martin, martin.custodies.get().child, [date(2026, 11, 5)])
    november = invoice_of(martin, month=NOVEMBER, at=DECEMBER_8)
    assert owed_on(november.pk) == Decimal("3.00")


def test_refused_it_says_why_takes_no_number_and_stays_refused(invoice):
    first, second = propose(invoice, "1.00"), propose(invoice, "0.50")
    with pytest.raises(corrections.CannotDecide, match="pourquoi"):
        corrections.refuse_correction(correction=first, why=" ", by=UserFactory(agent=True), at=NOON)
    corrections.refuse_correction(correction=first, why="Le tarif était juste.", by=UserFactory(agent=True), at=NOON)
    with pytest.raises(corrections.CannotDecide, match="refusé"):
        confirm(first)
    assert confirm(second).number == "A2026-000001"
    with pytest.raises(corrections.CannotDecide, match="confirmé"):
        corrections.refuse_correction(correction=second, why="Trop tard", by=UserFactory(agent=True), at=NOON)


def test_numbers_have_no_gap_when_a_confirmation_fails(invoice, monkeypatch):
    first, second = propose(invoice, "1.00"), propose(invoice, "0.50")
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError), transaction.atomic():
        patch.setattr(corrections.deciding, "_tell", lambda note: 1 / 0)
        corrections.deciding.confirm_credit_note.__wrapped__(note=first, by=UserFactory(agent=True), at=NOON)
    assert confirm(second).number == "A2026-000001"


def test_a_supplement_goes_on_the_next_invoice_and_the_old_one_stays(invoice, martin):
    line = invoice.lines.first()
    from billing.models import SupplementLine

    row = SupplementLine(
        line=line,
        care_part=Decimal("0.45"),
        food_part=Decimal("1.05"),
        amount=Decimal("1.50"),
        quotient=950,
        band="C",
        deliberation=line.deliberation,
    )
    with transaction.atomic():
        supplement = propose_supplement(invoice, [row], reason=CreditNote.Reason.QUOTIENT, words="Quotient.", at=NOON)
    corrections.confirm_supplement(supplement=supplement, by=UserFactory(agent=True), at=NOON)

    november = invoice_of(martin, month=NOVEMBER, at=DECEMBER_8)

    assert november.total == Decimal("1.50")
    assert list(november.lines.values_list("day", "rule", "band", "amount")) == [
        (line.day, "complement", "C", Decimal("1.50"))
    ]
    assert Invoice.objects.get(pk=invoice.pk).total == Decimal("12.00")
    book(martin, martin.custodies.get().child, [date(2026, 12, 3)])
    december = invoice_of(martin, month=date(2026, 12, 1), at=datetime(2027, 1, 8, 6, tzinfo=PARIS))
    assert december.total == Decimal("3.00"), "once only"


def test_an_allocation_is_of_a_payment_or_of_a_credit_note(invoice):
    note, payment = confirm(propose(invoice, "1.00")), pay(invoice, "1.00")
    other = household("Durand")
    book(other, "Zoé", [date(2026, 11, 5)])
    november = invoice_of(other, month=NOVEMBER, at=DECEMBER_8)
    for wrong in ({}, {"payment": payment, "credit_note": note}):
        with pytest.raises(IntegrityError, match="allocation_of_a_payment_or_a_credit_note"), transaction.atomic():
            Allocation.objects.create(invoice=november, amount=1, **wrong)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_the_family_reads_its_credit_notes_and_another_does_not(invoice, martin, client):
    number = confirm(propose(invoice, "1.00")).number
    client.force_login(martin.guardians.get().user)
    assert f"Avoir {number}" in client.get("/factures/").content.decode()
    assert f"/avoirs/{number}/" in client.get(f"/factures/{invoice.number}/").content.decode()
    page = client.get(f"/avoirs/{number}/").content.decode()
    for words in ("Erreur de prix", "La tranche n’était pas la bonne.", "4 × 1,00", "Déduit de la facture"):
        assert words in page, words
    assert client.get(f"/avoirs/{number}/pdf/").content.startswith(b"%PDF")

    client.force_login(household("Durand").guardians.get().user)
    assert client.get(f"/avoirs/{number}/").status_code == client.get(f"/avoirs/{number}/pdf/").status_code == 404


def test_the_regie_proposes_confirms_by_the_handful_refuses_and_lists_what_is_due(invoice, regisseur, client):
    client.force_login(regisseur)
    lines = [line.pk for line in invoice.lines.all()]
    asked = {"reason": "prix", "words": "Erreur.", "per_line": "", "lines": lines[:1]}
    page = f"/admin/billing/invoice/{invoice.pk}/avoir/"
    assert "Écrivez un montant supérieur à zéro" in client.post(page, {**asked, "per_line": "0"}).content.decode()
    assert client.post(page, asked).status_code == 302
    second = propose(invoice, None, invoice.lines.all()[1:2])
    third = propose(invoice, None, invoice.lines.all()[2:3])
    first = CreditNote.objects.order_by("pk").first()
    pay(invoice)

    notes = "/admin/billing/creditnote/"
    ticked = {"action": "confirm", "_selected_action": [first.pk, second.pk]}
    assert "confirmés : 2" in client.post(notes, ticked, follow=True).content.decode()
    assert set(CreditNote.objects.exclude(number=None).values_list("number", flat=True)) == {
        "A2026-000001",
        "A2026-000002",
    }
    client.post(f"{notes}{third.pk}/refuser/", {"why": "Prix juste."})
    third.refresh_from_db()
    assert (third.status, third.refusal, third.decided_by) == ("refuse", "Prix juste.", regisseur)
    text = client.get(f"{notes}{first.pk}/change/").content.decode()
    assert "3,00" in text
    due = client.get(notes + "restes-csv/").content.decode("utf-8-sig").splitlines()
    assert [row.split(";")[-1] for row in due[1:]] == ["3,00", "3,00"]
    client.post(f"{notes}{first.pk}/rembourse/", {"reference": "Mandat 7"})
    assert spare_of(first) == 0


def test_other_agents_read_and_decide_nothing(invoice, client):
    note = propose(invoice, "1.00")
    client.force_login(UserFactory(agent=True, role=roles.AGENTS))
    assert client.get("/admin/billing/creditnote/").status_code == 200
    assert client.post(f"/admin/billing/creditnote/{note.pk}/confirmer/").status_code == 403
    assert client.post(f"/admin/billing/invoice/{invoice.pk}/avoir/", {}).status_code == 403
    assert Supplement.objects.count() == 0


# --- At once ----------------------------------------------------------------------------------------------------------


def twice(note, monkeypatch):
    monkeypatch.setattr(corrections.deciding, "owed_each", meeting_after(corrections.deciding.owed_each))
    people = [UserFactory(agent=True), UserFactory(agent=True)]
    return at_once(*[lambda by=by: confirm(note, by) for by in people])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_agents_who_confirm_at_once_make_one_credit_note(invoice, monkeypatch):
    note = propose(invoice, "1.00")
    answers = twice(note, monkeypatch)
    assert {answer.number for answer in answers} == {"A2026-000001"}
    assert len({answer.decided_by_id for answer in answers}) == 1
    assert owed_on(invoice.pk) == Decimal("8.00")
    assert Email.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_second_falls_on_what_the_database_refuses(invoice, monkeypatch):
    # Both give themselves a number: the counter makes the second wait, and the frozen note refuses its own.
    note = propose(invoice, "1.00")
    take_locks_away(monkeypatch)
    monkeypatch.setattr(corrections.deciding, "take_numbers", meeting_before_number())
    answers = at_once(*[lambda: confirm(note)] * 2)
    assert sorted(isinstance(answer, Exception) for answer in answers) == [False, True]


def meeting_before_number():
    from castres_portal.base.numbering import take_numbers
    from castres_portal.base.tests.races import meeting_before

    return meeting_before(take_numbers)


def pay_what_is_owed(invoice, owed):
    """A payment as the ledger writes it: what is owed is read under the invoice's lock."""
    from billing.services.payments.locks import lock_invoices

    with transaction.atomic():
        lock_invoices([invoice.pk])
        share = part_for_invoice(invoice.total, owed(invoice.pk))
        return pay(invoice, share) if share else None


def credit_while_paid(invoice, monkeypatch):
    note = propose(invoice, "1.00")
    meeting = meeting_after(lambda: None)

    def owed(pk):
        answer = owed_on(pk)
        meeting()
        return answer

    real = corrections.deciding.owed_each

    def owed_each(ids):
        answer = real(ids)
        meeting()
        return answer

    monkeypatch.setattr(corrections.deciding, "owed_each", owed_each)
    at_once(lambda: confirm(note), lambda: pay_what_is_owed(invoice, owed))
    return owed_on(invoice.pk)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_confirmed_while_a_payment_arrives_the_invoice_is_never_overpaid(invoice, monkeypatch):
    assert credit_while_paid(invoice, monkeypatch) == Decimal("0.00")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_overpaid(invoice, monkeypatch):
    take_locks_away(monkeypatch)
    expect_both(monkeypatch)
    assert credit_while_paid(invoice, monkeypatch) == Decimal("-4.00")
