"""What families type about documents."""
