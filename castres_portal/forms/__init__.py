"""What visitors type in the site's own pages."""
