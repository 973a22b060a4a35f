"""What an absence changes on the invoice: a line at nothing before it is issued, a credit note to confirm after."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import roles
from accounts.tests.factories import UserFactory
from billing.models import Anomaly, CreditNote, Invoice, InvoiceLine
from billing.queries.invoices import bill_of
from billing.services import absences
from billing.services.runs import issuing
from billing.tests.factories import ISSUED_AT, WEEK, TariffFactory, book, household, invoice_of, issue
from castres_portal.base.clock import PARIS
from castres_portal.base.tests.races import TOGETHER, at_once
from families.services.requests import accept_request
from reservations import services
from reservations.tests.factories import AbsenceRuleFactory

pytestmark = pytest.mark.django_db

MON, TUE, THU, FRI = WEEK  # 5, 6, 8 and 9 October 2026
MORNING = datetime(2026, 10, 5, 8, tzinfo=PARIS)


@pytest.fixture
def martin():
    TariffFactory()
    AbsenceRuleFactory()
    family = household()
    book(family)
    return family


@pytest.fixture
def agent():
    return UserFactory(agent=True, role=roles.AGENTS)


def announce(family, *days, reason, at=MORNING):
    guardian = family.guardians.get()
    booking = family.bookings.first()
    return services.announce_absence(
        family=family,
        guardian=guardian,
        user=guardian.user,
        child=booking.child_id,
        activity="restauration",
        days=days,
        reason=reason,
        words="",
        shown=None,
        submission=uuid4(),
        at=at,
    )


def amounts(invoice):
    return {line.day: (line.amount, line.rule) for line in invoice.lines.all()}


def test_an_absence_granted_in_time_is_a_line_at_nothing(martin):
    announce(martin, MON, TUE, reason="sortie")
    invoice = invoice_of(martin)

    zero, full = (Decimal("0.00"), "absence"), (Decimal("3.00"), "quotient")
    assert amounts(invoice) == {MON: zero, TUE: zero, THU: full, FRI: full}
    assert invoice.total == Decimal("6.00")
    assert Anomaly.objects.count() == 0


def test_the_invoice_says_why_these_days_cost_nothing(martin, client):
    announce(martin, MON, reason="sortie")
    invoice = invoice_of(martin)

    basis = {price.basis: price.total for child in bill_of(invoice).children for price in child.prices}
    assert basis == {"absence acceptée, non facturée": Decimal("0.00"), "quotient 850, tranche B": Decimal("9.00")}
    client.force_login(martin.guardians.get().user)
    page = client.get(f"/factures/{invoice.number}/").content.decode()
    assert "absence acceptée, non facturée<details>" in page.replace("\n", "").replace("  ", "").replace("</small>", "")
    assert client.get(f"/factures/{invoice.number}/pdf/").content.startswith(b"%PDF")


@pytest.mark.parametrize("reason, total", [("maladie", "12.00"), ("autre", "12.00"), ("sortie", "9.00")])
def test_carence_pending_proof_and_reasons_that_excuse_nothing_are_charged(martin, reason, total):
    announce(martin, MON, reason=reason)
    assert invoice_of(martin).total == Decimal(total)


def test_a_pending_absence_is_charged_until_it_is_granted(martin, agent):
    absence = announce(martin, MON, TUE, reason="maladie")
    other = household("Durand")
    book(other, "Léo")
    granted = announce(other, MON, TUE, reason="maladie")
    accept_request(request=granted.request, by=agent, words="", at=MORNING)
    issue()

    assert Invoice.objects.get(family=martin).total == Decimal("12.00")
    assert Invoice.objects.get(family=other).total == Decimal("9.00")
    assert absence.request.status == "recue"


def test_a_household_that_owes_nothing_more_has_no_invoice_and_numbers_have_no_gap(martin):
    announce(martin, *WEEK, reason="sortie")
    other = household("Durand")
    book(other, "Léo")
    issue()
    assert [invoice.number for invoice in Invoice.objects.all()] == ["2610000001"]
    assert Invoice.objects.get().family == other


def test_granted_after_the_invoice_it_is_a_proposed_credit_note_and_the_invoice_stays(martin, agent):
    absence = announce(martin, MON, TUE, THU, reason="maladie")
    invoice = invoice_of(martin)
    accept_request(request=absence.request, by=agent, words="", at=ISSUED_AT + timedelta(days=1))

    note = CreditNote.objects.get()
    assert (note.status, note.reason, note.family, note.invoice) == ("propose", "absence", martin, invoice)
    assert (note.total, note.number) == (Decimal("6.00"), None)
    assert note.words == (
        "Absence acceptée, demande n°\u00a0D2026-000001\u00a0: Léa MARTIN, Restauration scolaire, 6 et 8\u00a0octobre."
    )
    assert not Anomaly.objects.exists()
    assert Invoice.objects.get().total == Decimal("12.00")
    assert InvoiceLine.objects.count() == 4


def test_refused_after_the_invoice_nothing_is_amiss(martin, agent):
    from families.services.requests import refuse_request

    absence = announce(martin, MON, TUE, reason="maladie")
    invoice_of(martin)
    refuse_request(request=absence.request, by=agent, words="Certificat illisible.", at=ISSUED_AT)
    assert not CreditNote.objects.exists()


# --- An agent grants it while the month is being invoiced -------------------------------------------------------------


def while_the_run_is_between_reading_and_numbering(monkeypatch, absence, agent):
    """The run has read its bookings; the agent decides; both go on."""
    read, real = threading.Barrier(2), issuing.take_numbers

    def numbering(series, count=1):
        if count == 0:
            with suppress(threading.BrokenBarrierError):
                read.wait(TOGETHER)
            decided.wait(TOGETHER)
        return real(series, count)

    decided = threading.Event()

    def decide():
        with suppress(threading.BrokenBarrierError):
            read.wait(TOGETHER)
        try:
            return accept_request(request=absence.request, by=agent, words="", at=ISSUED_AT)
        finally:
            decided.set()

    monkeypatch.setattr(issuing, "take_numbers", numbering)
    return at_once(issue, decide)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_granted_while_the_month_is_invoiced_it_is_left_out_or_reported(martin, agent, monkeypatch):
    absence = announce(martin, MON, TUE, reason="maladie")
    answers = while_the_run_is_between_reading_and_numbering(monkeypatch, absence, agent)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    charged = InvoiceLine.objects.get(day=TUE).amount > 0
    assert charged == CreditNote.objects.exists()
    assert not charged


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_looking_again_it_is_charged_and_nobody_is_told(martin, agent, monkeypatch):
    monkeypatch.setattr(issuing, "leave_out_absences", lambda month, households: list(households))
    absence = announce(martin, MON, TUE, reason="maladie")
    while_the_run_is_between_reading_and_numbering(monkeypatch, absence, agent)
    assert InvoiceLine.objects.get(day=TUE).amount > 0
    assert not CreditNote.objects.exists()


def granted_while_the_run_holds_the_numbers(monkeypatch, absence, agent):
    """The run has looked at the absences and is about to write; the agent decides; both go on."""
    looked, real = threading.Event(), issuing._invoice

    def writing(*args):
        looked.set()
        threading.Event().wait(0.7)
        return real(*args)

    def decide():
        looked.wait(TOGETHER)
        return accept_request(request=absence.request, by=agent, words="", at=ISSUED_AT)

    monkeypatch.setattr(issuing, "_invoice", writing)
    return at_once(issue, decide)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_granted_while_the_invoice_is_written_it_waits_and_is_reported(martin, agent, monkeypatch):
    absence = announce(martin, MON, TUE, reason="maladie")
    answers = granted_while_the_run_holds_the_numbers(monkeypatch, absence, agent)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert InvoiceLine.objects.get(day=TUE).amount > 0
    assert CreditNote.objects.get().reason == CreditNote.Reason.ABSENCE


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_of_the_numbers_nobody_is_told(martin, agent, monkeypatch):
    monkeypatch.setattr(absences, "take_numbers", lambda series, count: None)
    absence = announce(martin, MON, TUE, reason="maladie")
    granted_while_the_run_holds_the_numbers(monkeypatch, absence, agent)
    assert InvoiceLine.objects.get(day=TUE).amount > 0
    assert not CreditNote.objects.exists()
