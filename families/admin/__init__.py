"""The families in the agents' back office."""

from families.admin import codes, households, others  # noqa: F401  (each registers its pages)
