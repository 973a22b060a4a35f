"""What every way to pay on line can do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from billing.models import PaymentAttempt
from billing.payzen.transactions import Transaction


class ProviderUnavailable(Exception):
    """The payer cannot leave for the bank now; the message is a French sentence for the family."""


@dataclass(frozen=True, slots=True)
class Departure:
    """How the payer’s browser leaves: a form, its method and hidden fields. ``bank_operation`` is what PayFiP opened."""

    action_url: str
    method: str
    fields: dict[str, str] = field(repr=False)
    bank_operation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What every bank is told of an attempt: what the payer reads, her address, and where to notify and to come back."""

    description: str
    payer_email: str = field(repr=False)
    notification_url: str
    return_url: str


class Asker(Protocol):
    """An open line to a bank, for some questions in a row."""

    def told_of(self, attempt: PaymentAttempt) -> list[Transaction]:
        """Every transaction that the bank knows of an attempt, none when nobody paid. Raises RestError."""

    def close(self) -> None:
        """Hang up."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Provider(Protocol):
    """A way to pay on line. Its functions may speak to the bank: never call them while a row is locked."""

    key: str
    label: str
    explanation: str
    # The bank’s page is left open no longer than that.
    page_life: timedelta

    def account(self) -> tuple[str, str]:
        """Return shop and mode, as the attempt keeps them. Raises ProviderUnavailable without a good configuration."""

    def reference(self, number: str, rank: int) -> str:
        """Return the bank’s reference of the n-th attempt on an invoice: unique, stable, in the signs that it accepts."""

    def series(self, at: datetime) -> str:
        """Return the counter that numbers a day’s attempts, empty when the bank asks for no number."""

    def depart(self, attempt: PaymentAttempt, order: Order) -> Departure:
        """Say how the payer leaves. Raises ProviderUnavailable."""

    def asker(self) -> Asker:
        """Open a line to ask. Raises RestError or a configuration error when the bank cannot be asked at all."""
