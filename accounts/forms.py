"""allauth's forms, in the words of the rest of the portal."""

from typing import Any

from allauth.account import forms

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
