"""The documents in the agents' back office."""

from documents.admin import kinds, purges, regulations, supporting  # noqa: F401  (each registers its pages)
