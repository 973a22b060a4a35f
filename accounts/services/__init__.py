"""What becomes of an account."""
