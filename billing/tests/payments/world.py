"""The cast of the payments: the Martins and their invoice, the Durands who must see nothing of it, and a bank to speak for.

Everybody is fictional.
"""

import time
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from billing.models import Allocation, BillingRun, Invoice, Payment, PaymentAttempt, PaymentWindow
from billing.payzen import form
from billing.payzen.config import payzen_config
from billing.payzen.notification import FORM_TYPE, parse_notification, verify
from billing.payzen.rest import RestError
from billing.payzen.signature import sign
from billing.payzen.transactions import Channel, Transaction
from billing.services.payments import Started, apply_message, start_payment, store_notification
from castres_portal.base import clock
from castres_portal.base.clock import PARIS
from families.models import Family, Guardian

IPN = "/paiement/payzen/ipn/"
CLICKED_AT = datetime(2026, 11, 19, 12, 6, tzinfo=PARIS)
OPENS_AT = datetime(2026, 11, 8, 9, 30, tzinfo=PARIS)
CLOSES_AT = datetime(2026, 11, 30, 23, 59, tzinfo=PARIS)


def show(at: datetime) -> None:
    """Set the portal's clock (with the `settings` fixture, which puts it back)."""
    settings.PORTAL_CLOCK = f"{at:%Y-%m-%dT%H:%M:%S}@{time.time()}"


def household(number: str, name: str, *, adults: Iterable[str] = ("parent",)) -> Family:
    family = Family.objects.create(number=number, name=name, street="1 rue de la Démonstration", postcode="81100")
    for first_name in adults:
        Guardian.objects.create(
            family=family,
            user=User.objects.create_user(f"{first_name}.{name}@example.org".lower(), "mot de passe de test"),
            title=Guardian.Title.MRS,
            first_name=first_name,
            last_name=name,
            pays=not family.guardians.exists(),
        )
    return family


def parent(family: Family, place: int = 0) -> User:
    return family.guardians.order_by("pk")[place].user


def invoice(
    family: Family, number: str = "2610000001", total: str = "63.98", month: date = date(2026, 10, 1), **window: Any
) -> Invoice:
    run, _ = BillingRun.objects.get_or_create(month=month, defaults={"started_at": OPENS_AT})
    issued = Invoice.objects.create(
        number=number,
        run=run,
        family=family,
        payer=family.guardians.get(pays=True),
        month=month,
        issued_on=date(2026, 11, 8),
        issued_at=OPENS_AT,
        payer_name="Mme Démonstration MARTIN",
        payer_address="1 rue de la Démonstration\n81100 Castres",
        regie="Régie (démonstration)",
        total=Decimal(total),
    )
    times = {"opens_at": OPENS_AT, "closes_at": CLOSES_AT, "due_on": date(2026, 11, 30), **window}
    PaymentWindow.objects.create(invoice=issued, **times)
    return issued


def click(on: Invoice, *, at: datetime = CLICKED_AT, user: User | None = None, confirmed: bool = False) -> Started:
    return click_all(on, at=at, user=user, confirmed=confirmed)


def click_all(*on: Invoice, at: datetime = CLICKED_AT, user: User | None = None, confirmed: bool = False) -> Started:
    family = on[0].family
    ids = [each.pk for each in on]
    return start_payment(invoice_ids=ids, family=family, user=user or parent(family), at=at, confirmed=confirmed)


def attempt(on: Invoice, **options: Any) -> PaymentAttempt:
    return click(on, **options).attempt


def owed(on: Invoice) -> Decimal:
    return on.total - sum((share.amount for share in Allocation.objects.filter(invoice=on)), Decimal(0))


def ledger() -> Decimal:
    """All the money that the portal believes it has."""
    return sum((payment.amount for payment in Payment.objects.all()), Decimal(0))


def uuid() -> str:
    return uuid4().hex


def word(about: PaymentAttempt, status: str = "AUTHORISED", **changes: str) -> dict[str, str]:
    """What the bank says of an attempt, unsigned; a change of "-" takes the field away."""
    cents = str(int(about.amount * 100))
    fields = {
        "site_id": about.site_id,
        "ctx_mode": about.mode,
        "order_id": about.order_id,
        "trans_id": about.trans_id,
        "trans_date": form.trans_date(about.created_at),
        "trans_uuid": "a" * 32,
        "trans_status": status,
        "operation_type": "DEBIT",
        "amount": cents,
        "currency": "978",
        "effective_amount": cents,
        "effective_creation_date": form.trans_date(about.created_at),
        "auth_number": "3fcdd2",
        "card_brand": "CB",
        "card_number": "497010XXXXXX0014",
        "expiry_month": "6",
        "expiry_year": "2030",
        "hash": uuid() * 2,
        "url_check_src": "PAY",
        **changes,
    }
    return {f"vads_{name}": value for name, value in fields.items() if value != "-"}


def abandon(about: PaymentAttempt) -> dict[str, str]:
    return word(about, "ABANDONED", trans_uuid="-", operation_type="-", effective_amount="", auth_number="")


def refund(about: PaymentAttempt, cents: int, **changes: str) -> dict[str, str]:
    fields = {
        "operation_type": "CREDIT",
        "trans_uuid": "f" * 32,
        "trans_id": "930244",
        "trans_date": "20261121090000",
        "amount": str(cents),
        "effective_amount": str(cents),
        "url_check_src": "MERCH_BO",
    }
    return word(about, **{**fields, **changes})


def signed_body(fields: dict[str, str], key: str | None = None) -> bytes:
    return urlencode({**fields, "signature": sign(fields, key or payzen_config().key)}).encode()


def deliver(fields: dict[str, str], *, key: str | None = None, path: str = IPN) -> HttpResponse:
    """The bank signs and posts, as a stranger without cookie whom CSRF protection would turn away."""
    return deliver_body(signed_body(fields, key), path=path)


def deliver_body(body: bytes, *, path: str = IPN, content_type: str = FORM_TYPE) -> HttpResponse:
    return Client(enforce_csrf_checks=True).post(path, data=body, content_type=content_type)


def apply(fields: dict[str, str]) -> None:
    """As `deliver`, without the web: the message is read, verified, kept and applied."""
    verified = verify(parse_notification(signed_body({**fields, "vads_hash": uuid()}), FORM_TYPE), payzen_config())
    message, _ = store_notification(verified, at=clock.now())
    apply_message(message.pk, at=clock.now())


def answer(about: PaymentAttempt, status: str = "AUTHORISED", **changes: Any) -> Transaction:
    """What the bank answers of an attempt when it is asked."""
    values: dict[str, Any] = {
        "channel": Channel.REST,
        "order_id": about.order_id,
        "trans_uuid": "a" * 32,
        "trans_id": about.trans_id,
        "trans_date": form.trans_date(about.created_at),
        "operation": "DEBIT",
        "status": status,
        "amount_cents": int(about.amount * 100),
        "currency": "978",
        "effective_amount_cents": int(about.amount * 100),
        "site_id": about.site_id,
        "mode": about.mode,
        "auth_number": "3fcdd2",
        "authorised_at": about.created_at,
        **changes,
    }
    return Transaction(**values)


class AskedBank:
    """In the place of a line to a bank: answers what it was told to, or fails."""

    def __init__(self, *answers: Transaction, failure: RestError | None = None) -> None:
        self.answers = list(answers)
        self.failure = failure
        self.asked: list[str] = []

    def __enter__(self) -> "AskedBank":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def told_of(self, attempt: PaymentAttempt) -> list[Transaction]:
        self.asked.append(attempt.order_id)
        if self.failure:
            raise self.failure
        return [each for each in self.answers if each.order_id == attempt.order_id]


def money_kept(about: PaymentAttempt) -> bool:
    """True when an attempt brought a payment that the bank did not call off (given back or not)."""
    kinds = list(about.payments.values_list("kind", "transaction_uuid"))
    called_off = {key for kind, key in kinds if kind == Payment.Kind.REVERSAL}
    return any(kind == Payment.Kind.PAYMENT and key not in called_off for kind, key in kinds)
