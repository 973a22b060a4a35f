"""The appointments of the early childhood service: where, the slots, the week, and each appointment."""

from reservations.admin.appointments import places, rows, slots  # noqa: F401  (each registers its pages)
