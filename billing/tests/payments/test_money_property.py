"""Whatever the bank says, whatever is brought to the counter meanwhile: the ledger is the money that moved."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Payment, PayzenMessage
from billing.payzen.notification import BadSignature
from billing.queries.credit import credit_of
from billing.queries.payments import owed_on
from billing.services import payments
from billing.services.till import collect, reverse_collection
from billing.tests.till import world as counter
from castres_portal.base import clock

from . import world
from .test_ledger_property import FINAL_MONEY, LIVES, answers_of, one_example, words_of

pytestmark = pytest.mark.django_db

BILLS = {"2609000001": "20.00", "2610000001": "30.00"}


@st.composite
def stories(draw):
    """One or two attempts, each over one bill or both, each a life at the bank, perhaps refunded in part."""
    attempts = []
    for number in range(draw(st.integers(1, 2))):
        bills = draw(st.sampled_from([[0], [1], [0, 1]]))
        life = draw(st.sampled_from(LIVES))
        cents = draw(st.lists(st.integers(1, 900), max_size=2)) if life[-1] == "CAPTURED" else []
        refunds = [(f"{number}c{place}", ["AUTHORISED"], each) for place, each in enumerate(cents)]
        attempts.append((bills, ([(f"{number}m", life, 0)], refunds)))
    return attempts


counter_payments = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4000), st.booleans()), max_size=3)


class Till:
    """The counter: takes money for an invoice, what exceeds it being the household's, and calls it off when a cheque bounces."""

    def __init__(self, family, bills):
        self.family, self.bills, self.total = family, bills, Decimal(0)
        self.user = counter.regisseur()

    def take(self, place, cents, bounces):
        amount, bill = Decimal(cents) / 100, self.bills[place]
        part = min(amount, owed_on(bill.pk))
        if not part:  # the counter takes nothing where nothing is owed
            return
        taken = collect(
            family=self.family,
            handed=counter.handed(Payment.Means.CHEQUE, amount),
            parts={bill.pk: part},
            keep_surplus=True,
            submission=uuid4(),
            by=self.user,
            at=clock.now(),
        )
        self.total += amount
        if bounces:
            reverse_collection(
                payment=taken.payment, cause="impaye", reason="sans provision", by=self.user, at=clock.now()
            )
            self.total -= amount


def forge(fields):
    """Somebody writes in the bank's place, without its key."""
    with pytest.raises(BadSignature):
        body = world.signed_body(fields, "une-autre-cle")
        world.verify(world.parse_notification(body, world.FORM_TYPE), world.payzen_config())


def alter(fields):
    """A message well signed that says another sum: money that does not fit is shown, never credited by itself."""
    if fields["vads_operation_type"] == "DEBIT":
        world.apply({**fields, "vads_amount": "9999", "vads_effective_amount": "9999"})


def use_credit(family):
    with suppress(payments.CreditRefused):
        payments.use_credit(family=family, by=world.parent(family), at=clock.now())


def check_always(family, bills):
    for bill in bills:
        assert 0 <= world.owed(bill) <= bill.total
    assert credit_of(family) >= 0
    assert world.ledger() == credit_of(family) + sum(bill.total - world.owed(bill) for bill in bills)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), story=stories(), brought=counter_payments)
def test_any_messages_over_any_counter_payments_leave_the_money_that_moved(data, story, brought, noon):
    with one_example():
        family = world.household("F000001", "Martin")
        bills = [world.invoice(family, number, total, month=date(2026, 9 + place, 1))
                 for place, (number, total) in enumerate(BILLS.items())]  # fmt: skip
        till = Till(family, bills)
        attempts = [
            world.click_all(*[bills[place] for place in places], at=world.CLICKED_AT + timedelta(minutes=n), confirmed=True)
            .attempt
            for n, (places, _) in enumerate(story)
        ]  # fmt: skip
        lives = [life for _, life in story]

        words = list(words_of(lives, attempts))
        said = data.draw(st.lists(st.sampled_from(words), max_size=len(words) + 3))  # lost, repeated, out of order
        events = [lambda fields=fields: world.apply(fields) for fields in said]
        events += [lambda each=each: till.take(*each) for each in brought]
        events += [lambda: use_credit(family)] * data.draw(st.integers(0, 2))
        events += [
            lambda deed=deed: deed(words[0])
            for deed in data.draw(st.lists(st.sampled_from([forge, alter]), max_size=2))
        ]
        for event in data.draw(st.permutations(events)):
            event()
            check_always(family, bills)

        bank = world.AskedBank(*answers_of(lives, attempts))
        for attempt in attempts:
            payments.ask_about(attempt.pk, bank, at=clock.now())
        payments.apply_stored_messages(at=clock.now() + timedelta(minutes=1))

        check_always(family, bills)
        moved = till.total
        for (life,), refunds in lives:
            asked = attempts[int(life[0][0])].amount
            moved += asked if life[1][-1] in FINAL_MONEY else 0
            moved -= sum(Decimal(cents) / 100 for _, _, cents in refunds)
        assert world.ledger() == moved
        assert not PayzenMessage.objects.filter(outcome=PayzenMessage.Outcome.STORED).exists()
