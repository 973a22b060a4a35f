"""The documents in the agents' back office."""

from documents.admin import kinds, papers, purges, regulations, supporting  # noqa: F401  (each registers its pages)
