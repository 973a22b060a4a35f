"""Rows of the accounts."""

from accounts.models.devices import KnownDevice
from accounts.models.identities import IdentityMismatch
from accounts.models.users import User, UserManager

__all__ = ["IdentityMismatch", "KnownDevice", "User", "UserManager"]
