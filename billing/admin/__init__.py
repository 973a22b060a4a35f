"""The money in the agents' back office."""

from billing.admin import payments  # noqa: F401  (registers its pages)
