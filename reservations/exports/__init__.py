"""What agents take away to their spreadsheets."""
