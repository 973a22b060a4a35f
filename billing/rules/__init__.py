"""Pure decisions and amounts of the billing."""
