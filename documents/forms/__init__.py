"""What people type and send about papers."""
