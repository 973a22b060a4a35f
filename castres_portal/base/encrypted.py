"""Fields that the database keeps encrypted: what a copy of the database, a backup or a disk thrown away must not tell.

A value is a Fernet token (AES-128-CBC and HMAC-SHA-256) made with the first key of ``FIELD_KEYS``; the other keys still read
what they wrote, until ``manage.py rotate_field_keys`` has written it again. Nobody can search, sort or filter on such a
field, its value is in no log and no list, and a key that does not fit stops the page with a sentence for whoever runs the
portal: it never gives garbage.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models.lookups import IsNull

TOKEN_START = "gAAAAA"  # noqa: S105  (how every Fernet token begins)


class CannotDecrypt(ImproperlyConfigured):
    """No key of FIELD_KEYS opens a stored value: a key was lost or replaced too early."""


def key_problem(key: str) -> str:
    """Say in French what is wrong with a key, without showing it; an empty text when it is good."""
    try:
        Fernet(key)
    except ValueError:
        return "n’est pas une clé : il faut 32 octets au hasard, en base 64 (44 caractères)"
    return ""


@lru_cache(maxsize=8)
def _keyring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """Return the keys in use, the first of which encrypts; raise ImproperlyConfigured when there is none or a bad one."""
    keys = tuple(settings.FIELD_KEYS)
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS manque : les données de santé ne peuvent être ni écrites ni lues.")
    for place, key in enumerate(keys, start=1):
        if problem := key_problem(key):
            raise ImproperlyConfigured(f"La clé n° {place} de FIELD_KEYS {problem}.")
    return _keyring(keys)


def encrypt(text: str) -> str:
    """Return the token of a text, made with the first key."""
    return keyring().encrypt(text.encode()).decode()


def decrypt(token: str, what: str = "une valeur chiffrée") -> str:
    """Return the clear text of a token; ``what`` names the column in the error of whoever runs the portal.

    Raises CannotDecrypt, which shows neither the token nor a key.
    """
    try:
        return keyring().decrypt(token.encode()).decode()
    except InvalidToken:
        # « from None »: the token stays out of the log.
        raise CannotDecrypt(
            f"Aucune clé de FIELD_KEYS n’ouvre {what}. Remettez l’ancienne clé après la nouvelle, séparée par une virgule, "
            "puis lancez « manage.py rotate_field_keys »."
        ) from None


def is_current(token: str) -> bool:
    """Say whether the first key alone opens a token: nothing is left to rotate."""
    try:
        _keyring((settings.FIELD_KEYS[0],)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


class EncryptedTextField(models.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """A text that only the portal reads. It has no index, no constraint and no lookup but ``isnull``."""

    description = "Texte chiffré"
    empty_strings_allowed = True

    def get_internal_type(self) -> str:
        """Return the kind of column: a text, as tokens are."""
        return "TextField"

    def to_text(self, value: Any) -> str:
        """Write a value as the text to encrypt."""
        return str(value)

    def from_text(self, text: str) -> Any:
        """Read a value from its clear text."""
        return text

    def get_prep_value(self, value: Any) -> Any:
        """Return the token to store."""
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return encrypt(self.to_text(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Return the clear value of a stored token; raises CannotDecrypt."""
        if value is None:
            return None
        return self.from_text(decrypt(value, f"la colonne {self.model._meta.label}.{self.name}"))

    def to_python(self, value: Any) -> Any:
        """Read a value, or the token that a fixture (loaddata) holds."""
        if isinstance(value, str) and value.startswith(TOKEN_START):
            return self.from_text(decrypt(value, f"la colonne {self.model._meta.label}.{self.name}"))
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every comparison: two tokens of one value differ, so that it would find nothing and say nothing."""
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(f"{self.name} est chiffré : il ne se cherche ni ne se compare.")

    def get_transform(self, lookup_name: str) -> Any:
        """Refuse to look inside."""
        raise FieldError(f"{self.name} est chiffré : il ne se cherche ni ne se compare.")

    def value_to_string(self, obj: models.Model) -> str:
        """Give serialisers (dumpdata) a token, never the clear value."""
        value = self.value_from_object(obj)
        return "" if value is None else encrypt(self.to_text(value))


class EncryptedJSONField(EncryptedTextField):
    """The same for what JSON can write: a form’s answers as one value, so that not even the empty ones are told."""

    description = "JSON chiffré"

    def to_text(self, value: Any) -> str:
        """Write the value as JSON."""
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def from_text(self, text: str) -> Any:
        """Read it back."""
        return json.loads(text)


def encrypted_columns() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Yield every encrypted field of the portal with its model."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field
