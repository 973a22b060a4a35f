"""Mails about papers."""

from documents.emails import supporting  # noqa: F401
