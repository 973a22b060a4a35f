"""Pages of the reservations."""
