"""What the agents' authenticator applications would show: in the demonstration nobody has their telephone."""

import time
from dataclasses import dataclass

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt

from castres_portal.demo.accounts import STAFF


@dataclass(frozen=True)
class OneTimeCode:
    """An agent's present code, in two halves, and how many seconds it still holds."""

    name: str
    email: str
    purpose: str
    code: str
    seconds: int


def current_codes() -> list[OneTimeCode]:
    """Return the codes of the named agents; the real time counts here, as in a telephone, whatever the portal's clock."""
    now = int(time.time())
    period = int(app_settings.TOTP_PERIOD)
    secrets = {
        row.user.email: decrypt(row.data["secret"])
        for row in Authenticator.objects.filter(
            type=Authenticator.Type.TOTP, user__email__in=[account.email for account in STAFF]
        ).select_related("user")
    }
    return [
        OneTimeCode(
            name=account.name,
            email=account.email,
            purpose=account.purpose,
            code=format_hotp_value(hotp_value(secrets[account.email], now // period)),
            seconds=period - now % period,
        )
        for account in STAFF
        if account.email in secrets
    ]
