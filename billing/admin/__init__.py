"""The money in the agents' back office."""

from billing.admin import anomalies, invoices, payments, runs  # noqa: F401  (each registers its pages)
