"""allauth's forms, in the words of the rest of the portal."""

from typing import Any

from allauth.account import forms
from allauth.core import context
from allauth.mfa.base import forms as factors
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.forms import HiddenInput

from accounts.devices import label_of

ADDRESS = "Adresse électronique"


class LoginForm(forms.LoginForm):
    """Sign-in by address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = ADDRESS


class ResetPasswordForm(forms.ResetPasswordForm):
    """The address to which a link is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = ADDRESS


class AddEmailForm(forms.AddEmailForm):
    """The address that will replace the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Nouvelle adresse électronique"


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A passkey that opens the space by itself: it lives in the device, which checks a fingerprint, a face or a PIN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": label_of(context.request), "passwordless": True, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Nom de cette clé"
        self.fields["name"].max_length = 80
        self.fields["name"].help_text = "Pour la reconnaître dans votre liste : l’appareil où elle est."
        self.fields["passwordless"].widget = HiddenInput()


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Nom de cette clé"
        self.fields["name"].max_length = 80


class _Code:
    """What the fields of one-time codes share."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]  # type: ignore[attr-defined]
        code.label, code.widget.attrs["placeholder"] = self.words, ""  # type: ignore[attr-defined]


class CodeForm(_Code, factors.AuthenticateForm):
    """The code asked after the password."""

    words = "Code à six chiffres, ou code de secours"


class CodeAgainForm(_Code, factors.ReauthenticateForm):
    """The code asked again before what matters."""

    words = "Code à six chiffres, ou code de secours"


class ActivateApplicationForm(_Code, totp.ActivateTOTPForm):
    """The first code of an authenticator application."""

    words = "Code à six chiffres"
