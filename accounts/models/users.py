"""An account: an e-mail address and a password. What it may see is said elsewhere (a guardian's family, an agent's role)."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Creates accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account; the address is stored in lower case."""
        if not email:
            raise ValueError("an account needs an e-mail address")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account that may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in, parent or agent."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("adresse électronique", unique=True)
    title = models.CharField("civilité", max_length=10, blank=True)
    signed_in_at = models.DateTimeField("connexion en cours depuis", null=True, editable=False)
    previous_signed_in_at = models.DateTimeField("connexion précédente", null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_any_case", violation_error_message="Cette adresse a déjà un compte."
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def greeting(self) -> str:
        """How the header addresses this person: « Madame MARTIN », or the address when no name is known."""
        name = self.last_name.upper() or self.first_name
        return " ".join(part for part in (self.title, name) if part) or self.email
