"""The régie in the back office: the counter, its closings and slips, its journal."""

from billing.admin.till import closings, entries, slips  # noqa: F401  (each registers its pages)
