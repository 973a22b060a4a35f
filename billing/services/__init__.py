"""What a person, the bank or the clock can do to invoices and payments."""
