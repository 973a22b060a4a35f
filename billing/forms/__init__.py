"""What families and agents type about money."""
