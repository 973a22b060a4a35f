"""A small town whose accounts are right, and ways to spoil them behind the portal's back."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from accounts.roles import REGISSEURS
from billing.models import Discrepancy, Invoice, Payment, PaymentWindow
from billing.services.reconciliation import reconcile_accounts
from billing.services.till import Handed, collect
from billing.tests import factories
from billing.tests.factories import NOON, TariffFactory, book, household
from billing.tests.payments import world as bank
from reservations.models import Booking

NIGHT = NOON + timedelta(days=2)


class Town:
    """Three households invoiced for October: one paid by card, one at the counter by cheque, one not yet."""

    def __init__(self):
        TariffFactory()
        self.regisseur = User.objects.create_user("regisseur@example.org", "mot de passe de test")
        self.regisseur.groups.add(Group.objects.get(name=REGISSEURS))
        self.families = [household(name) for name in ("Martin", "Durand", "Petit")]
        for family in self.families:
            book(family)
        factories.issue()
        self.by_card, self.at_counter, self.unpaid = (Invoice.objects.get(family=each) for each in self.families)
        PaymentWindow.objects.update(opens_at=bank.OPENS_AT, closes_at=bank.CLOSES_AT)
        self.attempt = bank.attempt(self.by_card)
        self.hear("AUTHORISED")
        self.card = Payment.objects.get(attempt=self.attempt)
        handed = Handed(means="cheque", amount=self.at_counter.total, bank="Banque fictive", cheque_number="0012345")
        self.cheque = collect(
            family=self.families[1],
            handed=handed,
            parts={self.at_counter.pk: self.at_counter.total},
            keep_surplus=False,
            submission=uuid4(),
            by=self.regisseur,
            at=NOON,
        ).payment

    def hear(self, status, **changes):
        """The bank says something of the attempt."""
        bank.apply(bank.word(self.attempt, status, **changes))

    def grow(self, number):
        """More households, booked, invoiced and paid by card."""
        families = [household(f"Voisin{rank}") for rank in range(number)]
        for family in families:
            book(family)
        factories.issue()
        PaymentWindow.objects.update(opens_at=bank.OPENS_AT, closes_at=bank.CLOSES_AT)
        for rank, family in enumerate(families):
            attempt = bank.attempt(Invoice.objects.get(family=family))
            bank.apply(bank.word(attempt, trans_uuid=f"{rank:032x}"))

    def book_after(self, day):
        """Write a booking as if it had been there when the invoice was made."""
        old = Booking.objects.filter(family=self.families[2]).first()
        return Booking.objects.create(
            enrolment=old.enrolment,
            child=old.child,
            family=old.family,
            activity=old.activity,
            site=old.site,
            day=day,
            booked_at=old.booked_at,
        )


def check(at=NIGHT, month=None):
    return reconcile_accounts(at=at, month=month)


def found():
    """The kinds of what is open, in order."""
    return sorted(Discrepancy.objects.filter(gone_at=None).values_list("kind", flat=True))


@contextmanager
def behind_its_back():
    """Let a test do what the database refuses: triggers away, constraints not looked at."""
    with connection.cursor() as cursor:
        aside = _postgresql_aside if connection.vendor == "postgresql" else _sqlite_aside
        with aside(cursor):
            yield


@contextmanager
def _postgresql_aside(cursor):
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE contype = 'c' AND conrelid::regclass::text LIKE 'billing_%'"
    )
    checks = cursor.fetchall()
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute("SET session_replication_role = replica")
    for table, name in checks:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    # The transaction of the test puts them back.
    yield
    cursor.execute("SET session_replication_role = origin")


@contextmanager
def _sqlite_aside(cursor):
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
        for _, sql in triggers:
            cursor.execute(sql)
