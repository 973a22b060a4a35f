"""Accounts for tests: a parent's, an agent's, with or without a second factor."""

from typing import Any

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.models import User

PASSWORD = "tramontane-Agout-27"


class UserFactory(DjangoModelFactory):
    """An account with a confirmed address; its password is PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        agent = factory.Trait(is_staff=True, email=factory.Sequence(lambda n: f"agent{n}@example.org"))
        administrator = factory.Trait(is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda n: f"parent{n}@example.org")
    title = "Madame"
    first_name = "Claire"
    last_name = factory.Sequence(lambda n: f"Martin{n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)

    @factory.post_generation
    def confirmed(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """The address is confirmed unless the test says ``confirmed=False``."""
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)

    @factory.post_generation
    def role(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """``role=roles.AGENTS`` puts an agent in that group."""
        if create and extracted:
            self.groups.add(Group.objects.get_or_create(name=extracted)[0])

    @factory.post_generation
    def second_factor(self, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Agents have an authenticator application unless the test says ``second_factor=False``."""
        if create and (self.is_staff if extracted is None else extracted):
            TOTP.activate(self, generate_totp_secret())


def give_passkey(user: User, name: str = "Téléphone Android – Chrome") -> Authenticator:
    """Give a person a passkey that no device holds: enough to be counted, listed and taken away."""
    data = {"name": name, "credential": {}, "passwordless": True}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def totp_secret_of(user: User) -> str:
    """Return the secret of a person's authenticator application."""
    return str(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"])
