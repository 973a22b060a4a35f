"""What every application stands on, and that knows none of them."""
