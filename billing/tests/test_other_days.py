"""What an invoice charges besides its month's bookings: presences without booking, days noticed late, small months."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import CarriedMonth, Invoice, InvoiceLine
from billing.tests.factories import ISSUED_AT, OCTOBER, WEEK, TariffFactory, book, household, invoice_of, issue
from billing.tests.test_previews import found, preview
from castres_portal.base.clock import PARIS
from reservations.models import Attendance, Booking, SchoolYear

pytestmark = pytest.mark.django_db
NOVEMBER, NOVEMBER_RUN = date(2026, 11, 1), datetime(2026, 12, 8, 6, tzinfo=PARIS)
FRIDAY = date(2026, 10, 16)


@pytest.fixture
def martin(db):
    TariffFactory()
    family = household()
    book(family, "Léa")
    return family


def came(family, day, state="sans-reservation"):
    booking = family.bookings.first()
    return Attendance.objects.create(
        child=booking.child,
        family=family,
        activity=booking.activity,
        site=booking.site,
        day=day,
        state=state,
        touch=uuid4(),
        touched_at=ISSUED_AT,
        received_at=ISSUED_AT,
        by=family.guardians.get().user,
    )


def charged(family, month=OCTOBER, at=ISSUED_AT):
    return [(line.day, line.activity_name, line.amount) for line in invoice_of(family, month=month, at=at).lines.all()]


def test_a_child_who_came_without_booking_is_charged_once(martin, client):
    attendance = came(martin, FRIDAY)
    came(martin, date(2026, 10, 17), state="efface")

    invoice = invoice_of(martin)

    line = invoice.lines.get(booking=None)
    assert (line.attendance, line.activity_name) == (attendance, "Restauration scolaire, sans réservation")
    assert (line.amount, invoice.total) == (Decimal("3.00"), Decimal("15.00"))
    client.force_login(martin.guardians.get().user)
    assert client.get(f"/factures/{invoice.number}/ligne/{line.pk}/").status_code == 200
    issue(NOVEMBER, at=NOVEMBER_RUN)
    assert InvoiceLine.objects.filter(attendance=attendance).count() == 1


def test_a_household_that_only_came_unannounced_has_an_invoice(martin):
    came(martin, FRIDAY)
    Booking.objects.update(status="annulee", cancelled_at=ISSUED_AT)
    assert charged(martin) == [(FRIDAY, "Restauration scolaire, sans réservation", Decimal("3.00"))]


def test_found_after_the_invoice_it_goes_on_the_next_one(martin):
    invoice = invoice_of(martin)
    came(martin, FRIDAY)
    assert charged(martin, NOVEMBER, NOVEMBER_RUN) == [
        (FRIDAY, "Restauration scolaire, sans réservation", Decimal("3.00"))
    ]
    assert invoice.lines.count() == 4


def test_a_presence_that_was_booked_afterwards_is_charged_by_its_booking_alone(martin):
    came(martin, FRIDAY)
    book(martin, martin.custodies.get().child, [FRIDAY])
    assert [day for day, _, _ in charged(martin)].count(FRIDAY) == 1


def test_a_day_booked_after_the_invoice_goes_on_the_next_one(martin):
    invoice_of(martin)
    [booking] = book(martin, martin.custodies.get().child, [FRIDAY])
    Booking.objects.filter(pk=booking.pk).update(booked_at=datetime(2026, 11, 12, 9, tzinfo=PARIS))
    assert charged(martin, NOVEMBER, NOVEMBER_RUN) == [(FRIDAY, "Restauration scolaire", Decimal("3.00"))]
    issue(date(2026, 12, 1), at=datetime(2027, 1, 8, 6, tzinfo=PARIS))
    assert Invoice.objects.count() == 2


# --- Small months -----------------------------------------------------------------------------------------------------


@pytest.fixture
def fifteen_euros(settings):
    settings.BILLING = {**settings.BILLING, "carry_below": Decimal(15)}
    if not SchoolYear.objects.exists():
        SchoolYear.objects.create(
            label="2026-2027", starts_on=date(2026, 9, 1), ends_on=date(2027, 7, 2), enrolment_opens_on=date(2026, 6, 1)
        )


def test_by_default_the_smallest_month_is_invoiced(martin):
    assert invoice_of(martin).total == Decimal("12.00")


def test_a_small_month_goes_on_the_next_invoice(martin, fifteen_euros):
    run = preview()
    assert found(run) == {("Martin", "reporte")}
    issue()
    issue(at=datetime(2026, 11, 9, 6, tzinfo=PARIS))
    assert not Invoice.objects.exists()
    carried = CarriedMonth.objects.get()
    assert (carried.month, carried.amount, carried.invoice) == (OCTOBER, Decimal("12.00"), None)

    book(martin, martin.custodies.get().child, [date(2026, 11, 5)])
    november = invoice_of(martin, month=NOVEMBER, at=NOVEMBER_RUN)

    assert (november.number, november.total) == ("2611000001", Decimal("15.00"))
    assert {line.day for line in november.lines.all()} == {*WEEK, date(2026, 11, 5)}
    carried.refresh_from_db()
    assert carried.invoice == november


def test_it_waits_as_long_as_it_is_small_and_the_end_of_the_year_invoices_all(martin, fifteen_euros):
    issue()
    issue(NOVEMBER, at=NOVEMBER_RUN)
    assert not Invoice.objects.exists()
    july = date(2027, 7, 1)
    invoice = invoice_of(martin, month=july, at=datetime(2027, 8, 8, 6, tzinfo=PARIS))
    assert (invoice.number, invoice.total) == ("2707000001", Decimal("12.00"))
