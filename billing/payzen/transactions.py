"""One transaction as the rest of `billing` sees it, whether the bank told us or we asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

EURO = "978"
DEBIT = "DEBIT"
CREDIT = "CREDIT"
VERIFICATION = "VERIFICATION"


class Channel(StrEnum):
    """How the transaction reached us."""

    NOTIFICATION = "notification"
    REST = "rest"
    PAYFIP = "payfip"


class Outcome(StrEnum):
    """What a status means for the family. UNKNOWN is shown as pending and reported to the agents, never credited."""

    PAID = "paid"
    PENDING = "pending"
    FAILED = "failed"
    NO_TRANSACTION = "no_transaction"
    NOT_FOR_US = "not_for_us"
    UNKNOWN = "unknown"


# Source: PayZen, field reference `vads_trans_status`. Lyra's own plugins count ACCEPTED and PARTIALLY_AUTHORISED as
# paid; they are not money for the city: the first is never captured, the second is part of a gift card.
OUTCOMES = MappingProxyType(
    {
        "AUTHORISED": Outcome.PAID,
        "CAPTURED": Outcome.PAID,
        "AUTHORISED_TO_VALIDATE": Outcome.PENDING,
        "WAITING_AUTHORISATION": Outcome.PENDING,
        "WAITING_AUTHORISATION_TO_VALIDATE": Outcome.PENDING,
        "UNDER_VERIFICATION": Outcome.PENDING,
        "INITIAL": Outcome.PENDING,
        "SUSPENDED": Outcome.PENDING,
        "WAITING_FOR_PAYMENT": Outcome.PENDING,
        "PENDING": Outcome.PENDING,
        "CAPTURE_PENDING": Outcome.PENDING,
        "REFUND_TO_RETRY": Outcome.PENDING,
        "REFUSED": Outcome.FAILED,
        "EXPIRED": Outcome.FAILED,
        "CANCELLED": Outcome.FAILED,
        "CAPTURE_FAILED": Outcome.FAILED,
        "ABANDONED": Outcome.NO_TRANSACTION,
        "NOT_CREATED": Outcome.NO_TRANSACTION,
        "ACCEPTED": Outcome.NOT_FOR_US,
        "PARTIALLY_AUTHORISED": Outcome.NOT_FOR_US,
        "PRE_AUTHORISED": Outcome.NOT_FOR_US,
    }
)


def outcome_of(status: str, operation: str) -> Outcome:
    """What a status of PayZen means, for an operation DEBIT, CREDIT, VERIFICATION or "" (absent when abandoned).

    A status of success counts as PAID only for a debit or a credit that says so.
    """
    outcome = OUTCOMES.get(status, Outcome.UNKNOWN)
    if operation == VERIFICATION:
        return Outcome.NOT_FOR_US
    if outcome is Outcome.PAID and operation not in (DEBIT, CREDIT):
        return Outcome.UNKNOWN
    return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What the bank says of one transaction. No card number, no expiry date, nothing about the card's holder.

    Amounts are integer cents; `currency` is numeric ("978" is the euro) or, when REST gives another one, its letters.
    `trans_date` has fourteen digits in UTC, or is empty. Instants are aware. `trans_uuid` is the key of the money
    (None when the payer abandoned: nothing exists then). The last status wins per `trans_uuid`, never per order.
    """

    channel: Channel
    order_id: str
    trans_uuid: str | None
    trans_id: str
    trans_date: str
    operation: str
    status: str
    amount_cents: int
    currency: str
    effective_amount_cents: int | None = None
    site_id: str
    mode: str
    auth_number: str = ""
    card_brand: str = ""
    authorised_at: datetime | None = None
    presented_at: datetime | None = None
    captured_at: datetime | None = None
    sequence_number: int | None = None
    parent_uuid: str | None = None
    source: str = ""
    direct_debit: bool = False

    @property
    def outcome(self) -> Outcome:
        """What the status means for the family, the operation taken into account."""
        return outcome_of(self.status, self.operation)

    @property
    def is_payment(self) -> bool:
        """True for money taken from a card and granted: the only case that may credit an invoice."""
        return self.operation == DEBIT and self.outcome is Outcome.PAID

    @property
    def is_refund(self) -> bool:
        """True for money given back at the bank, which reverses as much of what was credited."""
        return self.operation == CREDIT and self.outcome is Outcome.PAID

    @property
    def is_captured(self) -> bool:
        """True once the money is final; until then the bank must be asked again each day."""
        return self.status == "CAPTURED"

    @property
    def is_unsettled(self) -> bool:
        """True while another status may still come: pending, unknown, or authorised but not captured."""
        if self.outcome is Outcome.PAID:
            return not self.is_captured
        return self.outcome in (Outcome.PENDING, Outcome.UNKNOWN)

    @property
    def is_resend(self) -> bool:
        """True when someone, or the automatic retry, sent an earlier message again."""
        return self.source in ("BO", "RETRY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What we signed for this attempt, and the shop that we are."""

    order_id: str
    amount_cents: int
    trans_id: str
    trans_date: str
    site_id: str
    mode: str
    currency: str = EURO


class DiscrepancyKind(StrEnum):
    """What does not agree between the bank's transaction and our attempt."""

    SITE = "site"
    MODE = "mode"
    ORDER = "order"
    OPERATION = "operation"
    CURRENCY = "currency"
    AMOUNT = "amount"
    EFFECTIVE_AMOUNT = "effective_amount"
    TRANS_ID = "trans_id"
    TRANS_DATE = "trans_date"
    NO_UUID = "no_uuid"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference, with the French sentence that the régisseur reads."""

    kind: DiscrepancyKind
    message: str


def check_against(transaction: Transaction, expected: Expected) -> list[Discrepancy]:
    """Every difference between what the bank says and what we signed; empty when all agrees.

    A difference under a good signature is money that moved: store it and show it, never drop it. A refund has its own
    number and date at the bank, and may be partial: only its ceiling is checked.
    """
    checks = [_identity_differences(transaction, expected)]
    if transaction.operation == CREDIT:
        checks.append(_refund_differences(transaction, expected))
    else:
        checks.append(_payment_differences(transaction, expected))
    return [difference for differences in checks for difference in differences]


def _identity_differences(transaction: Transaction, expected: Expected) -> list[Discrepancy]:
    differences = []
    if transaction.site_id != expected.site_id:
        differences.append(_differs(DiscrepancyKind.SITE, "La boutique", transaction.site_id, expected.site_id))
    if transaction.mode != expected.mode:
        differences.append(_differs(DiscrepancyKind.MODE, "Le mode de paiement", transaction.mode, expected.mode))
    if transaction.order_id != expected.order_id:
        differences.append(_differs(DiscrepancyKind.ORDER, "La référence", transaction.order_id, expected.order_id))
    if transaction.currency != expected.currency:
        differences.append(_differs(DiscrepancyKind.CURRENCY, "La monnaie", transaction.currency, expected.currency))
    if transaction.outcome is Outcome.PAID and not transaction.trans_uuid:
        message = "La banque annonce de l’argent sans donner l’identifiant de la transaction."
        differences.append(Discrepancy(DiscrepancyKind.NO_UUID, message))
    if OUTCOMES.get(transaction.status) is Outcome.PAID and transaction.operation not in (DEBIT, CREDIT):
        differences.append(_unknown_operation(transaction.operation))
    return differences


def _payment_differences(transaction: Transaction, expected: Expected) -> list[Discrepancy]:
    differences = []
    if transaction.amount_cents != expected.amount_cents:
        differences.append(
            _differs(
                DiscrepancyKind.AMOUNT, "Le montant", _euros(transaction.amount_cents), _euros(expected.amount_cents)
            )
        )
    effective = transaction.effective_amount_cents
    if effective is not None and transaction.outcome is Outcome.PAID and effective != expected.amount_cents:
        differences.append(
            _differs(
                DiscrepancyKind.EFFECTIVE_AMOUNT,
                "Le montant réellement débité",
                _euros(effective),
                _euros(expected.amount_cents),
            )
        )
    if _given_and_different(transaction, transaction.trans_id, expected.trans_id):
        differences.append(
            _differs(DiscrepancyKind.TRANS_ID, "Le numéro de transaction", transaction.trans_id, expected.trans_id)
        )
    if _given_and_different(transaction, transaction.trans_date, expected.trans_date):
        differences.append(
            _differs(DiscrepancyKind.TRANS_DATE, "La date de transaction", transaction.trans_date, expected.trans_date)
        )
    return differences


def _refund_differences(transaction: Transaction, expected: Expected) -> list[Discrepancy]:
    if 0 < transaction.amount_cents <= expected.amount_cents:
        return []
    refunded, asked = _euros(transaction.amount_cents), _euros(expected.amount_cents)
    message = f"Le remboursement annoncé par la banque ({refunded}) dépasse le montant demandé ({asked})."
    if transaction.amount_cents <= 0:
        message = "La banque annonce un remboursement sans montant."
    return [Discrepancy(DiscrepancyKind.AMOUNT, message)]


def _given_and_different(transaction: Transaction, received: str, expected: str) -> bool:
    # REST gives our number and date with the card's details only; a server message always echoes them.
    if transaction.channel is Channel.REST and not received:
        return False
    return received != expected


def _unknown_operation(operation: str) -> Discrepancy:
    said = f"«\u00a0{operation}\u00a0»" if operation else "sans opération"
    message = f"La banque annonce un accord pour autre chose qu’un paiement ou un remboursement ({said})."
    return Discrepancy(DiscrepancyKind.OPERATION, message)


def _differs(kind: DiscrepancyKind, what: str, received: str, expected: str) -> Discrepancy:
    said = received or "rien"
    return Discrepancy(kind, f"{what} selon la banque ({said}) diffère de notre demande ({expected}).")


def _euros(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", "\u202f") + f",{rest:02d}\u00a0€"
