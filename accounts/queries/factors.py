"""What protects an account besides its password."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator

from accounts.models import User

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True)
class Factors:
    """A person's second factors."""

    has_application: bool = False
    passkeys: int = 0
    recovery_codes: int = 0

    @property
    def any(self) -> bool:
        """Whether something else than the password protects the account."""
        return self.has_application or self.passkeys > 0


def factors_of(user: User) -> Factors:
    """Return what protects an account; one query."""
    rows = list(Authenticator.objects.filter(user=user))
    of_type = {kind: [row for row in rows if row.type == kind] for kind in Authenticator.Type}
    codes = of_type[Authenticator.Type.RECOVERY_CODES]
    return Factors(
        has_application=bool(of_type[Authenticator.Type.TOTP]),
        passkeys=len(of_type[Authenticator.Type.WEBAUTHN]),
        recovery_codes=len(codes[0].wrap().get_unused_codes()) if codes else 0,
    )


def has_strong_factor(user_id: int | None) -> bool:
    """Say whether an application or a passkey protects an account (recovery codes alone do not count)."""
    return Authenticator.objects.filter(user_id=user_id, type__in=STRONG).exists()


def is_last_factor(authenticator: Authenticator) -> bool:
    """Say whether this is the only application or passkey of its owner."""
    if authenticator.type not in STRONG:
        return False
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=STRONG).exclude(pk=authenticator.pk)
    return not others.exists()
