"""PayZen’s daily file, dropped by the régisseur this week: the last day of card payments, on which all agrees. All fictional."""

from datetime import UTC, date, datetime, time, timedelta

from accounts.models import User
from billing.payzen.config import PayzenConfigError, payzen_config
from billing.services.daily import compare_file
from castres_portal.demo.accounts import REGISSEUR
from castres_portal.demo.seed.agenda import at_hour
from castres_portal.demo.seed.bank import past_payments

HEADS = (
    "TRANSACTION_ID;TRANSACTION_TYPE;PAYMENT_DATE;PAYMENT_TIME;AMOUNT;CURRENCY;ORDER_ID;CAPTURE_DATE;TRANSACTION_UUID"
)
BUSY = 3  # payments that make a day worth showing


def add_daily_file(today: date) -> None:
    """Drop the file of the last day (UTC) with some payments, on the morning after it, as it came by mail."""
    try:
        shop = payzen_config()
    except PayzenConfigError:  # a town without a bank has no file
        return
    days: dict[date, list[str]] = {}
    for told in past_payments():
        created = datetime.fromisoformat(told["created_at"]).astimezone(UTC)
        captured = datetime.fromisoformat(told["captured_at"]).astimezone(UTC)
        days.setdefault(created.date(), []).append(
            f"TRANSACTION;{told['trans_id']};DEBIT;{created:%Y%m%d};{created:%H%M%S};{told['amount']};978;{told['order_id']};"
            f"{captured:%Y%m%d};{told['uuid']};CAPTURED;"
        )
    busy = [day for day, lines in days.items() if len(lines) >= BUSY and day < today - timedelta(days=1)]
    if not busy:
        return
    day = max(busy)
    written = datetime.combine(day + timedelta(days=1), time(0, 55), UTC)
    lines = [
        f"TITRE;PORTAIL_FAMILLES;{written:%y/%m/%d_%H:%M:%S};TABLE_V_CUSTOM;",
        f"ENTETE;{HEADS};TRANSACTION_STATUS;",
        *days[day],
    ]
    compare_file(
        content="".join(f"{line}\r\n" for line in lines).encode(),
        name=f"TEST_JT_PORTAIL_FAMILLES_{shop.site_id}_{day:%y%m%d}.csv",
        by=User.objects.get(email=REGISSEUR.email),
        at=at_hour(day + timedelta(days=1), time(8, 50)),
    )
