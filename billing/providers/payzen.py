"""PayZen: a form signed at the click; the bank’s signed message, or its answer to our question."""

import logging
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from billing.models import PaymentAttempt
from billing.payzen import form, schedule
from billing.payzen.config import PayzenConfig, PayzenConfigError, payzen_config
from billing.payzen.rest import Client
from billing.payzen.transactions import Transaction
from billing.providers.base import Departure, Order, ProviderUnavailable

log = logging.getLogger(__name__)
UNAVAILABLE = "Le paiement en ligne est indisponible pour le moment."


class Payzen:
    """The town’s shop at PayZen."""

    key = PaymentAttempt.Provider.PAYZEN.value
    label = "Carte bancaire"
    explanation = "sur PayZen, la page de paiement sécurisée de la banque"
    page_life: timedelta = schedule.ASK_AFTER[0]

    def account(self) -> tuple[str, str]:
        """Return the shop’s number and its mode."""
        config = _config()
        return config.site_id, config.mode

    def reference(self, number: str, rank: int) -> str:
        """Return « 2610000001-2 »."""
        return f"{number}-{rank}"

    def series(self, at: datetime) -> str:
        """Return the counter of the shop’s transactions of a day, in UTC as PayZen counts them."""
        site_id, mode = self.account()
        return f"payzen-{site_id}-{mode}-{form.trans_day(at):%Y-%m-%d}"

    def depart(self, attempt: PaymentAttempt, order: Order) -> Departure:
        """Sign the form; an attempt with instalments asks for them."""
        planned = list(attempt.instalments.order_by("rank")[:2])
        config = "SINGLE"
        if planned:
            days = (planned[1].due_on - planned[0].due_on).days
            cents, count = int(planned[0].amount * 100), attempt.instalments.count()
            config = form.in_instalments(cents, count=count, days=days)
        signed = form.build_form(
            form.PaymentOrder(
                order_id=attempt.order_id,
                trans_id=attempt.trans_id,
                amount_cents=int(attempt.amount * 100),
                created_at=attempt.created_at,
                description=order.description,
                return_url=order.return_url,
                notification_url=order.notification_url,
                payer_email=order.payer_email,
                payer_reference=attempt.family.number,
                payment_config=config,
            ),
            _config(),
        )
        return Departure(signed.action_url, "post", signed.fields)

    def asker(self) -> "PayzenAsker":
        """Open a line to the REST interface."""
        return PayzenAsker(Client(payzen_config()))


class PayzenAsker:
    """A line to PayZen’s REST interface."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def told_of(self, attempt: PaymentAttempt) -> list[Transaction]:
        """Every transaction, refunds included, that PayZen recorded for an attempt."""
        return self._client.order_get(attempt.order_id)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _config() -> PayzenConfig:
    try:
        return payzen_config()
    except PayzenConfigError as error:
        log.error("Paiement en ligne impossible\u00a0: %s", error)
        raise ProviderUnavailable(UNAVAILABLE) from error
