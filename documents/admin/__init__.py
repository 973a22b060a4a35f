"""The documents in the agents' back office."""

from documents.admin import regulations  # noqa: F401  (registers its pages)
