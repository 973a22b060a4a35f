"""Unpaid invoices in the back office: the list, reminders, batches for the Trésor."""

from billing.admin.unpaid import batches, reminders  # noqa: F401  (each registers its pages)
