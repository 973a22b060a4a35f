"""What parents type."""
