"""PayFiP: an operation opened before the payer leaves; whatever notifies us, only its answer to our question is believed."""

import logging
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from billing.models import PaymentAttempt
from billing.payfip.client import Client, OrderRefused, PayfipOrder
from billing.payfip.config import PayfipConfig, PayfipConfigError, payfip_config
from billing.payzen.rest import RestError
from billing.payzen.transactions import Transaction
from billing.providers.base import Departure, Order, ProviderUnavailable
from castres_portal.base.clock import in_paris

log = logging.getLogger(__name__)
UNAVAILABLE = "PayFiP ne répond pas pour le moment. Rien n’est débité\u00a0: réessayez dans quelques minutes."


class Payfip:
    """The régie at PayFiP."""

    key = PaymentAttempt.Provider.PAYFIP.value
    label = "Carte bancaire ou prélèvement"
    explanation = "sur PayFiP, le service de paiement de l’État"
    # An operation can be paid for fifteen minutes; five more leave room for its result.
    page_life = timedelta(minutes=20)

    def account(self) -> tuple[str, str]:
        """Return the régie’s number and the kind of payments."""
        config = _config()
        return config.numcli, config.saisie

    def reference(self, number: str, rank: int) -> str:
        """Return « 2610000001P002 »: letters and digits only."""
        return f"{number}P{rank:03d}"

    def series(self, at: datetime) -> str:
        """PayFiP numbers its operations itself."""
        return ""

    def depart(self, attempt: PaymentAttempt, order: Order) -> Departure:
        """Open the operation and lead to its page."""
        config = _config()
        try:
            with Client(config) as client:
                idop = client.create(
                    PayfipOrder(
                        refdet=attempt.order_id,
                        amount_cents=int(attempt.amount * 100),
                        year=in_paris(attempt.created_at).year,
                        description=order.description,
                        payer_email=order.payer_email,
                        notification_url=order.notification_url,
                        return_url=order.return_url,
                    )
                )
        except OrderRefused as refused:
            raise ProviderUnavailable(str(refused)) from refused
        except RestError as error:
            log.error("PayFiP n’a pas ouvert le paiement %s\u00a0: %s", attempt.order_id, error.code)
            raise ProviderUnavailable(UNAVAILABLE) from error
        return Departure(config.payment_url, "get", {"idop": idop}, bank_operation=idop)

    def asker(self) -> "PayfipAsker":
        """Open a line to the web service."""
        return PayfipAsker(Client(payfip_config()))


class PayfipAsker:
    """A line to PayFiP’s web service."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def told_of(self, attempt: PaymentAttempt) -> list[Transaction]:
        """What became of an attempt’s operation, if anything; an operation that was never opened paid nothing."""
        told = self._client.details(attempt.bank_operation) if attempt.bank_operation else None
        return [told] if told else []

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _config() -> PayfipConfig:
    try:
        return payfip_config()
    except PayfipConfigError as error:
        log.error("PayFiP impossible\u00a0: %s", error)
        raise ProviderUnavailable("Le paiement en ligne est indisponible pour le moment.") from error
