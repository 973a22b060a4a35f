"""What a household is told of its money at the counter. A household without any address has its paper receipt."""

from billing.models import Allocation, Payment
from billing.till_emails import till_receipt, till_reversal
from castres_portal.base.mail import queue_mails
from families.models import Guardian


def queue_receipt(payment: Payment) -> None:
    """Write the receipt to the household's account holders, or to the payer's address when nobody has an account."""
    shares = list(_shares(payment))
    queue_mails(till_receipt(payment, shares, to=to) for to in addresses_of(payment.family_id))


def queue_reversal(reversal: Payment, original: Payment) -> None:
    """Tell the same people that a payment is called off, and what is owed again."""
    shares = list(_shares(reversal))
    queue_mails(till_reversal(reversal, original, shares, to=to) for to in addresses_of(reversal.family_id))


def addresses_of(family: int) -> list[str]:
    """Return where a household is written to about its money: who is excluded from the file is not."""
    guardians = list(
        Guardian.objects.filter(family=family).exclude(rights=Guardian.Rights.EXCLUDED).select_related("user")
    )
    accounts = [guardian.user.email for guardian in guardians if guardian.user and guardian.user.is_active]
    return accounts or [guardian.email for guardian in guardians if guardian.pays and guardian.email]


def _shares(payment: Payment) -> list[Allocation]:
    rows = Allocation.objects.filter(payment=payment).select_related("invoice")
    return list(rows.order_by("invoice__month", "invoice__number"))
