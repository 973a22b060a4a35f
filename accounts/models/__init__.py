"""Rows of the accounts."""

from accounts.models.devices import KnownDevice
from accounts.models.users import User, UserManager

__all__ = ["KnownDevice", "User", "UserManager"]
